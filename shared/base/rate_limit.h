/* SPDX-License-Identifier: Apache-2.0 */
/* rate_limit - limits how often an event may happen: the generic cell rate algorithm (ITU-T I.371,
 * annex A), which is a leaky bucket in one number. */
#ifndef DAQS_BASE_RATE_LIMIT_H
#define DAQS_BASE_RATE_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

/* Zero-initialise. */
struct rate_limit {
    int64_t arrival_us; /* theoretical arrival time of the next event, monotonic */
};

/* Takes an event that costs cost_us, the time between two events at the steady rate. Returns false,
 * and takes nothing, if everything that was taken and has not leaked out would then cost more than
 * burst_us. */
bool rate_limit_take(struct rate_limit *limit, int64_t cost_us, int64_t burst_us, int64_t now_us);

/* Returns true if everything that was taken has leaked out. */
bool rate_limit_idle(const struct rate_limit *limit, int64_t now_us);

#endif
