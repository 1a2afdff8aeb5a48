/* SPDX-License-Identifier: Apache-2.0 */
/* controller_state - the state shared by the parts of the loop. Used on the loop's thread only. */
#ifndef DAQS_CONTROLLERD_IO_STATE_CONTROLLER_STATE_H
#define DAQS_CONTROLLERD_IO_STATE_CONTROLLER_STATE_H

#include <czmq.h>

#include "controllerd/config/controller_config.h"
#include "controllerd/core/access/name_limits.h"
#include "controllerd/core/fleet/fleet.h"
#include "controllerd/core/sla/ledger.h"
#include "controllerd/io/events/alerts.h"
#include "controllerd/io/events/counters.h"
#include "controllerd/io/events/events.h"
#include "controllerd/io/fleet/bus.h"
#include "controllerd/io/fleet/forgetter.h"
#include "controllerd/io/fleet/recorder.h"
#include "controllerd/io/fleet/relocator.h"
#include "controllerd/io/fleet/state_events.h"
#include "controllerd/io/fleet/violations.h"
#include "controllerd/io/http/web.h"
#include "controllerd/io/net/auth.h"
#include "controllerd/io/store/store.h"
#include "shared/base/buckets.h"
#include "shared/base/log.h"
#include "shared/net/connections.h"
#include "shared/net/daemon_notify.h"
#include "shared/net/socket.h"

struct sla_commits;
struct upload; /* a file to apply, as far as received; admin_apply.c */
struct backup; /* a copy of the database in progress; admin_backup.c */

/* Durations. The web thread reads them, too. */
struct controller_times {
    struct buckets decide;   /* from a report to the push of its limits */
    struct buckets requests; /* of operators, on the loop's thread */
};

/* A socket that the controller listens on, and the connections to it. */
struct listener {
    zsock_t *socket;                 /* NULL: none */
    struct connections *connections; /* NULL: all of them come from this process */
    const struct principal *by;      /* of all its clients; NULL: by key, or no key needed */
};

struct controller {
    struct controller_config *config;
    const char *config_path;
    zloop_t *loop;
    struct daemon_notify notify;
    struct listener bus;
    struct listener admin;        /* for users with permission for the socket */
    struct listener admin_remote; /* for clients with keys */
    struct listener web_listener; /* for the web thread */
    struct web *web;              /* NULL: not served */
    struct auth *auth;            /* NULL: no keys are needed */
    int admin_lock;               /* descriptor; -1: none */
    struct fleet *fleet;
    struct ledger *ledger;
    struct relocator *relocator;
    struct policy_overrides overrides;
    struct oversold *oversold;
    struct store *store;
    struct events *events; /* NULL: events are only logged */
    struct alerts *alerts; /* NULL: no program is called */
    uint64_t epoch;
    int64_t started_ms;   /* monotonic */
    bool queries_failing; /* the last query failed because of the database */
    struct violations *violations;
    struct recorder *recorder;
    struct state_events state_events;
    struct forgetter forgetter;
    struct agent_conns *conns;
    struct push *push;
    struct bus *agents;    /* what their messages do */
    struct backup *backup; /* admin_backup.c; NULL: none */
    struct sla_commits *sla_commits;
    struct upload *uploads; /* admin_apply.c */
    uint64_t last_upload;
    struct name_limits *requests; /* rate limits of operators */
    struct controller_counters count;
    struct controller_times took;
    struct daqs_log_budget budget;
    struct daqs_arena arena; /* for the current message */
};

/* listeners.c: the sockets. */
/* Opens the configured sockets. Fails with an error text; listeners_close must be called even
 * then. */
int listeners_open(struct controller *c, struct daqs_error *err);
/* Adds all of them to the loop. Returns false if out of memory. */
bool listeners_add_to_loop(struct controller *c);
/* Called several times a second: closes pending connections that have waited too long. */
void listeners_tick(struct controller *c, int64_t now_ms);
struct connections_count listeners_counted(const struct controller *c);
void listeners_close(struct controller *c);

/* admin.c: operators. */
void admin_receive(struct controller *c, const struct listener *listener, int64_t now_ms);

/* admin_apply.c: drops uploads that have been silent for too long; drops all of them. */
void admin_apply_tick(struct controller *c, int64_t now_ms);
void admin_apply_done(struct controller *c);

#endif
