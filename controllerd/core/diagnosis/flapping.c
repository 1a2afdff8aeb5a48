/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/core/diagnosis/flapping.h"

/* As long as what ends flapping: something that changes more slowly never flaps, and something that
 * changes faster never ends flapping. */
#define COST_US (FLAPPING_CALM_MS * 1000)

void flapping_change(struct flapping *flapping, int64_t now_ms, int64_t wall_ms)
{
    bool first = !flapping->active && rate_limit_idle(&flapping->limit, now_ms * 1000);
    if (first || flapping->changes == 0) {
        flapping->changes = 0;
        flapping->since_wall_ms = wall_ms;
    }
    flapping->changes++;
    flapping->changed_ms = now_ms;
    if (!rate_limit_take(&flapping->limit, COST_US, FLAPPING_CHANGES * COST_US, now_ms * 1000))
        flapping->active = true;
}

static void end(struct flapping *flapping)
{
    flapping->active = flapping->reported = false;
    flapping->changes = 0;
}

enum flapping_report flapping_due(struct flapping *flapping, int64_t now_ms)
{
    bool calm = now_ms - flapping->changed_ms >= FLAPPING_CALM_MS;
    if (flapping->active && calm && !flapping->reported)
        end(flapping); /* what was not reported to begin does not end */
    if (!flapping->active)
        return FLAPPING_NOT;
    if (!flapping->reported)
        return FLAPPING_BEGINS;
    return calm ? FLAPPING_ENDS : FLAPPING_LASTS;
}

void flapping_reported(struct flapping *flapping)
{
    if (flapping->reported)
        end(flapping);
    else
        flapping->reported = true;
}
