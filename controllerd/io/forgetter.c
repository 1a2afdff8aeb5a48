/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/io/controller_state.h"

/* Each host is checked once in TICKS_A_LOOK ticks. Forgetting one costs a walk over the others. */
enum { TICKS_A_LOOK = 10, FORGOTTEN_AT_ONCE = 16 };

static void forget(struct controller *c, size_t index)
{
    struct fleet_host *host = fleet_at(c->fleet, index);
    events_emit(c->events, EVENT_HOST_FORGOTTEN, host->name, "",
                host->told.up ? 0 : host->told.since_ms,
                "its agent stays away, and no SLA waits for it");
    recorder_hello(c->recorder, host->name); /* stores the rest of its history */
    agent_conns_close(c->conns, host->conn);
    relocator_forget(c->relocator, host);
    fleet_forget(c->fleet, index);
}

/* Walks from the last host to the first, because hosts after a forgotten one move up. */
void forgetter_tick(struct controller *c, int64_t now_ms)
{
    unsigned forgotten = 0;
    c->forget_turn = (c->forget_turn + 1) % TICKS_A_LOOK;
    for (size_t i = fleet_count(c->fleet); i-- > 0 && forgotten < FORGOTTEN_AT_ONCE;)
        if (i % TICKS_A_LOOK == c->forget_turn &&
            fleet_forgettable(fleet_at(c->fleet, i), c->ledger, c->config->forget_ms, now_ms)) {
            forget(c, i);
            forgotten++;
        }
}
