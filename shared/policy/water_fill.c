#include "shared/policy/water_fill.h"

#include <stdbool.h>

/* Newton's method on what all take at a level, which is a sum of lines that bend once: each pass
 * takes those out whose caps the level has passed, and moves it to what the others would share.
 * From wherever it starts, it is at or below the right level after one pass, and rises from there.
 * A few passes over a sample first save most of those over all. For inputs made to be slow, halving
 * takes over. Levels are floating point, good for 2^53, and only say who is full; shares are exact.
 */
enum { NEWTON_PASSES = 16, HALVING_PASSES = 64, SAMPLE = 64, NEAR = 384, NEAR_PARTS = 5 };

struct pass {
    uint64_t full;    /* sum of the caps of those that are full at the level */
    uint64_t weights; /* of the others */
};

struct fill_part {
    const struct water_fill *item;
    size_t count;
    size_t stride;         /* 1: all; else every so many */
    const uint32_t *index; /* if not NULL: those */
    struct pass rest;      /* of those that are not looked at */
};

/* Caps are far below 2^63, and signed numbers convert in one instruction where unsigned ones need
 * several: a third of all the time. */
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
        pass.full += full * item->cap; /* no branch: it could not be foretold */
        pass.weights += (1 - full) * item->weight;
    }
    return pass;
}

/* What the others would share, beside those that are full; 0 if those take too much. */
static double level_after(const struct pass *pass, uint64_t amount)
{
    return pass->full <= amount ? (double)(amount - pass->full) / (double)pass->weights : 0;
}

/* The level at which 'amount' is used up is between one that is too low and twice that, or four
 * times that, ... */
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

/* The level, from a first guess; what is full at it, and what the others weigh, in *ret. */
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
    if (pass.weights == 0 && pass.full > amount) { /* the guess was too high for all */
        level = 0;
        pass = look(part, level);
        level = pass.weights ? halve(part, amount, level) : level;
        pass = look(part, level);
    }
    *ret = pass;
    return level;
}

/* Everyone not full has left * weight / weights, rounded down; of those that are full that is more
 * than their caps. A division for each would take longer than all the rest: the quotient is taken
 * once, and what it leaves, less than 2^52 when multiplied, is exact in floating point. */
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

/* The level, if it is close to the guess: one pass finds who is full at the lowest and not full at
 * the highest level that is close, and only the few between them need more passes. */
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
    if (count == NEAR) /* perhaps not all of them */
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
