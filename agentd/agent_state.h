/* SPDX-License-Identifier: Apache-2.0 */
/* agent_state - state that the parts of the loop share. Only the loop's thread uses it. */
#ifndef DAQS_AGENTD_AGENT_STATE_H
#define DAQS_AGENTD_AGENT_STATE_H

#include <czmq.h>

#include "agentd/agent_config.h"
#include "agentd/agent_metrics.h"
#include "agentd/core/guests.h"
#include "agentd/core/inventory.h"
#include "agentd/guests/guest_job.h"
#include "agentd/guests/guest_poller.h"
#include "agentd/guests/guest_source.h"
#include "agentd/host/host_limits.h"
#include "agentd/host/nic_limit.h"
#include "agentd/host/nic_places.h"
#include "agentd/link.h"
#include "agentd/orders.h"
#include "agentd/session.h"
#include "shared/base/buckets.h"
#include "shared/base/log.h"
#include "shared/base/pool.h"
#include "shared/net/daemon_notify.h"

struct agent_counters {
    uint64_t polls;          /* completed visits that read counters */
    uint64_t polls_failed;   /* of those, the ones without an answer */
    uint64_t execs_failed;   /* failed runs of tc in guests */
    uint64_t limits_set;     /* changes of limits in guests */
    uint64_t limits_removed; /* limits found missing in guests */
    uint64_t reports;
};

struct agent {
    const struct agent_config *config;
    zloop_t *loop;
    struct daemon_notify notify;
    struct link_keys keys;
    struct link link;
    struct guest_source *source;
    struct daqs_pool *pool;
    struct guest_poller *poller;
    struct guests guests;
    struct host_pfs *pfs;
    struct host_traffic *traffic;
    struct host_limits *host_limits;
    struct nic_places *places;
    struct daqs_log_budget budget;

    /* the inventory as sent last, and the orders for it */
    struct inventory *inventory;
    int64_t mtus_report_ms; /* when changed MTUs are to be sent; 0: none changed */
    struct pace pace;
    struct orders *orders;
    struct local_control *local;
    struct session *session;

    /* the report that is being gathered */
    int64_t polled_ms;
    uint64_t tick;
    struct agent_metrics *metrics; /* NULL: not served */
    unsigned looks;                /* socket checks that are running */
    size_t looks_from;             /* the guest to consider first for the next check */
    struct agent_counters count;
    struct buckets qga; /* of answered polls, for the thread that serves metrics */
    unsigned awaited;   /* polls of this tick that have not returned */
    bool report_due;
    int64_t report_by_ms; /* the report is sent then even if guests are still missing */
    bool stopping;
};

/* agent_guests.c: guests that appear and disappear. */
void agent_take_events(struct agent *agent);
/* Removes the guest, now or as soon as its job ends. */
void agent_drop_guest(struct agent *agent, struct guest *guest);
/* Places the nics of a guest behind a socket: those that its host reported, and those of its listed
 * interfaces that are nics although the host did not report them. */
void agent_place_listed_nics(struct agent *agent, struct guest *guest, const struct guest_job *job,
                             int64_t now_ms);

/* agent_jobs.c: starts visits to guests and processes their results. */
void agent_start_polls(struct agent *agent, int64_t now_ms);
void agent_start_urgent(struct agent *agent, int64_t now_ms);
void agent_reap_jobs(struct agent *agent, int64_t now_ms);
/* Sets the nic's state (enum daqs_nic_state) and cause (enum daqs_nic_cause). Logs a change, with
 * the details in 'why' ("" if there are none), and reports it to the controller. Returns true if
 * the state or the cause changed. */
bool agent_set_state(struct agent *agent, const struct guest *guest, struct guest_nic *nic,
                     uint8_t state, uint8_t cause, const char *why, int64_t now_ms);
/* Checks whether the limits ordered last are in force on all nics; if so, records it. */
void agent_check_converged(struct agent *agent, int64_t now_ms);

/* agent_overdue.c: handles visits that may not return soon. Replaces their threads, so that other
 * guests are still visited, and marks guests as busy whose agents other clients hold. */
void agent_look_at_overdue(struct agent *agent, int64_t now_ms);

#endif
