/* demand_shapes - what a simulated VM would send over time if nothing held it back. Pure functions
 * of the time and a seed. Rates as the guest counts; DAQS_UNLIMITED: all it can get. */
#ifndef DAQS_TESTS_DEMAND_SHAPES_H
#define DAQS_TESTS_DEMAND_SHAPES_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/base/rate.h"

enum shape {
    SHAPE_PHASES, /* those of the VM; none: greedy */
    SHAPE_SAW,    /* from low to high in a period, and at once back */
    SHAPE_RAMP,   /* from low to high in a period, and as slowly back */
    SHAPE_SINE,
    SHAPE_STEPS,  /* low, high, in turn, a period each */
    SHAPE_PULSES, /* high for 'on_ms' of each period, else low */
    SHAPE_LEVELS, /* Pareto-distributed levels (alpha 1.3) of about a period each, 'low' the least
                   */
    SHAPE_BURSTS, /* on and off for Pareto-distributed times (alpha 1.5), a period on the mean */
    SHAPE_RPC,    /* bursts of high for on_ms at random moments, one a period on the mean */
};

struct demand_shape {
    enum shape shape;
    daqs_bps low;
    daqs_bps high;
    int64_t period_ms;
    int64_t on_ms;
    int64_t shift_ms;
    unsigned jitter_permille; /* of the rate, drawn anew every 20 ms */
};

daqs_bps demand_shape_at(const struct demand_shape *shape, uint64_t seed, int64_t now_ms);

#endif
