/* SPDX-License-Identifier: Apache-2.0 */
/* controller_modules - the modules of the controller, made from each other. */
#ifndef DAQS_CONTROLLERD_CONTROLLER_MODULES_H
#define DAQS_CONTROLLERD_CONTROLLER_MODULES_H

#include "controllerd/io/admin/admin.h"
#include "controllerd/io/events/alerts.h"
#include "controllerd/io/events/events.h"
#include "controllerd/io/fleet/bus.h"
#include "controllerd/io/fleet/forgetter.h"
#include "controllerd/io/fleet/last_heard.h"
#include "controllerd/io/fleet/membership.h"
#include "controllerd/io/fleet/recorder.h"
#include "controllerd/io/fleet/reign.h"
#include "controllerd/io/fleet/reloader.h"
#include "controllerd/io/fleet/relocator.h"
#include "controllerd/io/fleet/sla_commit.h"
#include "controllerd/io/fleet/state_events.h"
#include "controllerd/io/fleet/store_keeper.h"
#include "controllerd/io/fleet/violations.h"
#include "controllerd/io/group/peer_link.h"
#include "controllerd/io/group/peer_requests.h"
#include "controllerd/io/http/web_server.h"
#include "controllerd/io/net/auth.h"
#include "controllerd/io/net/listeners.h"
#include "controllerd/io/store/history.h"
#include "controllerd/io/store/records.h"

/* Only the loop's thread uses them, except for what is noted. */
struct controller_modules {
    struct controller_config *config;
    struct listeners *listeners;
    struct web_server *web; /* NULL: not served */
    struct auth *auth;      /* NULL: no keys are needed */
    struct fleet *fleet;
    struct roster *roster; /* the hosts that are listed */
    struct ledger *ledger;
    struct relocator *relocator;
    struct policy_overrides overrides;
    struct maintenance *maintenance;
    struct accounting *accounting;
    struct store *store;
    struct records *records; /* 'local', or 'shared' if it is there */
    struct records *local;   /* in the store's file */
    struct records *shared;  /* NULL: there is no shared database */
    struct reloader reloader;
    struct name_limits *told; /* of the reloader */
    struct events *events;    /* NULL: events are only logged */
    struct alerts *alerts;    /* NULL: none are sent */
    struct reign *reign;
    int64_t started_ms; /* monotonic */
    struct violations *violations;
    struct recorder *recorder;
    struct last_heard *last_heard;
    struct store_keeper *keeper;
    struct state_events *state_events;
    struct forgetter *forgetter;
    struct membership *membership;       /* NULL: this controller is in no group */
    struct peer_link *peer_link;         /* NULL: no other member is asked */
    struct peer_requests *peer_requests; /* NULL: no other member can ask */
    struct agent_conns *conns;
    struct push *push;
    struct bus *agents;  /* what their messages do */
    struct admin *admin; /* what operators ask for */
    struct commit_queue *commits;
    struct sla_commits *sla_commits;
    struct controller_counters count;
    /* Durations, which the web thread reads, too. */
    struct buckets took_decide;   /* from a report to the push of its limits */
    struct buckets took_requests; /* of operators, on the loop's thread */
};

/* Makes all modules, and opens the database and the sockets; zero-initialise *ret. started_ms:
 * monotonic. On failure sets err; controller_modules_free is to be called then, too. The
 * configuration must outlive them. */
int controller_modules_make(struct controller_modules *ret, struct controller_config *config,
                            int64_t started_ms, struct daqs_error *err);

/* Waits until what is to be stored is stored, and frees all modules. */
void controller_modules_free(struct controller_modules *m);

#endif
