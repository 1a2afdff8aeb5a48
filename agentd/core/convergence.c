/* SPDX-License-Identifier: Apache-2.0 */
#include "agentd/core/convergence.h"

void convergence_ordered(struct convergence *s, uint64_t sequence, bool new_epoch)
{
    if (new_epoch)
        *s = (struct convergence){0};
    s->ordered = sequence;
}

bool convergence_pending(const struct convergence *s)
{
    return s->ordered != s->in_force;
}

void convergence_reached(struct convergence *s, bool changed, int64_t now_ms)
{
    if (!convergence_pending(s))
        return;
    if (changed) {
        s->before = s->in_force;
        s->since_ms = now_ms;
    }
    s->in_force = s->ordered;
}

uint64_t convergence_sequence_of(const struct convergence *s, int64_t from_ms, int64_t to_ms)
{
    return s->since_ms <= from_ms + (to_ms - from_ms) / 2 ? s->in_force : s->before;
}
