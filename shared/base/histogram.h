/* SPDX-License-Identifier: Apache-2.0 */
/* histogram - a distribution of durations in constant space. A bucket spans a quarter of a power of
 * two, so a value read from it is at most a quarter too large. */
#ifndef DAQS_BASE_HISTOGRAM_H
#define DAQS_BASE_HISTOGRAM_H

#include <stdint.h>

#define HISTOGRAM_BUCKETS 160

/* Zero-initialise. */
struct histogram {
    uint64_t count;
    uint64_t bucket[HISTOGRAM_BUCKETS];
};

/* Adds a value. Negative values count as 0, values of 2^41 and more as the largest possible one. */
void histogram_add(struct histogram *h, int64_t value);

/* Returns the least value that 'per_mille' of all values do not exceed, rounded up to the end of
 * its bucket; 0 if the histogram is empty. */
int64_t histogram_quantile(const struct histogram *h, unsigned per_mille);

#endif
