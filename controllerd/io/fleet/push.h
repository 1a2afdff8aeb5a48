/* SPDX-License-Identifier: Apache-2.0 */
/* push - decides the limits of hosts and sends them to their agents. */
#ifndef DAQS_CONTROLLERD_IO_FLEET_PUSH_H
#define DAQS_CONTROLLERD_IO_FLEET_PUSH_H

#include "controllerd/config/controller_config.h"
#include "controllerd/core/fleet/policy_overrides.h"
#include "controllerd/io/events/counters.h"
#include "controllerd/io/fleet/agent_conns.h"
#include "shared/wire/bus.h"

struct push; /* opaque */

/* All of them must outlive it. */
struct push_setup {
    struct fleet *fleet;
    const struct ledger *ledger;
    struct agent_conns *conns;
    const struct policy_overrides *overrides;
    const struct controller_config *config; /* mode, headroom and lease may change */
    /* Sends like net_send: DAQS_ENOTFOUND if the route no longer has a connection, DAQS_EBUSY if
     * its queue is full. */
    int (*send)(void *arg, const struct net_route *route, const void *bytes, size_t length);
    void *arg;
    struct controller_counters *count;
    const char *member; /* this controller's name in its group; NULL: it is in none */
};

/* Returns NULL if out of memory. */
struct push *push_new(const struct push_setup *setup);
/* NULL is fine. */
void push_free(struct push *push);

/* Sends one message. The errors are those of wire_encode and of the setup's send. */
int push_message(struct push *p, const struct net_route *route, const struct wire_message *message);

/* Sends a welcome. If it is lost, the agent's next report triggers another one. generation: of the
 * host's newest inventory here; 0: send a hello. member: of the group, best first; if the first is
 * this one, the agent stays. members: 0 to DAQS_MAX_MEMBERS; 0: no news. */
void push_welcome(struct push *p, const struct net_route *route, uint64_t epoch,
                  uint64_t generation, const struct daqs_member_info *member, size_t members);

/* Makes a push to a host due; must be called after each hello. Returns false if out of memory:
 * nothing is pushed to it until its next hello. */
bool push_hello(struct push *p, const struct fleet_host *host);

/* The host is about to be forgotten. */
void push_forget(struct push *p, const struct fleet_host *host);

/* Decides the limits of a host and pushes what changed. */
void push_decide(struct push *p, struct fleet_host *host, int64_t now_ms);

/* Decides again for the host with this name, if it is known, whose SLAs have changed. Agents also
 * store SLAs, so they are pushed even if no limit changes. */
void push_slas_changed(struct push *p, const char *name, int64_t now_ms);

/* Decides again for every host, and pushes to it even if no limit changes. */
void push_all(struct push *p, int64_t now_ms);

/* Pushes to every host whose lease needs renewal. */
void push_renew(struct push *p, int64_t now_ms);

/* Closes the connection of the host with this name, if it is known and has one. */
void push_hang_up(struct push *p, const char *name);

#endif
