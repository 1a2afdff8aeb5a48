#include "controllerd/core/water_fill.h"

#include <stdbool.h>

__extension__ typedef unsigned __int128 u128;

/* True if a reaches its cap at a lower level than b: a.cap / a.weight < b.cap / b.weight. */
static bool fills_before(const struct water_fill *a, const struct water_fill *b)
{
    return (u128)a->cap * b->weight < (u128)b->cap * a->weight;
}

static void swap(struct water_fill *a, struct water_fill *b)
{
    struct water_fill t = *a;
    *a = *b;
    *b = t;
}

/* Three-way partition around the item in the middle: those that fill before it, with it, and
 * after it. Items that fill together stay together, so equal ones cost one round. */
static void partition(struct water_fill *item, size_t count, size_t *ret_before, size_t *ret_with)
{
    struct water_fill pivot = item[count / 2];
    size_t before = 0;
    size_t i = 0;
    size_t after = count;
    while (i < after) {
        if (fills_before(&item[i], &pivot))
            swap(&item[i++], &item[before++]);
        else if (fills_before(&pivot, &item[i]))
            swap(&item[i], &item[--after]);
        else
            i++;
    }
    *ret_before = before;
    *ret_with = after - before;
}

static void share_out(struct water_fill *item, size_t count, uint64_t amount, uint64_t weights)
{
    for (size_t i = 0; i < count; i++) {
        u128 share = weights ? (u128)amount * item[i].weight / weights : 0;
        item[i].share = share < item[i].cap ? (uint64_t)share : item[i].cap;
    }
}

/* Those before 'low' are known to be filled to their caps and paid for; those from 'high' on
 * are known to be above the level. What is between is narrowed down until nothing is. */
void water_fill(struct water_fill *item, size_t count, uint64_t amount)
{
    size_t low = 0;
    size_t high = count;
    uint64_t weights_above = 0;
    while (low < high) {
        size_t before;
        size_t with;
        struct water_fill *part = item + low;
        partition(part, high - low, &before, &with);
        const struct water_fill pivot = part[before];
        u128 caps = 0; /* of those that fill before or with the pivot */
        uint64_t weights_after = 0;
        for (size_t i = 0; i < before + with; i++)
            caps += part[i].cap;
        for (size_t i = before + with; i < high - low; i++)
            weights_after += part[i].weight;
        u128 level_of_others = (u128)pivot.cap * (weights_above + weights_after) / pivot.weight;
        if (caps + level_of_others <= amount) {
            for (size_t i = 0; i < before + with; i++)
                part[i].share = part[i].cap;
            amount -= (uint64_t)caps;
            low += before + with;
        } else {
            for (size_t i = before; i < high - low; i++)
                weights_above += part[i].weight;
            high = low + before;
        }
    }
    share_out(item + low, count - low, amount, weights_above);
}
