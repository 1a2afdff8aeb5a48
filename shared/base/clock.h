/* SPDX-License-Identifier: Apache-2.0 */
/* clock - the time, as an object that callers pass in and tests replace. */
#ifndef DAQS_BASE_CLOCK_H
#define DAQS_BASE_CLOCK_H

#include <stdint.h>

#define DAQS_NS_PER_MS INT64_C(1000000)
#define DAQS_NS_PER_US INT64_C(1000)

struct daqs_clock {
    int64_t (*mono_ns)(void *ctx); /* never goes back; for intervals, leases, timeouts */
    int64_t (*wall_ms)(void *ctx); /* UTC, milliseconds since 1970; for people and history */
    void *ctx;
};

/* Returns the clock that reads CLOCK_MONOTONIC and CLOCK_REALTIME. It is in static storage. */
const struct daqs_clock *daqs_clock_system(void);

/* Returns the processor time that the calling thread has used, in microseconds. */
int64_t daqs_thread_cpu_us(void);

static inline int64_t daqs_mono_ns(const struct daqs_clock *clock)
{
    return clock->mono_ns(clock->ctx);
}

static inline int64_t daqs_mono_ms(const struct daqs_clock *clock)
{
    return clock->mono_ns(clock->ctx) / DAQS_NS_PER_MS;
}

static inline int64_t daqs_wall_ms(const struct daqs_clock *clock)
{
    return clock->wall_ms(clock->ctx);
}

/* Returns the system's monotonic time in microseconds. */
static inline int64_t daqs_now_us(void)
{
    return daqs_mono_ns(daqs_clock_system()) / DAQS_NS_PER_US;
}

#endif
