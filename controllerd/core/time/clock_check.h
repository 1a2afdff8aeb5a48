/* SPDX-License-Identifier: Apache-2.0 */
/* clock_check - decides whether the wall clock can be trusted.
 *
 * The clock is expected to show the newest time that was stored, plus what has passed since the
 * start. One that is far ahead of that is doubtful until it has lasted for an hour, until it is
 * corrected, or until an operator confirms it. A clock that is behind is not: with it, nothing
 * becomes too old. */
#ifndef DAQS_CONTROLLERD_CORE_TIME_CLOCK_CHECK_H
#define DAQS_CONTROLLERD_CORE_TIME_CLOCK_CHECK_H

#include <stdbool.h>
#include <stdint.h>

/* Further ahead than this is doubtful: controllers are stopped for days, seldom for longer. */
#define CLOCK_AHEAD_MS (7 * INT64_C(86400) * 1000)
/* Up to this, in either direction, the clock replaces what was expected at once. Otherwise it does
 * when it has lasted. So steps that are too short to be doubted do not add up. */
#define CLOCK_NEAR_MS (INT64_C(86400) * 1000)
/* It has lasted if it has run without a step for this long. */
#define CLOCK_LASTED_MS (INT64_C(3600) * 1000)
/* A greater difference to the monotonic clock is a step; a smaller one is a correction of its
 * rate. */
#define CLOCK_STEP_MS (INT64_C(600) * 1000)

/* The members are private. Times of the wall clock are UTC. */
struct clock_check {
    int64_t expected; /* wall clock minus monotonic clock */
    int64_t steady;   /* the same of the clock since its last step */
    int64_t stepped_ms;
    bool doubtful;
};

enum clock_change {
    CLOCK_AS_BEFORE,
    CLOCK_DOUBTED,   /* it has become doubtful */
    CLOCK_LASTED,    /* it was doubtful, and has lasted */
    CLOCK_CORRECTED, /* it was doubtful, and was set to what is expected, or near it */
};

/* Returns true if a clock is too far ahead of the newest time stored; 0: none is stored. */
bool clock_is_ahead(int64_t newest_ms, int64_t wall_ms);

/* newest_ms: of the database; 0: it is empty, so there is nothing to compare the clock with. */
void clock_check_begin(struct clock_check *check, int64_t newest_ms, int64_t mono_ms,
                       int64_t wall_ms);

/* Checks the clock; must be called several times a second. */
enum clock_change clock_check_tick(struct clock_check *check, int64_t mono_ms, int64_t wall_ms);

/* An operator says that the clock is right. */
void clock_check_confirm(struct clock_check *check, int64_t mono_ms, int64_t wall_ms);

bool clock_check_doubtful(const struct clock_check *check);

/* Returns the time that the clock is expected to show: what to store as the newest time. */
int64_t clock_check_expected(const struct clock_check *check, int64_t mono_ms);

/* Returns the latest time (UTC) that is trusted. */
int64_t clock_check_latest(const struct clock_check *check, int64_t mono_ms);

#endif
