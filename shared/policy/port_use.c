/* SPDX-License-Identifier: Apache-2.0 */
#include "shared/policy/port_use.h"

#include "shared/policy/memory.h"

double port_use_known(const struct policy_uplink *u)
{
    double sum = u->own_known ? (double)u->own : 0;
    for (uint32_t v = 0; v < u->vms; v++)
        sum += (double)u->vm[v].usage;
    return sum;
}

/* Handles what the port sends beyond all known traffic. At first it only reduces the bursts of best
 * effort; after ten seconds it counts as the PF's own traffic. Returns what it takes off the
 * budget. */
static double unwatched(struct policy_uplink *u, double known, bool fresh)
{
    enum { CAUTIOUS_MS = 10000 };
    struct policy_uplink_memory *m = &u->memory;
    double gap = u->port_known ? (double)u->port - known : 0;
    if (gap > 0.03 * (double)u->capacity && fresh)
        count_add(&m->unwatched, u->span_ms);
    else if (fresh)
        m->unwatched = (struct policy_count){0};
    m->cautious_ms = m->cautious_ms > u->span_ms ? m->cautious_ms - u->span_ms : 0;
    if (count_is(&m->unwatched, 3))
        m->cautious_ms = CAUTIOUS_MS;
    return m->unwatched.ms > CAUTIOUS_MS ? gap : 0;
}

/* Records what VMs send to VMs of the same host, which does not pass the port. It changes no limit:
 * it is not known which VM sends it, and that VM may send to the wire at any time. */
static void note_between_vms(struct policy_uplink *u, double known)
{
    struct policy_uplink_memory *m = &u->memory;
    double between = u->port_known ? known - (double)u->port : 0;
    bool much = between > 0.03 * (double)u->capacity;
    if (much)
        count_add(&m->between, u->span_ms);
    else
        m->between = (struct policy_count){0};
    m->between_vms = much ? between : 0;
}

double policy_between_vms(const struct policy_uplink_memory *memory)
{
    return memory->between.reports >= 3 && memory->between.ms >= 3000 ? memory->between_vms : 0;
}

static bool any_fresh(const struct policy_uplink *u)
{
    for (uint32_t v = 0; v < u->vms; v++)
        if (u->vm[v].fresh)
            return true;
    return false;
}

/* Returns what the PF sends, and on a full port also what that has risen by: there it rises only as
 * fast as the others yield. */
static double own_soon(struct policy_uplink *u, double sent, bool fresh)
{
    struct policy_uplink_memory *m = &u->memory;
    double own = u->own_known ? (double)u->own : 0;
    double rise = higher_of(0, own - m->own_before);
    if (fresh)
        m->own_before = own;
    return fresh && sent >= 0.98 * (double)u->capacity ? own + rise : own;
}

static void note_full(struct policy_uplink *u, double sent, bool fresh)
{
    struct policy_uplink_memory *m = &u->memory;
    if (sent >= 0.95 * (double)u->capacity) {
        m->was_full = true;
        m->since_full = (struct policy_count){0};
    } else if (fresh) {
        count_add(&m->since_full, u->span_ms);
        m->was_full = m->was_full && !count_is(&m->since_full, 20);
    }
}

struct port_use port_use_note(struct policy_uplink *u)
{
    bool fresh = any_fresh(u);
    double known = port_use_known(u);
    double sent = u->port_known ? (double)u->port : known;
    if (fresh)
        note_between_vms(u, known);
    note_full(u, sent, fresh);
    double own = own_soon(u, sent, fresh);
    return (struct port_use){.sent = sent, .taken = own + unwatched(u, known, fresh)};
}
