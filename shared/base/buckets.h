/* SPDX-License-Identifier: Apache-2.0 */
/* buckets - a histogram of durations with fixed bucket bounds, for a monitoring system. One thread
 * adds durations; other threads may read at the same time. */
#ifndef DAQS_BASE_BUCKETS_H
#define DAQS_BASE_BUCKETS_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#define BUCKETS_COUNT 17

/* Zero-initialise. */
struct buckets {
    atomic_uint_fast64_t bucket[BUCKETS_COUNT];
    atomic_uint_fast64_t sum_us;
};

/* Returns the largest duration that belongs to a bucket, in microseconds; INT64_MAX for the last
 * one. */
int64_t buckets_bound_us(size_t bucket);

/* Adds one duration. A negative one counts as 0. */
void buckets_add(struct buckets *buckets, int64_t span_us);

#endif
