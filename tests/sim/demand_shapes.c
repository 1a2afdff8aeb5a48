/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/demand_shapes.h"

#include <math.h>

#include "tests/lib/random.h"

static const double pi = 3.14159265358979;

/* Returns a uniform number in (0, 1], which depends only on the seed and the number. */
static double drawn(uint64_t seed, uint64_t number)
{
    struct random_source random = {seed * UINT64_C(0x9e3779b97f4a7c15) + number};
    (void)random_next(&random);
    return ((double)(random_next(&random) >> 11) + 1) / 9007199254740992.0;
}

static double pareto(double u, double alpha)
{
    return pow(u, -1 / alpha);
}

static double between(const struct demand_shape *s, double part)
{
    return (double)s->low + ((double)s->high - (double)s->low) * part;
}

/* Spans alternate between on and off. Their lengths are Pareto-distributed, with the period as
 * their mean, and cut at ten periods. */
static bool in_burst(const struct demand_shape *s, uint64_t seed, int64_t now_ms)
{
    const double alpha = 1.5;
    double least = (double)s->period_ms * (alpha - 1) / alpha;
    double at = 0;
    for (uint64_t n = 0;; n++) {
        double span = fmin(least * pareto(drawn(seed, n), alpha), 10.0 * (double)s->period_ms);
        at += span;
        if ((double)now_ms < at)
            return n % 2 == 0;
    }
}

static double level_of(const struct demand_shape *s, uint64_t seed, int64_t now_ms)
{
    uint64_t n = (uint64_t)(now_ms / s->period_ms);
    return fmin((double)s->low * pareto(drawn(seed, n), 1.3), (double)s->high);
}

static bool in_request(const struct demand_shape *s, uint64_t seed, int64_t now_ms)
{
    int64_t n = now_ms / s->period_ms;
    int64_t begins =
        n * s->period_ms + (int64_t)(drawn(seed, (uint64_t)n) * (double)(s->period_ms - s->on_ms));
    return now_ms >= begins && now_ms < begins + s->on_ms;
}

static double rate_at(const struct demand_shape *s, uint64_t seed, int64_t now_ms)
{
    double turn = s->period_ms ? (double)(now_ms % s->period_ms) / (double)s->period_ms : 0;
    switch (s->shape) {
    case SHAPE_SAW:
        return between(s, turn);
    case SHAPE_RAMP:
        return between(s, turn < 0.5 ? 2 * turn : 2 - 2 * turn);
    case SHAPE_SINE:
        return between(s, (1 - cos(2 * pi * turn)) / 2);
    case SHAPE_STEPS:
        return between(s, (now_ms / s->period_ms) % 2 ? 1 : 0);
    case SHAPE_PULSES:
        return between(s, now_ms % s->period_ms < s->on_ms ? 1 : 0);
    case SHAPE_LEVELS:
        return level_of(s, seed, now_ms);
    case SHAPE_BURSTS:
        return between(s, in_burst(s, seed, now_ms) ? 1 : 0);
    case SHAPE_RPC:
        return between(s, in_request(s, seed, now_ms) ? 1 : 0);
    case SHAPE_PHASES:
        break;
    }
    return 0;
}

daqs_bps demand_shape_at(const struct demand_shape *s, uint64_t seed, int64_t now_ms)
{
    double rate = rate_at(s, seed, now_ms + s->shift_ms);
    double luck = drawn(seed ^ 0x55, (uint64_t)(now_ms / 20)) * 2 - 1;
    rate *= 1 + luck * s->jitter_permille / 1000.0;
    return rate > (double)DAQS_BPS_MAX ? DAQS_UNLIMITED : (daqs_bps)fmax(rate, 0);
}
