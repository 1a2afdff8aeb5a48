/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/io/fleet/forgetter.h"

#include <stdlib.h>
#include <string.h>

#include "controllerd/io/events/events.h"

/* Each host is checked once in TICKS_A_LOOK ticks. Forgetting one costs a walk over the others. */
enum { TICKS_A_LOOK = 10, FORGOTTEN_AT_ONCE = 16 };

struct forgetter {
    struct forgetter_setup given;
    size_t turn; /* which hosts are checked next */
};

struct forgetter *forgetter_new(const struct forgetter_setup *setup)
{
    struct forgetter *f = calloc(1, sizeof *f);
    if (f)
        f->given = *setup;
    return f;
}

void forgetter_free(struct forgetter *f)
{
    free(f);
}

static int64_t down_since(const struct forgetter *f, const struct fleet_host *host)
{
    return state_changes_down_since(state_events_reported(f->given.state_events), host);
}

static void forget(struct forgetter *f, size_t index)
{
    struct fleet_host *host = fleet_at(f->given.fleet, index);
    recorder_forget(f->given.recorder, host);
    agent_conns_close(f->given.conns, agent_conns_of(f->given.conns, host));
    relocator_forget(f->given.relocator, host);
    state_events_forget(f->given.state_events, host);
    accounting_forget(f->given.accounting, host);
    push_forget(f->given.push, host);
    roster_forget(f->given.roster, host->name);
    fleet_forget(f->given.fleet, index);
}

void forgetter_forget(struct forgetter *f, const char *name, const char *by, const char *what)
{
    size_t i = 0;
    while (i < fleet_count(f->given.fleet) && strcmp(fleet_at(f->given.fleet, i)->name, name) != 0)
        i++;
    const bool known = i < fleet_count(f->given.fleet);
    events_emit(f->given.events, EVENT_HOST_FORGOTTEN, name, "",
                known ? down_since(f, fleet_at(f->given.fleet, i)) : 0, "%s%s%s", what,
                *by ? ", by " : "", by);
    if (known)
        forget(f, i);
}

/* Walks from the last host to the first, because hosts after a forgotten one move up. */
void forgetter_tick(struct forgetter *f, int64_t now_ms)
{
    unsigned forgotten = 0;
    f->turn = (f->turn + 1) % TICKS_A_LOOK;
    for (size_t i = fleet_count(f->given.fleet); i-- > 0 && forgotten < FORGOTTEN_AT_ONCE;)
        if (i % TICKS_A_LOOK == f->turn &&
            fleet_forgettable(fleet_at(f->given.fleet, i), f->given.ledger,
                              f->given.config->forget_ms, now_ms)) {
            const struct fleet_host *host = fleet_at(f->given.fleet, i);
            events_emit(f->given.events, EVENT_HOST_FORGOTTEN, host->name, "", down_since(f, host),
                        "its agent stays away, and no SLA waits for it");
            forget(f, i);
            forgotten++;
        }
}
