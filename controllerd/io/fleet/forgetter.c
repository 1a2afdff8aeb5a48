/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/io/fleet/forgetter.h"

#include "controllerd/io/events/events.h"

/* Each host is checked once in TICKS_A_LOOK ticks. Forgetting one costs a walk over the others. */
enum { TICKS_A_LOOK = 10, FORGOTTEN_AT_ONCE = 16 };

static void forget(struct forgetter *f, size_t index)
{
    struct fleet_host *host = fleet_at(f->fleet, index);
    events_emit(f->events, EVENT_HOST_FORGOTTEN, host->name, "",
                state_changes_down_since(f->changes, host),
                "its agent stays away, and no SLA waits for it");
    recorder_forget(f->recorder, host);
    agent_conns_close(f->conns, agent_conns_of(f->conns, host));
    relocator_forget(f->relocator, host);
    state_changes_forget(f->changes, host);
    accounting_forget(f->accounting, host);
    push_forget(f->push, host);
    fleet_forget(f->fleet, index);
}

/* Walks from the last host to the first, because hosts after a forgotten one move up. */
void forgetter_tick(struct forgetter *f, int64_t now_ms)
{
    unsigned forgotten = 0;
    f->turn = (f->turn + 1) % TICKS_A_LOOK;
    for (size_t i = fleet_count(f->fleet); i-- > 0 && forgotten < FORGOTTEN_AT_ONCE;)
        if (i % TICKS_A_LOOK == f->turn &&
            fleet_forgettable(fleet_at(f->fleet, i), f->ledger, f->config->forget_ms, now_ms)) {
            forget(f, i);
            forgotten++;
        }
}
