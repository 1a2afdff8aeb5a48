/* histogram - how often what took how long, in constant space: buckets of a quarter of a power of
 * two, so that what is read off is at most a quarter too much. */
#ifndef DAQS_BASE_HISTOGRAM_H
#define DAQS_BASE_HISTOGRAM_H

#include <stdint.h>

#define HISTOGRAM_BUCKETS 160

/* Zero-initialise. */
struct histogram {
    uint64_t count;
    uint64_t bucket[HISTOGRAM_BUCKETS];
};

/* Negative values count as 0, those of 2^41 and more as the largest there is. */
void histogram_add(struct histogram *h, int64_t value);

/* The least value that 'per_mille' of all do not exceed, rounded up to the end of its bucket; 0 if
 * there is none. */
int64_t histogram_quantile(const struct histogram *h, unsigned per_mille);

#endif
