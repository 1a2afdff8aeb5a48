/* SPDX-License-Identifier: Apache-2.0 */
/* samples - measured times, all of which are kept: a benchmark compares two, and the buckets of a
 * histogram are too coarse for that. */
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

/* Adds a sample, or drops it if out of memory. */
void samples_add(struct samples *samples, int64_t value);

/* Returns the least value that 'per_mille' of all samples do not exceed; 0 if there are none. Sorts
 * them. */
int64_t samples_quantile(struct samples *samples, unsigned per_mille);

void samples_done(struct samples *samples);

#endif
