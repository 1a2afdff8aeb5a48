/* SPDX-License-Identifier: Apache-2.0 */
#include "shared/base/buckets.h"

static const int64_t bound_us[BUCKETS_COUNT] = {
    100,    250,    500,    1000,    2500,    5000,    10000,    25000,     50000,
    100000, 250000, 500000, 1000000, 2500000, 5000000, 10000000, INT64_MAX,
};

int64_t buckets_bound_us(size_t bucket)
{
    return bound_us[bucket];
}

void buckets_add(struct buckets *buckets, int64_t span_us)
{
    size_t i = 0;
    if (span_us < 0)
        span_us = 0;
    while (span_us > bound_us[i])
        i++;
    atomic_fetch_add_explicit(&buckets->bucket[i], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&buckets->sum_us, (uint64_t)span_us, memory_order_relaxed);
}
