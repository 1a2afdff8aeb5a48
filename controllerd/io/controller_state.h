/* controller_state - what the parts of the loop share. Only the loop's thread touches it. */
#ifndef DAQS_CONTROLLERD_IO_CONTROLLER_STATE_H
#define DAQS_CONTROLLERD_IO_CONTROLLER_STATE_H

#include <czmq.h>

#include "controllerd/core/access/name_limits.h"
#include "controllerd/core/access/overload.h"
#include "controllerd/core/fleet/fleet.h"
#include "controllerd/core/fleet/vm_index.h"
#include "controllerd/core/policy/plan.h"
#include "controllerd/core/sla/ledger.h"
#include "controllerd/io/alerts.h"
#include "controllerd/io/auth.h"
#include "controllerd/io/controller_config.h"
#include "controllerd/io/events.h"
#include "controllerd/io/store/store.h"
#include "controllerd/io/violations.h"
#include "controllerd/io/web.h"
#include "shared/base/buckets.h"
#include "shared/base/log.h"
#include "shared/net/connections.h"
#include "shared/net/daemon_notify.h"
#include "shared/net/socket.h"

struct agent_conn; /* a connection that said hello; bus.c */
struct sla_commit; /* of the ledger, waiting for its turn; sla_commit.c */
struct upload;     /* a file to apply, as far as it has come; admin_apply.c */
struct backup;     /* a copy of the database that is made; admin_backup.c */

struct controller_counters {
    uint64_t messages_refused;  /* malformed, from whichever socket */
    uint64_t reports_unfit;     /* old, or about another inventory */
    uint64_t history_lost;      /* nics' seconds that could not be stored */
    uint64_t messages_large;    /* of those refused */
    uint64_t messages_flooding; /* of those refused: of agents that send too many */
    uint64_t messages_dropped;  /* unread, for more came in than could be dealt with */
    uint64_t requests_put_off;  /* of those who ask too often */
    uint64_t hosts_refused;     /* hellos, for want of room */
    uint64_t limits_put_off;    /* pushes that found a queue full */
    uint64_t names_refused;     /* of nics, for their host has too many */
};

/* How long things took. The web thread reads them, too. */
struct controller_times {
    struct buckets decide;   /* a report, until what came of it was pushed */
    struct buckets requests; /* an operator's, in the loop */
};

/* A socket that we listen on, and those who connect to it. */
struct listener {
    zsock_t *socket;                 /* NULL: none */
    struct connections *connections; /* NULL: they are of this process */
    const struct principal *by;      /* who speaks there; NULL: whoever has a key, or needs none */
};

struct controller {
    struct controller_config *config;
    const char *config_path;
    zloop_t *loop;
    struct daemon_notify notify;
    struct listener bus;
    struct listener admin;        /* for those whom the socket's permissions let in */
    struct listener admin_remote; /* for those with keys */
    struct listener web_listener; /* for the web thread */
    struct web *web;              /* NULL: nothing is served */
    struct auth *auth;            /* NULL: nobody needs a key */
    int admin_lock;               /* descriptor; -1: none */
    struct fleet *fleet;
    struct ledger *ledger;
    struct vm_index *vm_index;
    struct policy_overrides overrides;
    struct oversold *oversold;
    struct store *store;
    struct events *events; /* NULL: they are only logged */
    struct alerts *alerts; /* NULL: nobody is told */
    uint64_t epoch;
    int64_t started_ms; /* monotonic */
    int64_t history_s;  /* UTC second in which history was handed to the store last */
    bool all_named;     /* every nic has been named lately; recorder.c */
    bool history_failing;
    bool queries_failing;          /* the last question failed for a reason of the database */
    int64_t history_gap_ms;        /* UTC, since when */
    struct violation *violations;  /* that last */
    struct store_rollups *rollups; /* closed, to be handed to the store; NULL: none */
    unsigned rollups_waiting;      /* lots of them handed to the store and not back */
    size_t state_events_turn;      /* which hosts are looked at; state_events.c */
    size_t relocator_turn;         /* the same; relocator.c */
    size_t forget_turn;            /* the same; forgetter.c */
    struct agent_conn *conns;
    struct backup *backup;          /* admin_backup.c; NULL: none */
    struct sla_commit *sla_commits; /* first is under way; sla_commit.c */
    size_t sla_commits_waiting;
    struct upload *uploads; /* admin_apply.c */
    uint64_t last_upload;
    struct name_limits *messages; /* of agents, lately */
    struct name_limits *requests; /* of operators, lately */
    struct overload overload;     /* of messages of agents */
    struct controller_counters count;
    struct controller_times took;
    struct daqs_log_budget budget;
    struct daqs_arena arena; /* for the message at hand */
};

/* bus.c: agents. */
void bus_receive(struct controller *c, int64_t now_ms);
/* Decides a host anew and pushes what changed. */
void bus_decide(struct controller *c, struct fleet_host *host, int64_t now_ms);
/* Pushes to every host whose lease wants renewing. */
void bus_renew(struct controller *c, int64_t now_ms);
/* Ends the host's connection, if it has one. */
void bus_hang_up(struct controller *c, struct fleet_host *host);
void bus_done(struct controller *c);

/* listeners.c: the sockets. */
/* Opens those that are configured. Fails with a text; what was opened is to be closed all the same.
 */
int listeners_open(struct controller *c, struct daqs_error *err);
/* Has the loop hear all of them. False: out of memory. */
bool listeners_add_to_loop(struct controller *c);
/* Some times a second: strangers are not waited for for ever. */
void listeners_tick(struct controller *c, int64_t now_ms);
/* DAQS_ETOOBIG, counted, if the message is larger than those that are configured. */
int listeners_check_size(struct controller *c, zmq_msg_t *body, struct daqs_error *err);
struct connections_count listeners_counted(const struct controller *c);
void listeners_close(struct controller *c);

/* recorder.c: names and history to the store. */
/* A report is there, and not taken yet. */
void recorder_report(struct controller *c, struct fleet_host *host, int64_t wall_ms);
/* An inventory is there, and not taken yet: nics may go. */
void recorder_hello(struct controller *c, const char *name);
/* Several times a second. */
void recorder_tick(struct controller *c, int64_t wall_ms);
/* The last of it. */
void recorder_stop(struct controller *c, int64_t wall_ms);

/* state_events.c: tells what changed on hosts; several times a second. */
void state_events_tick(struct controller *c, int64_t now_ms, int64_t wall_ms);

/* forgetter.c: hosts that have been away for long are forgotten; several times a second. */
void forgetter_tick(struct controller *c, int64_t now_ms);

/* relocator.c: SLAs stay with their VMs. After a hello; after a step was made; several times a
 * second. */
void relocator_hello(struct controller *c, struct fleet_host *host);
void relocator_changed(struct controller *c, const struct ledger_change *step);
void relocator_tick(struct controller *c);

/* admin.c: operators. */
void admin_receive(struct controller *c, const struct listener *listener, int64_t now_ms);

/* admin_peers.c: a peer's change is on disk, and is to be believed. */
void admin_principal_written(struct controller *c, const struct store_principal *job);

/* admin_apply.c: forgets uploads that have fallen silent; all of them. */
void admin_apply_tick(struct controller *c, int64_t now_ms);
void admin_apply_done(struct controller *c);

#endif
