#include "controllerd/core/water_fill.h"

#include <stdbool.h>

/* Newton's method on what all take at a level, which is a sum of lines that bend once: each pass
 * takes those out whose caps the level has passed, and moves it to what the others would share.
 * From wherever it starts, it is at or below the right level after one pass, and rises from there.
 * A few passes over a sample first save most of those over all. For inputs made to be slow, halving
 * takes over. Levels are floating point, good for 2^53, and only say who is full; shares are exact.
 */
enum { NEWTON_PASSES = 16, HALVING_PASSES = 64, SAMPLE = 64 };

struct part {
    const struct water_fill *item;
    size_t count;
    size_t stride; /* 1: all; else every so many */
};

struct pass {
    uint64_t full;    /* sum of the caps of those that are full at the level */
    uint64_t weights; /* of the others */
};

/* Caps are at most 2^60, and signed numbers convert in one instruction where unsigned ones need
 * several: a third of all the time. */
static bool is_full(const struct water_fill *item, double level)
{
    return (double)(int64_t)item->cap <= level * item->weight;
}

static struct pass look(const struct part *part, double level)
{
    struct pass pass = {0, 0};
    for (size_t i = 0; i < part->count; i += part->stride) {
        const struct water_fill *item = &part->item[i];
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
static double halve(const struct part *part, uint64_t amount, double low)
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
static double find_level(const struct part *part, uint64_t amount, double level, struct pass *ret)
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

/* Everyone not full has left * weight / weights, rounded down. A division for each would take
 * longer than all the rest: the quotient is taken once, and what it leaves, less than 2^52 when
 * multiplied, is exact in floating point. */
static void share_out(struct water_fill *item, size_t count, double level, uint64_t left,
                      uint64_t weights)
{
    uint64_t each = weights ? left / weights : 0;
    uint64_t rest = weights ? left % weights : 0;
    double part = weights ? 1.0 / (double)weights : 0;
    for (size_t i = 0; i < count; i++) {
        uint64_t share = each * item[i].weight +
                         (uint64_t)(int64_t)((double)(int64_t)(rest * item[i].weight) * part);
        item[i].share = is_full(&item[i], level) || share > item[i].cap ? item[i].cap : share;
    }
}

void water_fill(struct water_fill *item, size_t count, uint64_t amount)
{
    const struct part all = {item, count, 1};
    const struct part sample = {item, count, count / SAMPLE};
    struct pass pass;
    double guess = count >= 4 * SAMPLE ? find_level(&sample, amount / sample.stride, 0, &pass) : 0;
    double level = find_level(&all, amount, guess, &pass);
    share_out(item, count, level, pass.full < amount ? amount - pass.full : 0, pass.weights);
}
