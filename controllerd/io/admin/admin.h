/* SPDX-License-Identifier: Apache-2.0 */
/* admin - answers the requests of operators and of the web thread. */
#ifndef DAQS_CONTROLLERD_IO_ADMIN_ADMIN_H
#define DAQS_CONTROLLERD_IO_ADMIN_ADMIN_H

#include "controllerd/config/controller_config.h"
#include "controllerd/core/fleet/policy_overrides.h"
#include "controllerd/io/events/counters.h"
#include "controllerd/io/net/listeners.h"
#include "controllerd/io/store/identity.h"
#include "shared/base/buckets.h"
#include "shared/net/socket.h"

struct accounting;
struct alerts;
struct auth;
struct commit_queue;
struct events;
struct fleet;
struct host_claims;
struct forgetter;
struct membership;
struct ledger;
struct maintenance;
struct push;
struct recorder;
struct reign;
struct roster;
struct sla_commits;
struct state_changes;
struct store_keeper;
struct records;
struct store;
struct violations;
struct peer_link;
struct wire_forward;
struct admin_caller;
struct admin_join;
struct admin; /* opaque */

/* All of them must outlive it, the store aside, which is closed before. */
struct admin_setup {
    struct fleet *fleet;
    const struct roster *roster;
    struct ledger *ledger;
    struct policy_overrides *overrides;
    struct maintenance *maintenance;
    struct store *store;
    const struct records *shared; /* NULL: there is no shared database */
    struct commit_queue *queue;   /* of modes, keys and maintenance */
    struct sla_commits *commits;
    struct push *push;
    struct auth *auth; /* NULL: no keys are needed */
    struct events *events;
    struct alerts *alerts; /* NULL: none are sent */
    struct recorder *recorder;
    const struct store_keeper *keeper; /* NULL: no files are kept */
    struct forgetter *forgetter;
    struct membership *membership; /* NULL: this controller is in no group */
    struct violations *violations;
    const struct state_changes *changes;
    const struct host_claims *claims;
    const struct accounting *accounting;
    const struct controller_config *config; /* whose headroom may change */
    struct reign *reign;
    int64_t started_ms; /* monotonic, of the controller */
    struct controller_counters *count;
    struct buckets *took;   /* us for a request, on the loop's thread */
    struct peer_link *link; /* NULL: other members are not asked */
    /* Sends the malloc'd bytes and takes ownership of them. The client may be gone. */
    void (*send)(void *arg, const struct admin_caller *caller, void *bytes, size_t length);
    /* Returns the sums over all sockets. */
    struct connections_count (*connections)(void *arg);
    void *arg;
};

/* Returns NULL if out of memory. */
struct admin *admin_new(const struct admin_setup *setup);
/* Must be called after the store is closed, which finishes the requests in progress. NULL is fine.
 */
void admin_free(struct admin *admin);

/* Receives and answers waiting requests, a bounded number of them. */
void admin_receive(struct admin *a, const struct listener *listener, int64_t now_ms);

/* The client of a request, and the recipient of the reply, which may be sent later. */
struct admin_caller {
    const struct listener *listener;
    struct net_route route;
    const struct principal *by; /* its key's, valid during the request; NULL: no key needed */
    char address[IDENTITY_ADDRESS_BYTES]; /* libzmq's "Peer-Address" */
    uint64_t id;                          /* of the request; set by admin_handle */
    uint64_t forward;        /* of a member that passed the request on: its number for the answer */
    uint32_t hops;           /* members that have passed it on; 0: a client asks this one */
    bool part;               /* the answer is a part of one that several members give */
    struct admin_join *join; /* what the answer becomes a part of here; NULL: nothing */
    int64_t now_ms;          /* monotonic, when the request was received */
};

/* Answers one request, now or later. */
void admin_handle(struct admin *a, struct admin_caller *caller, const void *bytes, size_t length);

/* Answers one request that another member has passed on, now or later. */
void admin_handle_forward(struct admin *a, const struct listener *listener,
                          const struct net_route *route, uint64_t id,
                          const struct wire_forward *forward, int64_t now_ms);

/* Drops uploads that have been silent for too long; called several times a second. */
void admin_tick(struct admin *a, int64_t now_ms);

#endif
