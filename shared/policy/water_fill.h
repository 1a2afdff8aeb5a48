/* SPDX-License-Identifier: Apache-2.0 */
/* water_fill - weighted max-min fair shares of an amount, each up to a cap. */
#ifndef DAQS_POLICY_WATER_FILL_H
#define DAQS_POLICY_WATER_FILL_H

#include <stddef.h>
#include <stdint.h>

/* The product of the two fits in 64 bits. */
#define WATER_FILL_CAP_MAX (UINT64_C(1) << 50)
#define WATER_FILL_WEIGHT_MAX UINT32_C(10000)

struct water_fill {
    uint64_t cap;    /* demand, at most WATER_FILL_CAP_MAX */
    uint32_t weight; /* 1 to WATER_FILL_WEIGHT_MAX; the sum over all items is at most 2^32 */
    uint32_t id;     /* for the caller, to identify the item */
    uint64_t share;  /* result: rounded down, never more than cap */
};

/* Raises one level for all items: a share is min(cap, level * weight), and the shares sum to
 * 'amount' (less rounding) or every item has its cap. This is max-min fairness (Bertsekas and
 * Gallager, Data Networks, 6.5.2) on one link with weights. O(n): the level is found in a bounded
 * number of passes, without sorting. */
void water_fill(struct water_fill *item, size_t count, uint64_t amount);

#endif
