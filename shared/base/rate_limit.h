/* rate_limit - how often something may happen: the generic cell rate algorithm (ITU-T I.371, annex
 * A), which is a leaky bucket in one number. */
#ifndef DAQS_BASE_RATE_LIMIT_H
#define DAQS_BASE_RATE_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

/* Zero-initialise. */
struct rate_limit {
    int64_t arrival_us; /* theoretical arrival time of the next event, monotonic */
};

/* Takes an event that costs cost_us, which is the time between two events at the steady rate, if
 * all that was taken and has not leaked out then costs at most burst_us. False, and nothing is
 * taken, if it costs more. */
bool rate_limit_take(struct rate_limit *limit, int64_t cost_us, int64_t burst_us, int64_t now_us);

/* True if nothing of what was taken is left. */
bool rate_limit_idle(const struct rate_limit *limit, int64_t now_us);

#endif
