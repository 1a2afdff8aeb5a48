/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/fleetsim/samples.h"

#include <stdlib.h>

void samples_add(struct samples *samples, int64_t value)
{
    if (samples->count == samples->capacity) {
        size_t capacity = samples->capacity ? 2 * samples->capacity : 1024;
        int64_t *grown = realloc(samples->value, capacity * sizeof *grown);
        if (!grown)
            return;
        samples->value = grown;
        samples->capacity = capacity;
    }
    samples->value[samples->count++] = value;
}

static int by_value(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

int64_t samples_quantile(struct samples *samples, unsigned per_mille)
{
    if (samples->count == 0)
        return 0;
    qsort(samples->value, samples->count, sizeof samples->value[0], by_value);
    size_t rank = (samples->count * per_mille + 999) / 1000;
    return samples->value[rank > 0 ? rank - 1 : 0];
}

void samples_done(struct samples *samples)
{
    free(samples->value);
    *samples = (struct samples){0};
}
