/* buckets - how often each span of time was taken, in the fixed buckets of a monitoring system. One
 * thread adds; others may read meanwhile. */
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

/* The most that belongs into a bucket, in microseconds; INT64_MAX for the last. */
int64_t buckets_bound_us(size_t bucket);

/* Negative spans count as none. */
void buckets_add(struct buckets *buckets, int64_t span_us);

#endif
