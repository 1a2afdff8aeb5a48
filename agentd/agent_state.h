/* agent_state - what the parts of the loop share. Only the loop's thread touches it. */
#ifndef DAQS_AGENTD_AGENT_STATE_H
#define DAQS_AGENTD_AGENT_STATE_H

#include <czmq.h>

#include "agentd/agent_config.h"
#include "agentd/agent_metrics.h"
#include "agentd/core/convergence.h"
#include "agentd/core/guests.h"
#include "agentd/core/lease.h"
#include "agentd/core/local_policy.h"
#include "agentd/core/placing.h"
#include "agentd/core/saved_orders.h"
#include "agentd/core/traffic_sum.h"
#include "agentd/guests/guest_job.h"
#include "agentd/guests/guest_poller.h"
#include "agentd/guests/guest_source.h"
#include "agentd/link.h"
#include "shared/base/arena.h"
#include "shared/base/buckets.h"
#include "shared/base/histogram.h"
#include "shared/base/log.h"
#include "shared/base/pool.h"
#include "shared/net/daemon_notify.h"

struct agent_pf;
struct pf_file_entry;

/* Each uplink has room for its PFs in a row, those of the first one first. */
enum { AGENT_PFS_MAX = DAQS_MAX_UPLINKS * UPLINK_PFS_MAX };

struct agent_counters {
    uint64_t polls;          /* visits that read counters, and ended */
    uint64_t polls_failed;   /* of those, without an answer */
    uint64_t execs_failed;   /* of tc in guests */
    uint64_t limits_set;     /* changes of limits in guests */
    uint64_t limits_removed; /* found gone in guests */
    uint64_t reports;
};

struct agent {
    const struct agent_config *config;
    const char *sysfs; /* "/sys", or a test's tree: where nics are looked for */
    zloop_t *loop;
    struct daemon_notify notify;
    struct link_keys keys;
    struct link link;
    struct guest_source *source;
    struct daqs_pool *pool;
    struct guest_poller *poller;
    struct guests guests;
    struct daqs_pool *pf_pool;
    struct agent_pf *pf[AGENT_PFS_MAX];  /* NULL: there is no such interface (yet) */
    daqs_bps capacity[DAQS_MAX_UPLINKS]; /* as configured, or the link's speed; 0: not known */
    struct traffic_sum own_sum[DAQS_MAX_UPLINKS]; /* of each uplink's PFs, since the last report */
    struct traffic_sum port_sum[DAQS_MAX_UPLINKS];
    struct pf_file_entry *pf_known; /* as written down last */
    size_t pf_known_count;
    int64_t pf_look_ms; /* for PFs that are not there, next */
    int64_t place_ms;   /* nics are placed again not before */
    int64_t begun_ms;
    bool releasing; /* all limits, to stop */
    struct daqs_log_budget budget;

    /* the inventory as told last, and the orders about it */
    struct daqs_arena inventory_arena;
    struct daqs_inventory inventory;
    uint64_t told_generation;
    int64_t mtus_told_ms; /* MTUs that changed are to be told then; 0: none did */
    uint64_t instance;
    struct lease lease;
    struct convergence convergence;
    uint64_t saved_epoch;
    struct order_terms terms;
    struct saved_orders kept;
    struct daqs_nic_setting *setting; /* per nic of the inventory; NULL: never commanded */
    char *saved;                      /* as it is on disk; NULL: not known */
    uint64_t saved_generation;        /* of the inventory that it is about */

    /* while nobody commands */
    struct local_policy *local;           /* NULL: it has not begun */
    struct convergence local_convergence; /* its limits, numbered by ... */
    uint64_t local_sequence;
    int64_t local_changed_ms; /* when the last of them was ordered */

    /* the report being gathered */
    uint64_t report_sequence;
    int64_t reported_ms;
    int64_t interval_ms; /* between polls, as the controller likes and the configuration allows */
    int64_t polled_ms;
    uint64_t tick;
    struct agent_metrics *metrics; /* NULL: none are served */
    unsigned looks;                /* at guests' sockets, under way */
    size_t looks_from;             /* the guest to be considered first for the next one */
    struct agent_counters count;
    struct buckets qga;       /* the same as latency, for metrics, whose thread reads it */
    struct histogram latency; /* of polls that were answered, us */
    struct histogram
        convergence_time; /* from orders to the moment when all of it was in force, ms */
    int64_t ordered_ms;
    unsigned awaited; /* polls started in this tick and not back */
    bool report_due;
    int64_t report_by_ms; /* send by then, whoever is still missing */
    bool stopping;
};

/* agent_saved_orders.c: guarantees, kept for a restart without a controller. */
/* As if orders with no limits had come just now: there is a lease's time for real ones. */
void agent_load_saved_orders(struct agent *agent, int64_t now_ms);
/* Whether orders promise anything else than those before. */
bool agent_orders_differ(const struct agent *agent, const struct order_terms *terms,
                         const struct daqs_nic_setting *fresh);
