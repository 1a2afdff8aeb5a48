/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <stdlib.h>

#include "controllerd/core/history/attainment.h"
#include "tests/sim/sim.h"

void sim_result_done(struct sim_result *result)
{
    free(result->usage);
    free(result->demand);
    free(result->promised);
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

/* What all nics of a VM would have sent and did send in a window, on the wire. */
static double demand_of(const struct sim_result *r, unsigned window, unsigned vm)
{
    double sum = 0;
    for (unsigned i = vm; i < vm + r->nics[vm]; i++)
        sum += (double)r->demand[window * r->vms + i] * r->factor[i];
    return sum;
}

static double usage_of(const struct sim_result *r, unsigned window, unsigned vm)
{
    double sum = 0;
    for (unsigned i = vm; i < vm + r->nics[vm]; i++)
        sum += (double)r->usage[window * r->vms + i] * r->factor[i];
    return sum;
}

double sim_b99(const struct sim_result *r, unsigned vm, int64_t from_ms, int64_t to_ms)
{
    enum { SECOND = 1000 / SIM_WINDOW_MS };
    unsigned total = 0;
    unsigned broken = 0;
    for (unsigned w = window_of(r, from_ms); w + SECOND <= window_of(r, to_ms); w++) {
        double due = 0;
        double had = 0;
        for (unsigned k = w; k < w + SECOND; k++) {
            due += fmin(demand_of(r, k, vm), (double)r->promised[k * r->vms + vm]);
            had += usage_of(r, k, vm);
        }
        if (due <= 0)
            continue;
        total++;
        broken += had < 0.99 * due;
    }
    return total ? 100.0 * broken / total : 0;
}

/* Returns the last window of a second. The report about its end comes after it, and counts for the
 * next second. */
static unsigned end_of_second(const struct sim_result *r, unsigned second)
{
    return (second + 1) * (1000 / SIM_WINDOW_MS) - r->late_windows;
}

/* Returns the mean over a second, on the wire, with each window cut at 'most'. */
static double mean_of_second(const struct sim_result *r, unsigned vm, unsigned second, double most)
{
    enum { SECOND = 1000 / SIM_WINDOW_MS };
    unsigned to = end_of_second(r, second);
    double sum = 0;
    for (unsigned k = to - SECOND; k < to; k++)
        sum += fmin(usage_of(r, k, vm), most) / SECOND;
    return sum;
}

void sim_account(const struct sim_result *r, const struct sim_result *oracle, unsigned vm,
                 struct sim_account *sum)
{
    for (unsigned s = 1; s + 1 < r->windows * SIM_WINDOW_MS / 1000; s++) {
        enum attainment_verdict verdict = r->verdict[s * r->vms + vm];
        double min = (double)r->promised[(end_of_second(r, s) - 1) * r->vms + vm];
        if (min <= 0)
            continue;
        double had = mean_of_second(r, vm, s, min);
        double due = mean_of_second(oracle, vm, s, min);
        sum->seconds++;
        sum->met += verdict == ATTAINMENT_MET;
        sum->missed += verdict == ATTAINMENT_MISSED;
        sum->idle += verdict == ATTAINMENT_IDLE;
        sum->unknown += verdict == ATTAINMENT_UNKNOWN;
        sum->false_met +=
            verdict == ATTAINMENT_MET && mean_of_second(r, vm, s, INFINITY) < 0.97 * min;
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
