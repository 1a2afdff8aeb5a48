#include "agentd/core/settling.h"

void settling_ordered(struct settling *s, uint64_t sequence, bool new_epoch)
{
    if (new_epoch)
        *s = (struct settling){0};
    s->ordered = sequence;
}

bool settling_awaits(const struct settling *s)
{
    return s->ordered != s->in_force;
}

void settling_reached(struct settling *s, bool changed, int64_t now_ms)
{
    if (!settling_awaits(s))
        return;
    if (changed) {
        s->before = s->in_force;
        s->since_ms = now_ms;
    }
    s->in_force = s->ordered;
}

uint64_t settling_of(const struct settling *s, int64_t from_ms, int64_t to_ms)
{
    return s->since_ms <= from_ms + (to_ms - from_ms) / 2 ? s->in_force : s->before;
}
