/* SPDX-License-Identifier: Apache-2.0 */
/* demand_shapes - what a simulated VM would send over time without a limit. Pure functions of the
 * time and a seed. Rates are as the guest counts; DAQS_UNLIMITED means as much as possible. */
#ifndef DAQS_TESTS_DEMAND_SHAPES_H
#define DAQS_TESTS_DEMAND_SHAPES_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/base/rate.h"

enum shape {
    SHAPE_PHASES, /* the VM's phases; none: greedy */
    SHAPE_SAW,    /* from low to high in a period, then back at once */
    SHAPE_RAMP,   /* from low to high in half a period, then back as slowly */
    SHAPE_SINE,
    SHAPE_STEPS,  /* low and high alternately, for a period each */
    SHAPE_PULSES, /* high for 'on_ms' of each period, otherwise low */
    SHAPE_LEVELS, /* Pareto-distributed levels (alpha 1.3), low to high, one for each period */
    SHAPE_BURSTS, /* on and off for Pareto-distributed times (alpha 1.5) with a mean of a period */
    SHAPE_RPC,    /* one burst of high for on_ms at a random moment of each period */
};

struct demand_shape {
    enum shape shape;
    daqs_bps low;
    daqs_bps high;
    int64_t period_ms;
    int64_t on_ms;
    int64_t shift_ms;
    unsigned jitter_permille; /* of the rate, drawn again every 20 ms */
};

daqs_bps demand_shape_at(const struct demand_shape *shape, uint64_t seed, int64_t now_ms);

#endif
