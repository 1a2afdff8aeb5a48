/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/io/fleet/forgetter.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controllerd/io/events/events.h"

/* Each host is checked once in TICKS_A_CHECK ticks. Forgetting one costs a walk over the others. */
enum { TICKS_A_CHECK = 10, FORGOTTEN_AT_ONCE = 16 };

/* A host whose key is revoked is not forgotten at once, so that it is reported as down before. */
enum { KEYLESS_MS = 10000 };

enum { MOVED_BYTES = sizeof STATE_EVENTS_MOVED + DAQS_MEMBER_MAX };

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
    if (f->given.homes)
        homes_forget(f->given.homes, host);
    roster_forget(f->given.roster, host->name);
    fleet_forget(f->given.fleet, index);
}

/* Returns the index of the host with this name; fleet_count: the fleet has none. */
static size_t index_of(const struct forgetter *f, const char *name)
{
    size_t i = 0;
    if (!fleet_find(f->given.fleet, name))
        return fleet_count(f->given.fleet);
    while (i < fleet_count(f->given.fleet) && strcmp(fleet_at(f->given.fleet, i)->name, name) != 0)
        i++;
    return i;
}

static void note_ended(struct forgetter *f, const char *name)
{
    if (f->given.homes)
        homes_ended(f->given.homes, name);
}

void forgetter_forget(struct forgetter *f, const char *name, const char *by, const char *what)
{
    const size_t i = index_of(f, name);
    const bool known = i < fleet_count(f->given.fleet);
    const struct roster_entry *entry = roster_find(f->given.roster, name);
    const int64_t unheard_ms = entry ? entry->down_ms : 0;
    events_emit(f->given.events, EVENT_HOST_FORGOTTEN, name, "",
                known ? down_since(f, fleet_at(f->given.fleet, i)) : unheard_ms, "%s%s%s", what,
                *by ? ", by " : "", by);
    note_ended(f, name);
    if (known)
        forget(f, i);
    else
        roster_forget(f->given.roster, name);
}

void forgetter_moved(struct forgetter *f, const char *name, const char *member)
{
    char how[MOVED_BYTES];
    const char *by = *member ? member : "not known yet";
    const size_t i = index_of(f, name);
    const struct roster_entry *entry = roster_find(f->given.roster, name);
    if (i < fleet_count(f->given.fleet)) {
        (void)snprintf(how, sizeof how, STATE_EVENTS_MOVED "%s", by);
        violations_end_of(f->given.violations, name, how);
        state_events_moved(f->given.state_events, fleet_at(f->given.fleet, i), by);
        forget(f, i);
    } else if (entry && entry->down_ms) {
        events_emit(f->given.events, EVENT_HOST_MOVED, name, "", entry->down_ms,
                    STATE_EVENTS_MOVED "%s", by);
        roster_forget(f->given.roster, name);
    }
}

/* Returns true if nothing but its last hello is a reason to list the host, for long enough. */
static bool is_forgettable(const struct forgetter *f, const struct fleet_host *host, int64_t now_ms)
{
    const struct roster_entry *entry = roster_find(f->given.roster, host->name);
    const int64_t after_ms = f->given.config->forget_ms;
    const bool keyless = !f->given.config->insecure && after_ms > KEYLESS_MS;
    return !(entry && entry->reasons) &&
           fleet_forgettable(host, f->given.ledger, keyless ? KEYLESS_MS : after_ms, now_ms);
}

/* Ends what was reported of hosts that were never heard, once nothing is a reason to list them. */
static void forget_unheard(struct forgetter *f)
{
    for (size_t i = roster_count(f->given.roster); i-- > 0;) {
        const struct roster_entry *entry = roster_at(f->given.roster, i);
        if (i % TICKS_A_CHECK != f->turn || entry->host || entry->reasons)
            continue;
        events_emit(f->given.events, EVENT_HOST_FORGOTTEN, entry->name, "", entry->down_ms,
                    "its agent was not heard, and it has no SLA and no key");
        note_ended(f, entry->name);
        roster_forget(f->given.roster, entry->name);
    }
}

/* Walks from the last host to the first, because hosts after a forgotten one move up. */
void forgetter_tick(struct forgetter *f, int64_t now_ms)
{
    unsigned forgotten = 0;
    f->turn = (f->turn + 1) % TICKS_A_CHECK;
    for (size_t i = fleet_count(f->given.fleet); i-- > 0 && forgotten < FORGOTTEN_AT_ONCE;)
        if (i % TICKS_A_CHECK == f->turn &&
            is_forgettable(f, fleet_at(f->given.fleet, i), now_ms)) {
            const struct fleet_host *host = fleet_at(f->given.fleet, i);
            events_emit(f->given.events, EVENT_HOST_FORGOTTEN, host->name, "", down_since(f, host),
                        "its agent stays away, and it has no SLA%s",
                        f->given.config->insecure ? "" : " and no key");
            note_ended(f, host->name);
            forget(f, i);
            forgotten++;
        }
    forget_unheard(f);
}