void agent_save_orders(struct agent *agent, int64_t now_ms);

/* agent_guests.c: guests come and go. */
void agent_take_events(struct agent *agent);
/* At once, or as soon as its job ends. */
void agent_drop_guest(struct agent *agent, struct guest *guest);
/* Of a guest behind a socket: those of its interfaces that are nics, though its host did not tell.
 */
void agent_place_listed_nics(struct agent *agent, struct guest *guest, const struct guest_job *job,
                             int64_t now_ms);

/* agent_place.c: which nics of guests are watched, as their source tells of them. */
void agent_take_told_nics(struct agent *agent, struct guest *guest, const struct domain_nic *nic,
                          size_t count);
/* Its nics are what they were until it lists its interfaces. */
void agent_forget_told_nics(struct agent *agent, struct guest *guest);
/* Those that it tells now; returns how many. A VF that is not watched is told in the log, once. */
size_t agent_told_places(struct agent *agent, struct guest *guest,
                         struct guest_nic_place ret[static DOMAIN_NICS_MAX]);
/* A PF's VFs are others now: which nics are whose is asked again. */
void agent_place_nics(struct agent *agent);

/* agent_jobs.c: visits to guests start and end. */
void agent_start_polls(struct agent *agent, int64_t now_ms);
void agent_start_urgent(struct agent *agent, int64_t now_ms);
void agent_reap_jobs(struct agent *agent, int64_t now_ms);
/* The nic is in this state now (enum daqs_nic_state, enum daqs_nic_cause). A change is logged, with
 * 'why' ("": nothing more is known), and told to the controller. True if it is one. */
bool agent_set_state(struct agent *agent, const struct guest *guest, struct guest_nic *nic,
                     uint8_t state, uint8_t cause, const char *why, int64_t now_ms);
/* Are the limits ordered last in force now? */
void agent_check_converged(struct agent *agent, int64_t now_ms);

/* agent_overdue.c: visits that may not come back soon. They keep no thread from the others, and
 * guests whose agents others hold are told to be busy. */
void agent_look_at_overdue(struct agent *agent, int64_t now_ms);

/* agent_pf.c, agent_pf_open.c, agent_pf_nics.c: VFs limited by the host. */
int agent_pf_set_up(struct agent *agent, struct daqs_error *err);
void agent_pf_tear_down(struct agent *agent);
void agent_pf_start(struct agent *agent, int64_t now_ms);
void agent_pf_reap(struct agent *agent, int64_t now_ms);
/* A rate of ours is in force somewhere, or a visit to a PF is under way. */
bool agent_pf_active(const struct agent *agent);
/* The readings so far were reported. */
void agent_pf_reported(struct agent *agent);
/* What is told of a nic: what its guest's side came to, or its VF. */
struct daqs_nic_reading agent_pf_reading(const struct agent *agent, struct guest_nic *nic,
                                         int64_t now_ms);
/* This reading of a nic was reported. */
void agent_pf_nic_reported(const struct agent *agent, struct guest_nic *nic,
                           const struct daqs_nic_reading *told);
/* The limit in force, by its guest or on its VF. */
daqs_bps agent_pf_limit(const struct agent *agent, const struct guest_nic *nic);
/* False while its VF's rate is yet to be set. */
bool agent_pf_converged(const struct agent *agent, const struct guest_nic *nic, int64_t now_ms);
/* The address of a VF of the PF with this name, as that shows it. */
enum placing_address agent_pf_address(const struct agent *agent, const char *pf, int vf,
                                      struct daqs_mac *ret);
/* What the configuration calls the PF with this name: an uplink may have an alternative name of it.
 * Itself if it is no uplink's. */
const char *agent_pf_called(const struct agent *agent, const char *pf);
/* The rate that is wanted of the guest's shaper. */
daqs_bps agent_pf_guest_wanted(const struct agent *agent, const struct guest_nic *nic);

/* agent_session.c: what is said to and heard from the controller. */
void agent_send_hello(struct agent *agent);
void agent_send_report(struct agent *agent, int64_t now_ms);
void agent_send_bye(struct agent *agent);
void agent_receive(struct agent *agent, int64_t now_ms);
/* Makes the settings what is wanted of the guests. True if that changes anything. */
bool agent_command_guests(struct agent *agent);
/* How often guests are polled: as the controller likes, as far as is allowed here. */
void agent_set_pace(struct agent *agent, int64_t poll_ms);

/* agent_local.c: what is done while nobody commands. */
void agent_check_lease(struct agent *agent, int64_t now_ms);
/* Decides upon what was read for a report of the time since 'from_ms', unless somebody commands. */
void agent_decide_locally(struct agent *agent, const struct wire_report *report, int64_t from_ms,
                          int64_t now_ms);
/* The inventory is about to be replaced; its settings have been. */
void agent_carry_locally(struct agent *agent, const struct daqs_inventory *fresh);
/* Somebody commands. */
void agent_end_locally(struct agent *agent);

#endif
