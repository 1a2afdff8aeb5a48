/* SPDX-License-Identifier: Apache-2.0 */
/* controller_state - the state shared by the parts of the loop. Used on the loop's thread only. */
#ifndef DAQS_CONTROLLERD_IO_STATE_CONTROLLER_STATE_H
#define DAQS_CONTROLLERD_IO_STATE_CONTROLLER_STATE_H

#include <czmq.h>

#include "controllerd/config/controller_config.h"
#include "controllerd/core/fleet/fleet.h"
#include "controllerd/core/sla/ledger.h"
#include "controllerd/io/admin/admin.h"
#include "controllerd/io/events/alerts.h"
#include "controllerd/io/events/counters.h"
#include "controllerd/io/events/events.h"
#include "controllerd/io/fleet/bus.h"
#include "controllerd/io/fleet/forgetter.h"
#include "controllerd/io/fleet/recorder.h"
#include "controllerd/io/fleet/relocator.h"
#include "controllerd/io/fleet/state_events.h"
#include "controllerd/io/fleet/violations.h"
#include "controllerd/io/net/auth.h"
#include "controllerd/io/net/listeners.h"
#include "controllerd/io/store/store.h"
#include "shared/base/buckets.h"
#include "shared/base/log.h"
#include "shared/net/daemon_notify.h"
#include "shared/net/socket.h"

struct sla_commits;
struct web_server;

/* Durations. The web thread reads them, too. */
struct controller_times {
    struct buckets decide;   /* from a report to the push of its limits */
    struct buckets requests; /* of operators, on the loop's thread */
};

struct controller {
    struct controller_config *config;
    const char *config_path;
    zloop_t *loop;
    struct daemon_notify notify;
    struct listeners *listeners;
    struct web_server *web; /* NULL: not served */
    struct auth *auth;      /* NULL: no keys are needed */
    struct fleet *fleet;
    struct ledger *ledger;
    struct relocator *relocator;
    struct policy_overrides overrides;
    struct oversold *oversold;
    struct state_changes *state_changes;
    struct accounting *accounting;
    struct store *store;
    struct events *events; /* NULL: events are only logged */
    struct alerts *alerts; /* NULL: no program is called */
    uint64_t epoch;
    int64_t started_ms; /* monotonic */
    struct violations *violations;
    struct recorder *recorder;
    struct state_events state_events;
    struct forgetter forgetter;
    struct agent_conns *conns;
    struct push *push;
    struct bus *agents;  /* what their messages do */
    struct admin *admin; /* what operators ask for */
    struct sla_commits *sla_commits;
    struct controller_counters count;
    struct controller_times took;
};

#endif
