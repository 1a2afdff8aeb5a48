/* SPDX-License-Identifier: Apache-2.0 */
/* Events in the order of their times: a binary heap of places in a slab. */
#include <stdlib.h>

#include "tests/sim/group/group_world.h"

static bool precedes(const struct group *g, size_t a, size_t b)
{
    const struct event *of_a = &g->slab[a];
    const struct event *of_b = &g->slab[b];
    return of_a->at_ms != of_b->at_ms ? of_a->at_ms < of_b->at_ms : of_a->number < of_b->number;
}

static void swap(size_t *a, size_t *b)
{
    const size_t was = *a;
    *a = *b;
    *b = was;
}

static void grow(struct group *g)
{
    const size_t capacity = g->capacity ? 2 * g->capacity : 256;
    g->slab = realloc(g->slab, capacity * sizeof *g->slab);
    g->heap = realloc(g->heap, capacity * sizeof *g->heap);
    g->spare = realloc(g->spare, capacity * sizeof *g->spare);
    if (!g->slab || !g->heap || !g->spare)
        abort();
    for (size_t i = g->capacity; i < capacity; i++)
        g->spare[g->spares++] = i;
    g->capacity = capacity;
}

/* Returns a new event, to be filled in before the next call. */
struct event *group_event(struct group *g, enum event_kind kind, int64_t at_ms)
{
    if (g->spares == 0)
        grow(g);
    const size_t place = g->spare[--g->spares];
    size_t at = g->heaped++;
    g->slab[place].at_ms = at_ms;
    g->slab[place].number = g->numbers++;
    g->slab[place].kind = kind;
    g->heap[at] = place;
    while (at > 0 && precedes(g, g->heap[at], g->heap[(at - 1) / 2])) {
        swap(&g->heap[at], &g->heap[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
    return &g->slab[place];
}

bool group_next(struct group *g, struct event *ret)
{
    if (g->heaped == 0)
        return false;
    *ret = g->slab[g->heap[0]];
    g->spare[g->spares++] = g->heap[0];
    g->heap[0] = g->heap[--g->heaped];
    for (size_t at = 0;;) {
        size_t least = at;
        for (size_t child = 2 * at + 1; child <= 2 * at + 2; child++)
            if (child < g->heaped && precedes(g, g->heap[child], g->heap[least]))
                least = child;
        if (least == at)
            return true;
        swap(&g->heap[at], &g->heap[least]);
        at = least;
    }
}
