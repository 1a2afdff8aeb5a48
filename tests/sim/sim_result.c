#include <math.h>
#include <stdlib.h>

#include "controllerd/core/attainment.h"
#include "tests/sim/sim.h"

void sim_result_done(struct sim_result *result)
{
    free(result->usage);
    free(result->demand);
    free(result->limit);
    free(result->verdict);
    free(result->sent);
    free(result->possible);
    *result = (struct sim_result){0};
}

static unsigned window_of(const struct sim_result *r, int64_t ms)
{
    int64_t window = ms / SIM_WINDOW_MS;
    return window < r->windows ? (unsigned)window : r->windows;
}

daqs_bps sim_mean(const struct sim_result *r, unsigned vm, int64_t from_ms, int64_t to_ms)
{
    unsigned from = window_of(r, from_ms);
    unsigned to = window_of(r, to_ms);
    daqs_bps sum = 0;
    for (unsigned w = from; w < to; w++)
        for (unsigned i = 0; i < r->vms; i++)
            sum += i == vm || vm == r->vms ? r->usage[w * r->vms + i] : 0;
    return to > from ? sum / (to - from) : 0;
}

unsigned sim_broken(const struct sim_result *r, unsigned vm, daqs_bps min, unsigned ppt,
                    int64_t from_ms, int64_t to_ms)
{
    enum { SECOND = 1000 / SIM_WINDOW_MS };
    unsigned total = 0;
    unsigned broken = 0;
    for (unsigned w = window_of(r, from_ms); w + SECOND <= window_of(r, to_ms); w++) {
        daqs_bps due = 0;
        daqs_bps had = 0;
        for (unsigned k = w; k < w + SECOND; k++) {
            daqs_bps demand = r->demand[k * r->vms + vm];
            due += demand < min ? demand : min;
            had += r->usage[k * r->vms + vm];
        }
        if (due == 0)
            continue;
        total++;
        broken += had < due / 1000 * ppt;
    }
    return total ? broken * 1000 / total : 0;
}

double sim_use(const struct sim_result *r, int64_t from_ms, int64_t to_ms)
{
    double sent = 0;
    double possible = 0;
    for (unsigned w = window_of(r, from_ms); w < window_of(r, to_ms); w++) {
        sent += r->sent[w];
        possible += r->possible[w];
    }
    return possible > 0 ? 100 * sent / possible : 100;
}

double sim_b99(const struct sim_result *r, unsigned vm, daqs_bps min, int64_t from_ms,
               int64_t to_ms)
{
    enum { SECOND = 1000 / SIM_WINDOW_MS };
    unsigned total = 0;
    unsigned broken = 0;
    for (unsigned w = window_of(r, from_ms); w + SECOND <= window_of(r, to_ms); w++) {
        double due = 0;
        double had = 0;
        for (unsigned k = w; k < w + SECOND; k++) {
            double demand = (double)r->demand[k * r->vms + vm] * r->factor[vm];
            due += fmin(demand, (double)min);
            had += (double)r->usage[k * r->vms + vm] * r->factor[vm];
        }
        if (due <= 0)
            continue;
        total++;
        broken += had < 0.99 * due;
    }
    return total ? 100.0 * broken / total : 0;
}

/* Of the wire, in a second, each window up to 'most'. The report about its end comes after it, and
 * counts to the next. */
static double mean_of_second(const struct sim_result *r, unsigned vm, unsigned second, double most)
{
    enum { SECOND = 1000 / SIM_WINDOW_MS };
    unsigned to = (second + 1) * SECOND - r->late_windows;
    double sum = 0;
    for (unsigned k = to - SECOND; k < to; k++)
        sum += fmin((double)r->usage[k * r->vms + vm] * r->factor[vm], most) / SECOND;
    return sum;
}

void sim_account(const struct sim_result *r, const struct sim_result *oracle, unsigned vm,
                 daqs_bps min, struct sim_account *sum)
{
    for (unsigned s = 1; s + 1 < r->windows * SIM_WINDOW_MS / 1000; s++) {
        enum attainment_verdict verdict = r->verdict[s * r->vms + vm];
        double had = mean_of_second(r, vm, s, (double)min);
        double due = mean_of_second(oracle, vm, s, (double)min);
        sum->seconds++;
        sum->met += verdict == ATTAINMENT_MET;
        sum->missed += verdict == ATTAINMENT_MISSED;
        sum->idle += verdict == ATTAINMENT_IDLE;
        sum->unknown += verdict == ATTAINMENT_UNKNOWN;
        sum->false_met +=
            verdict == ATTAINMENT_MET && mean_of_second(r, vm, s, INFINITY) < 0.97 * (double)min;
        sum->false_missed += verdict == ATTAINMENT_MISSED && had > 0.995 * due;
        sum->false_idle += verdict == ATTAINMENT_IDLE && had < 0.9 * due;
    }
}

int64_t sim_reached(const struct sim_result *r, unsigned vm, daqs_bps rate, unsigned ppt,
                    int64_t from_ms)
{
    for (unsigned w = window_of(r, from_ms); w + 3 <= r->windows; w++) {
        daqs_bps sum = 0;
        for (unsigned k = w; k < w + 3; k++)
            sum += r->usage[k * r->vms + vm];
        if (sum / 3 >= rate / 1000 * ppt)
            return (int64_t)w * SIM_WINDOW_MS - from_ms;
    }
    return -1;
}
