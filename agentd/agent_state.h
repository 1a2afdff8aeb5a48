/* SPDX-License-Identifier: Apache-2.0 */
/* agent_state - state that the parts of the loop share. Only the loop's thread uses it. */
#ifndef DAQS_AGENTD_AGENT_STATE_H
#define DAQS_AGENTD_AGENT_STATE_H

#include <czmq.h>

#include "agentd/agent_config.h"
#include "agentd/agent_metrics.h"
#include "agentd/core/guests.h"
#include "agentd/core/inventory.h"
#include "agentd/core/placing.h"
#include "agentd/core/traffic_sum.h"
#include "agentd/guests/guest_job.h"
#include "agentd/guests/guest_poller.h"
#include "agentd/guests/guest_source.h"
#include "agentd/link.h"
#include "agentd/orders.h"
#include "agentd/session.h"
#include "shared/base/buckets.h"
#include "shared/base/log.h"
#include "shared/base/pool.h"
#include "shared/net/daemon_notify.h"

struct agent_pf;
struct pf_file_entry;

/* Each uplink has UPLINK_PFS_MAX consecutive elements, starting with the first uplink. */
enum { AGENT_PFS_MAX = DAQS_MAX_UPLINKS * UPLINK_PFS_MAX };

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
    const char *sysfs; /* "/sys", or a test's tree: where nics are looked up */
    zloop_t *loop;
    struct daemon_notify notify;
    struct link_keys keys;
    struct link link;
    struct guest_source *source;
    struct daqs_pool *pool;
    struct guest_poller *poller;
    struct guests guests;
    struct daqs_pool *pf_pool;
    struct agent_pf *pf[AGENT_PFS_MAX];  /* NULL: the interface does not exist (yet) */
    daqs_bps capacity[DAQS_MAX_UPLINKS]; /* as configured, or the link's speed; 0: not known */
    struct traffic_sum own_sum[DAQS_MAX_UPLINKS]; /* of the uplink's PFs, since the last report */
    struct traffic_sum port_sum[DAQS_MAX_UPLINKS];
    struct pf_file_entry *pf_known; /* as saved last */
    size_t pf_known_count;
    int64_t pf_look_ms; /* when to search for missing PFs again */
    int64_t place_ms;   /* nics are not placed again before this time */
    int64_t begun_ms;
    bool releasing; /* removing all limits before the stop */
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

/* agent_place.c: which nics of guests are watched, as far as the source reports them. */
void agent_take_told_nics(struct agent *agent, struct guest *guest, const struct domain_nic *nic,
                          size_t count);
/* Forgets what the source reported. The guest's nics stay until it lists its interfaces. */
void agent_forget_told_nics(struct agent *agent, struct guest *guest);
/* Finds the places of the nics that the source reports; returns how many are watched. Logs each VF
 * that is not watched, once. */
size_t agent_told_places(struct agent *agent, struct guest *guest,
                         struct guest_nic_place ret[static DOMAIN_NICS_MAX]);
/* Places the nics of all guests again, because the VFs of a PF have changed. */
void agent_place_nics(struct agent *agent);

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

/* agent_pf.c, agent_pf_open.c, agent_pf_nics.c: VFs that the host limits. */
int agent_pf_set_up(struct agent *agent, struct daqs_error *err);
void agent_pf_tear_down(struct agent *agent);
void agent_pf_start(struct agent *agent, int64_t now_ms);
void agent_pf_reap(struct agent *agent, int64_t now_ms);
/* Returns true while a rate that this agent set is in force, or a visit to a PF is running. */
bool agent_pf_active(const struct agent *agent);
/* Starts new samples after the current ones were reported. */
void agent_pf_reported(struct agent *agent);
/* Returns the reading that is reported for a nic: the result in its guest, or that of its VF. */
struct daqs_nic_reading agent_pf_reading(const struct agent *agent, struct guest_nic *nic,
                                         int64_t now_ms);
/* Records that this reading of a nic was reported. */
void agent_pf_nic_reported(const struct agent *agent, struct guest_nic *nic,
                           const struct daqs_nic_reading *told);
/* Returns the limit in force, set in the guest or on the VF. */
daqs_bps agent_pf_limit(const struct agent *agent, const struct guest_nic *nic);
/* Returns false while the VF's rate remains to be set. */
bool agent_pf_converged(const struct agent *agent, const struct guest_nic *nic, int64_t now_ms);
/* Gets the address of a VF as the PF with this name shows it. */
enum placing_address agent_pf_address(const struct agent *agent, const char *pf, int vf,
                                      struct daqs_mac *ret);
/* Returns the configuration's name for the PF with this kernel name: an uplink may be configured
 * with an alternative name. Returns 'pf' itself if no uplink has it. */
const char *agent_pf_called(const struct agent *agent, const char *pf);
/* Returns the rate that the guest's shaper is to have. */
daqs_bps agent_pf_guest_wanted(const struct agent *agent, const struct guest_nic *nic);

#endif
