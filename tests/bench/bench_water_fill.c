/* SPDX-License-Identifier: Apache-2.0 */
/* bench_water_fill - how long an allocation takes: by selection, by sorting, and by a slow exact
 * oracle. All results must agree. Prints nanoseconds per nic, medians of many rounds. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/clock.h"
#include "shared/policy/water_fill.h"
#include "tests/lib/random.h"

enum { NICS = 1024, ROUNDS = 2001 };

static void make(struct random_source *random, struct water_fill *item, uint64_t *ret_amount)
{
    uint64_t caps = 0;
    for (uint32_t i = 0; i < NICS; i++) {
        item[i] = (struct water_fill){.cap = random_below(random, UINT64_C(1000000000)),
                                      .weight = 1 + (uint32_t)random_below(random, 4),
                                      .id = i};
        caps += item[i].cap;
    }
    *ret_amount = caps / 10 * (1 + random_below(random, 9));
}

static int by_level(const void *a, const void *b)
{
    const struct water_fill *x = a;
    const struct water_fill *y = b;
    double level_x = (double)x->cap / x->weight;
    double level_y = (double)y->cap / y->weight;
    return (level_x > level_y) - (level_x < level_y);
}

/* The textbook method: sorts, then raises the level from cap to cap. */
static void by_sorting(struct water_fill *item, uint64_t amount)
{
    uint64_t weights = 0;
    qsort(item, NICS, sizeof *item, by_level);
    for (size_t i = 0; i < NICS; i++)
        weights += item[i].weight;
    for (size_t i = 0; i < NICS; i++) {
        uint64_t share = amount / weights * item[i].weight;
        item[i].share = share < item[i].cap ? share : item[i].cap;
        amount -= item[i].share;
        weights -= item[i].weight;
    }
}

/* Finds the level bit by bit: slow, but too simple to be wrong. */
static void by_oracle(struct water_fill *item, uint64_t amount)
{
    uint64_t level = 0;
    for (uint64_t bit = UINT64_C(1) << 40; bit; bit >>= 1) {
        uint64_t sum = 0;
        for (size_t i = 0; i < NICS; i++) {
            uint64_t share = (level | bit) * item[i].weight;
            sum += share < item[i].cap ? share : item[i].cap;
        }
        if (sum <= amount)
            level |= bit;
    }
    for (size_t i = 0; i < NICS; i++) {
        uint64_t share = level * item[i].weight;
        item[i].share = share < item[i].cap ? share : item[i].cap;
    }
}

static void by_selection(struct water_fill *item, uint64_t amount)
{
    water_fill(item, NICS, amount);
}

/* Returns whether the shares by id agree up to rounding, which grows with the weight. */
static bool agree(const struct water_fill *a, const struct water_fill *b)
{
    uint64_t share[NICS];
    for (size_t i = 0; i < NICS; i++)
        share[a[i].id] = a[i].share;
    for (size_t i = 0; i < NICS; i++) {
        uint64_t other = share[b[i].id];
        uint64_t off = other > b[i].share ? other - b[i].share : b[i].share - other;
        if (off > 8)
            return false;
    }
    return true;
}

static int by_number(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static double median(int64_t *ns)
{
    qsort(ns, ROUNDS, sizeof *ns, by_number);
    return (double)ns[ROUNDS / 2] / NICS;
}

int main(void)
{
    static struct water_fill item[NICS];
    static struct water_fill copy[3][NICS];
    static int64_t ns[3][ROUNDS];
    static void (*const way[])(struct water_fill *, uint64_t) = {by_selection, by_sorting,
                                                                 by_oracle};
    static const char *const name[] = {"selection", "sorting", "oracle"};
    struct random_source random = {random_seed()};
    for (int round = 0; round < ROUNDS; round++) {
        uint64_t amount;
        make(&random, item, &amount);
        for (int w = 0; w < 3; w++) {
            memcpy(copy[w], item, sizeof item);
            int64_t begin = daqs_mono_ns(daqs_clock_system());
            way[w](copy[w], amount);
            ns[w][round] = daqs_mono_ns(daqs_clock_system()) - begin;
        }
        if (!agree(copy[0], copy[2])) {
            (void)fprintf(stderr, "round %d: selection and oracle differ\n", round);
            return 1;
        }
    }
    double base = median(ns[0]);
    for (int w = 0; w < 3; w++) {
        double ns_per_nic = w ? median(ns[w]) : base;
        (void)printf("%-10s %8.1f ns per nic at %d nics, %6.1f times the selection\n", name[w],
                     ns_per_nic, NICS, ns_per_nic / base);
    }
    return 0;
}
