/* SPDX-License-Identifier: Apache-2.0 */
/* Events in the order of their times: a binary heap of times, with places in a slab. */
#include <stdlib.h>

#include "tests/sim/group/group_world.h"

static bool precedes(const struct event_time *a, const struct event_time *b)
{
    return a->at_ms != b->at_ms ? a->at_ms < b->at_ms : a->number < b->number;
}

static void swap(struct event_time *a, struct event_time *b)
{
    const struct event_time was = *a;
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
    g->slab[place].kind = kind;
    g->heap[at] = (struct event_time){at_ms, g->numbers++, place};
    while (at > 0 && precedes(&g->heap[at], &g->heap[(at - 1) / 2])) {
        swap(&g->heap[at], &g->heap[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
    return &g->slab[place];
}

/* Takes the next event; there is always one, since agents tick. */
void group_next(struct group *g, struct event *ret)
{
    *ret = g->slab[g->heap[0].place];
    g->spare[g->spares++] = g->heap[0].place;
    g->heap[0] = g->heap[--g->heaped];
    for (size_t at = 0;;) {
        size_t least = at;
        for (size_t child = 2 * at + 1; child <= 2 * at + 2; child++)
            if (child < g->heaped && precedes(&g->heap[child], &g->heap[least]))
                least = child;
        if (least == at)
            return;
        swap(&g->heap[at], &g->heap[least]);
        at = least;
    }
}
