/* SPDX-License-Identifier: Apache-2.0 */
/* sum - sums of numbers that peers and guests report. Any of them may be false, so these sums end
 * at the largest number instead of starting again at zero. */
#ifndef DAQS_BASE_SUM_H
#define DAQS_BASE_SUM_H

#include <stdint.h>

/* Returns a + b, at most UINT64_MAX. */
static inline uint64_t daqs_sum(uint64_t a, uint64_t b)
{
    return a <= UINT64_MAX - b ? a + b : UINT64_MAX;
}

/* Returns a number without its fraction, 0 to UINT64_MAX; 0 for NaN. */
static inline uint64_t daqs_whole(double number)
{
    if (!(number > 0))
        return 0;
    return number < 0x1p64 ? (uint64_t)number : UINT64_MAX;
}

#endif
