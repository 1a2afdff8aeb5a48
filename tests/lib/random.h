/* SPDX-License-Identifier: Apache-2.0 */
/* random - small seeded random numbers (splitmix64, Steele et al. 2014), the same on every
 * machine. */
#ifndef DAQS_TESTS_LIB_RANDOM_H
#define DAQS_TESTS_LIB_RANDOM_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct random_source {
    uint64_t state;
};

static inline uint64_t random_next(struct random_source *r)
{
    uint64_t z = (r->state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* Returns 0 to limit - 1. */
static inline uint64_t random_below(struct random_source *r, uint64_t limit)
{
    return limit ? random_next(r) % limit : 0;
}

/* Returns the seed in DAQS_SEED; one from the clock if that is "clock"; by default always the same
 * one, because a test that everything depends on must not fail by chance. Prints it, so that a
 * failure can be replayed. */
static inline uint64_t random_seed(void)
{
    const char *given = getenv("DAQS_SEED");
    uint64_t seed = 20261129;
    if (given)
        seed = strcmp(given, "clock") == 0 ? (uint64_t)time(NULL) : strtoull(given, NULL, 10);
    (void)fprintf(stderr, "seed %llu (replay with DAQS_SEED=%llu)\n", (unsigned long long)seed,
                  (unsigned long long)seed);
    return seed;
}

#endif
