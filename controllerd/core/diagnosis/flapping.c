/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/core/diagnosis/flapping.h"

/* As long as what ends flapping: something that changes more slowly never flaps, and something that
 * changes faster never ends flapping. */
#define COST_US (FLAPPING_CALM_MS * 1000)

void flapping_change(struct flapping *flapping, int64_t now_ms, int64_t wall_ms)
{
    bool first = !flapping->is && rate_limit_idle(&flapping->limit, now_ms * 1000);
    if (first || flapping->changes == 0) {
        flapping->changes = 0;
        flapping->since_wall_ms = wall_ms;
    }
    flapping->changes++;
    flapping->changed_ms = now_ms;
    if (!rate_limit_take(&flapping->limit, COST_US, FLAPPING_CHANGES * COST_US, now_ms * 1000))
        flapping->is = true;
}

static void end(struct flapping *flapping)
{
    flapping->is = flapping->told = false;
    flapping->changes = 0;
}

enum flapping_news flapping_look(struct flapping *flapping, int64_t now_ms)
{
    bool calm = now_ms - flapping->changed_ms >= FLAPPING_CALM_MS;
    if (flapping->is && calm && !flapping->told)
        end(flapping); /* what was not reported to begin does not end */
    if (!flapping->is)
        return FLAPPING_NOT;
    if (!flapping->told)
        return FLAPPING_BEGINS;
    return calm ? FLAPPING_ENDS : FLAPPING_LASTS;
}

void flapping_told(struct flapping *flapping)
{
    if (flapping->told)
        end(flapping);
    else
        flapping->told = true;
}
