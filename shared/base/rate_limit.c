/* SPDX-License-Identifier: Apache-2.0 */
#include "shared/base/rate_limit.h"

bool rate_limit_take(struct rate_limit *limit, int64_t cost_us, int64_t burst_us, int64_t now_us)
{
    int64_t arrival_us = rate_limit_idle(limit, now_us) ? now_us : limit->arrival_us;
    if (arrival_us - now_us + cost_us > burst_us)
        return false;
    limit->arrival_us = arrival_us + cost_us;
    return true;
}

bool rate_limit_idle(const struct rate_limit *limit, int64_t now_us)
{
    return limit->arrival_us <= now_us;
}
