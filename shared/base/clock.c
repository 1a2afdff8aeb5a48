/* SPDX-License-Identifier: Apache-2.0 */
#include "shared/base/clock.h"

#include <time.h>

static int64_t system_mono_ns(void *ctx)
{
    (void)ctx;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int64_t system_wall_ms(void *ctx)
{
    (void)ctx;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

const struct daqs_clock *daqs_clock_system(void)
{
    static const struct daqs_clock clock = {system_mono_ns, system_wall_ms, 0};
    return &clock;
}

int64_t daqs_thread_cpu_us(void)
{
    struct timespec used = {0};
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    return used.tv_sec * INT64_C(1000000) + used.tv_nsec / DAQS_NS_PER_US;
}
