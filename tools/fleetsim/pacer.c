/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/fleetsim/pacer.h"

#include <stdlib.h>
#include <string.h>

enum { SLOTS = 4096 };
#define NOBODY UINT32_MAX

struct appointment {
    int64_t due_ms;
    uint32_t next; /* in the same slot */
};

struct pacer {
    int64_t at_ms; /* earlier appointments have been taken */
    uint32_t first[SLOTS];
    struct appointment of[];
};

struct pacer *pacer_new(uint32_t count, int64_t now_ms)
{
    struct pacer *pacer = calloc(1, sizeof *pacer + count * sizeof pacer->of[0]);
    if (!pacer)
        return NULL;
    pacer->at_ms = now_ms;
    memset(pacer->first, 0xff, sizeof pacer->first);
    return pacer;
}

void pacer_free(struct pacer *pacer)
{
    free(pacer);
}

void pacer_add(struct pacer *pacer, uint32_t number, int64_t due_ms)
{
    if (due_ms < pacer->at_ms)
        due_ms = pacer->at_ms;
    uint32_t *first = &pacer->first[due_ms % SLOTS];
    pacer->of[number] = (struct appointment){due_ms, *first};
    *first = number;
}

bool pacer_take(struct pacer *pacer, int64_t now_ms, uint32_t *ret_number)
{
    for (; pacer->at_ms <= now_ms; pacer->at_ms++) {
        uint32_t *link = &pacer->first[pacer->at_ms % SLOTS];
        while (*link != NOBODY && pacer->of[*link].due_ms > pacer->at_ms)
            link = &pacer->of[*link].next; /* due in a later round of the wheel */
        if (*link == NOBODY)
            continue;
        *ret_number = *link;
        *link = pacer->of[*link].next;
        return true;
    }
    return false;
}

int64_t pacer_turn(uint32_t number, uint32_t count, int64_t interval_ms, int64_t now_ms)
{
    int64_t phase_ms = (int64_t)number * interval_ms / count;
    int64_t gone_ms = (now_ms - phase_ms) % interval_ms;
    if (gone_ms < 0)
        gone_ms += interval_ms;
    return now_ms + interval_ms - gone_ms;
}
