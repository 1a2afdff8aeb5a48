/* SPDX-License-Identifier: Apache-2.0 */
#include "shared/base/histogram.h"

#include <stddef.h>

enum { PARTS = 4 };

/* Each of the first PARTS values has its own bucket; after that, every power of two has PARTS
 * buckets. */
static size_t bucket_of(uint64_t value)
{
    if (value < PARTS)
        return (size_t)value;
    unsigned power = 63U - (unsigned)__builtin_clzll(value);
    size_t bucket = (power - 1) * PARTS + ((value >> (power - 2)) & (PARTS - 1));
    return bucket < HISTOGRAM_BUCKETS ? bucket : HISTOGRAM_BUCKETS - 1;
}

static int64_t end_of(size_t bucket)
{
    if (bucket < PARTS)
        return (int64_t)bucket;
    unsigned power = (unsigned)(bucket / PARTS) + 1;
    return (int64_t)(((PARTS + bucket % PARTS + 1) << (power - 2)) - 1);
}

void histogram_add(struct histogram *h, int64_t value)
{
    h->count++;
    h->bucket[bucket_of(value > 0 ? (uint64_t)value : 0)]++;
}

int64_t histogram_quantile(const struct histogram *h, unsigned per_mille)
{
    uint64_t wanted = (h->count * per_mille + 999) / 1000;
    uint64_t seen = 0;
    for (size_t i = 0; i < HISTOGRAM_BUCKETS && h->count > 0; i++) {
        seen += h->bucket[i];
        if (seen >= wanted && seen > 0)
            return end_of(i);
    }
    return 0;
}
