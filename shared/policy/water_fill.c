/* SPDX-License-Identifier: Apache-2.0 */
#include "shared/policy/water_fill.h"

#include <stdbool.h>

/* Newton's method on the sum of all shares as a function of the level, which is a sum of lines with
 * one bend each. Each pass takes out the items whose caps the level has passed, and moves the level
 * to what the others would share. From any start, it is at or below the right level after one pass,
 * and rises from there. A few passes over a sample come first and save most of the passes over all
 * items. For inputs made to be slow, bisection takes over. Levels are floating-point numbers, good
 * for 2^53, and only determine which items are full; shares are exact. */
enum { NEWTON_PASSES = 16, HALVING_PASSES = 64, SAMPLE = 64, NEAR = 384, NEAR_PARTS = 5 };

struct pass {
    uint64_t full;    /* sum of the caps of the items that are full at the level */
    uint64_t weights; /* sum over the other items */
};

struct fill_part {
    const struct water_fill *item;
    size_t count;
    size_t stride;         /* 1: all items; otherwise every stride-th one */
    const uint32_t *index; /* if not NULL: only these items */
    struct pass rest;      /* for the items that are not examined */
};

/* Caps are far below 2^63, so they are converted as signed numbers: one instruction, where unsigned
 * numbers need several. This saves a third of the total time. */
static bool is_full(const struct water_fill *item, double level)
{
    return (double)(int64_t)item->cap <= level * item->weight;
}

static struct pass look(const struct fill_part *part, double level)
{
    struct pass pass = part->rest;
    for (size_t i = 0; i < part->count; i += part->stride) {
        const struct water_fill *item = &part->item[part->index ? part->index[i] : i];
        uint64_t full = is_full(item, level);
        pass.full += full * item->cap; /* branch-free, because a branch would be unpredictable */
        pass.weights += (1 - full) * item->weight;
    }
    return pass;
}

/* Returns the level at which the other items share what the full ones leave; 0 if those take too
 * much. */
static double level_after(const struct pass *pass, uint64_t amount)
{
    return pass->full <= amount ? (double)(amount - pass->full) / (double)pass->weights : 0;
}

/* Bisects. The level at which 'amount' is used up lies between 'low' and twice that, or four times
 * that, and so on. */
static double halve(const struct fill_part *part, uint64_t amount, double low)
{
    double high = low;
    struct pass pass;
    do {
        high = 2 * high + 1;
        pass = look(part, high);
    } while (pass.weights > 0 && level_after(&pass, amount) > high);
    for (int i = 0; i < HALVING_PASSES; i++) {
        double level = low + (high - low) / 2;
        pass = look(part, level);
        if (pass.weights > 0 ? level_after(&pass, amount) > level : pass.full <= amount)
            low = level;
        else
            high = level;
    }
    return low;
}

/* Finds the level, from a first guess. *ret receives what is full at it, and what the others
 * weigh. */
static double find_level(const struct fill_part *part, uint64_t amount, double level,
                         struct pass *ret)
{
    struct pass pass = look(part, level);
    for (int i = 0; pass.weights > 0 && i < NEWTON_PASSES + 1; i++) {
        double next = level_after(&pass, amount);
        if (next == level || (next < level && i > 0))
            break;
        level = i < NEWTON_PASSES ? next : halve(part, amount, level);
        pass = look(part, level);
    }
    if (pass.weights == 0 && pass.full > amount) { /* the guess was too high for all items */
        level = 0;
        pass = look(part, level);
        level = pass.weights ? halve(part, amount, level) : level;
        pass = look(part, level);
    }
    *ret = pass;
    return level;
}

/* Each item that is not full gets left * weight / weights, rounded down; for the items that are
 * full, that is more than their caps. A division per item would take longer than everything else:
 * the quotient is computed once, and the remainder, less than 2^52 when multiplied, is exact in
 * floating point. */
static void share_out(struct water_fill *item, size_t count, uint64_t left, uint64_t weights)
{
    uint64_t each = left / weights < WATER_FILL_CAP_MAX ? left / weights : WATER_FILL_CAP_MAX;
    uint64_t rest = left % weights;
    double part = 1.0 / (double)weights;
    for (size_t i = 0; i < count; i++) {
        uint64_t share = each * item[i].weight +
                         (uint64_t)(int64_t)((double)(int64_t)(rest * item[i].weight) * part);
        item[i].share = share > item[i].cap ? item[i].cap : share;
    }
}

static void give_caps(struct water_fill *item, size_t count)
{
    for (size_t i = 0; i < count; i++)
        item[i].share = item[i].cap;
}

/* Finds the level if it is close to the guess; otherwise returns false. One pass finds the items
 * that are full at the lowest close level, and those that are not full at the highest; only the few
 * between them need more passes. */
static bool find_near(const struct fill_part *all, uint64_t amount, double guess, double *ret_level,
                      struct pass *ret)
{
    const double low = guess - guess / NEAR_PARTS;
    const double high = guess + guess / NEAR_PARTS;
    uint32_t index[NEAR + 1];
    size_t count = 0;
    struct pass rest = {0, 0};
    for (size_t i = 0; i < all->count; i++) {
        const struct water_fill *item = &all->item[i];
        uint64_t full = is_full(item, low);
        uint64_t open = !is_full(item, high);
        rest.full += full * item->cap;
        rest.weights += open * item->weight;
        index[count] = (uint32_t)i;
        count += (1 - full) & (1 - open) & (count < NEAR);
    }
    if (count == NEAR) /* there may be more of them */
        return false;
    const struct fill_part near = {all->item, count, 1, index, rest};
    *ret_level = find_level(&near, amount, guess, ret);
    return *ret_level >= low && *ret_level <= high;
}

void water_fill(struct water_fill *item, size_t count, uint64_t amount)
{
    const struct fill_part all = {item, count, 1, NULL, {0, 0}};
    const struct fill_part sample = {item, count, count / SAMPLE, NULL, {0, 0}};
    struct pass pass;
    double level = 0;
    bool found = false;
    if (count >= 4 * SAMPLE) {
        level = find_level(&sample, amount / sample.stride, 0, &pass);
        found = find_near(&all, amount, level, &level, &pass);
    }
    if (!found)
        level = find_level(&all, amount, level, &pass);
    if (pass.weights)
        share_out(item, count, pass.full < amount ? amount - pass.full : 0, pass.weights);
    else
        give_caps(item, count);
}
