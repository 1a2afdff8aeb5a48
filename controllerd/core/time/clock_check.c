/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/core/time/clock_check.h"

static bool within(int64_t a, int64_t b, int64_t most)
{
    return a - b <= most && b - a <= most;
}

bool clock_is_ahead(int64_t newest_ms, int64_t wall_ms)
{
    return newest_ms > 0 && wall_ms - newest_ms > CLOCK_AHEAD_MS;
}

void clock_check_begin(struct clock_check *c, int64_t newest_ms, int64_t mono_ms, int64_t wall_ms)
{
    *c = (struct clock_check){.expected = (newest_ms > 0 ? newest_ms : wall_ms) - mono_ms,
                              .steady = wall_ms - mono_ms,
                              .stepped_ms = mono_ms};
}

enum clock_change clock_check_tick(struct clock_check *c, int64_t mono_ms, int64_t wall_ms)
{
    const int64_t now = wall_ms - mono_ms;
    const bool doubted = c->doubtful;
    if (!within(now, c->steady, CLOCK_STEP_MS)) {
        c->steady = now;
        c->stepped_ms = mono_ms;
    }
    const bool lasted = mono_ms - c->stepped_ms >= CLOCK_LASTED_MS;
    if (lasted || within(now, c->expected, CLOCK_NEAR_MS))
        c->expected = now;
    c->doubtful = now - c->expected > CLOCK_AHEAD_MS;
    if (c->doubtful == doubted)
        return CLOCK_AS_BEFORE;
    if (c->doubtful)
        return CLOCK_DOUBTED;
    return lasted ? CLOCK_LASTED : CLOCK_CORRECTED;
}

void clock_check_confirm(struct clock_check *c, int64_t mono_ms, int64_t wall_ms)
{
    c->expected = wall_ms - mono_ms;
    c->doubtful = false;
}

bool clock_check_doubtful(const struct clock_check *c)
{
    return c->doubtful;
}

int64_t clock_check_expected(const struct clock_check *c, int64_t mono_ms)
{
    return c->expected + mono_ms;
}

int64_t clock_check_latest(const struct clock_check *c, int64_t mono_ms)
{
    return clock_check_expected(c, mono_ms) + CLOCK_AHEAD_MS;
}
