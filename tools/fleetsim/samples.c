/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/fleetsim/samples.h"

#include <stdlib.h>

#include "shared/base/grow.h"

void samples_add(struct samples *samples, int64_t value)
{
    int64_t *grown = daqs_grow(samples->value, samples->count, &samples->capacity, sizeof *grown);
    if (!grown)
        return;
    samples->value = grown;
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
