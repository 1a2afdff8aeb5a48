/* samples - measured times, all of them kept: a benchmark compares two, and a histogram's buckets
 * are too coarse for that. */
#ifndef DAQS_FLEETSIM_SAMPLES_H
#define DAQS_FLEETSIM_SAMPLES_H

#include <stddef.h>
#include <stdint.h>

/* Zero-initialise. */
struct samples {
    int64_t *value;
    size_t count;
    size_t capacity;
};

/* Out of memory, the sample is left out. */
void samples_add(struct samples *samples, int64_t value);

/* The least value that 'per_mille' of all do not exceed; 0 if there is none. Sorts them. */
int64_t samples_quantile(struct samples *samples, unsigned per_mille);

void samples_done(struct samples *samples);

#endif
