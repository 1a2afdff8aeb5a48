/* SPDX-License-Identifier: Apache-2.0 */
/* state_events - emits an event for each lasting change of a host, an uplink or a VM. */
#ifndef DAQS_CONTROLLERD_IO_FLEET_STATE_EVENTS_H
#define DAQS_CONTROLLERD_IO_FLEET_STATE_EVENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "controllerd/config/controller_config.h"
#include "controllerd/core/diagnosis/host_claims.h"
#include "controllerd/core/diagnosis/state_changes.h"
#include "controllerd/core/fleet/roster.h"

struct events;
struct store;
struct state_events; /* opaque */

/* All of them must outlive it. */
struct state_events_setup {
    const struct fleet *fleet;
    struct roster *roster;
    struct events *events;
    const struct controller_config *config; /* whose headroom may change */
    /* Called for a host that was reported as down without having been heard; NULL: nothing is
     * called. */
    void (*absent)(void *arg, const char *host);
    void *arg;
};

/* How the text of an event about a host that has moved begins; the name of a member follows. */
#define STATE_EVENTS_MOVED "another member of the group serves the host now: "

/* Returns NULL if out of memory. */
struct state_events *state_events_new(const struct state_events_setup *setup);
/* NULL is fine. */
void state_events_free(struct state_events *s);

/* Loads which uplinks were reported as oversubscribed before the controller started; called once,
 * before any hello. Fails with an error text. */
int state_events_load(struct state_events *s, struct store *store, struct daqs_error *err);

/* Takes over what was reported of a host to its new inventory; must be called after each hello.
 * Returns false if out of memory: there are no events of its VMs and uplinks until its next
 * hello. */
bool state_events_hello(struct state_events *s, const struct fleet_host *host);

/* Another member of the group serves the host, which is about to be forgotten here: ends what was
 * reported of it, with events. member: its name; "": not known. */
void state_events_moved(struct state_events *s, const struct fleet_host *host, const char *member);

/* The host is about to be forgotten. */
void state_events_forget(struct state_events *s, const struct fleet_host *host);

/* A hello of another machine in the host's name was refused; addresses: "": unknown. Emits an event
 * when that begins. now_ms: monotonic. */
void state_events_claimed(struct state_events *s, const struct fleet_host *host,
                          const char *connected, const char *refused, int64_t now_ms);
/* Likewise, of another machine that another member of the group serves; "": as before. */
void state_events_claimed_at(struct state_events *s, const struct fleet_host *host,
                             const char *connected, const char *member, int64_t now_ms);
const struct host_claims *state_events_claims(const struct state_events *s);

/* Returns what has been reported. */
const struct state_changes *state_events_reported(const struct state_events *s);

/* Checks a part of the hosts; each host is checked once a second if this is called every tick. A
 * host that is absent (roster_is_absent, since the first call) is reported as down.
 * now_ms: monotonic, wall_ms: UTC. */
void state_events_tick(struct state_events *s, int64_t now_ms, int64_t wall_ms);

#endif
