/* SPDX-License-Identifier: Apache-2.0 */
/* sim_agent - acts on the bus for a simulated host, as daqs-agentd does for a real one. */
#ifndef DAQS_FLEETSIM_SIM_AGENT_H
#define DAQS_FLEETSIM_SIM_AGENT_H

#include <stdbool.h>
#include <stdint.h>

#include "agentd/core/candidates.h"
#include "agentd/core/convergence.h"
#include "agentd/core/lease.h"
#include "tools/fleetsim/samples.h"
#include "tools/fleetsim/sim_host.h"
#include "tools/fleetsim/sim_key.h"
#include "tools/fleetsim/sim_line.h"

/* How agents connected, from the start of the run on. */
struct sim_connecting {
    uint64_t redirects;      /* times that agents were sent elsewhere before their first limits */
    uint32_t redirects_most; /* of one agent */
    uint64_t handshakes;     /* with 'monitored': attempts to connect that succeeded, */
    uint64_t handshakes_refused; /* that ended because the key is not accepted, */
    uint64_t handshakes_failed;  /* and for another reason */
    struct samples served_us;    /* from an agent's first connect to its first limits */
};

/* Counters of all agents of a run. */
struct sim_tally {
    uint64_t hellos;
    uint64_t welcomes;
    uint64_t reports;
    uint64_t withheld; /* reports left out by --loss */
    uint64_t repeated; /* reports sent again after the following one */
    uint64_t unsent;   /* without a connection, or with a full queue */
    uint64_t limits;
    uint64_t limits_changed; /* those that changed at least one limit */
    uint64_t lapsed;         /* leases that ended without newer limits */
    uint64_t limits_ignored; /* with another epoch or generation, or overtaken */
    uint64_t applied;
    uint64_t refusals;   /* the controller sent bye */
    uint64_t malformed;  /* messages that were invalid or unexpected */
    uint64_t unanswered; /* reports that needed an answer and got none within ANSWER_PATIENCE_MS */
    uint64_t moves;      /* to a controller that another one named, without a gap */
    uint64_t moves_failed; /* that controller did not serve the agent */
    struct sim_connecting connecting;
    struct samples latency_us;
    struct samples lost_us; /* from the last limits of a controller that an agent gave up to the
                               next ones */
};

enum { ANSWER_PATIENCE_MS = 5000 };

/* Shared by all agents, and owned by one thread. */
struct sim_context {
    const char *const *endpoint; /* of controllers in the order in which they are dialled, twice */
    size_t endpoints;            /* controllers */
    size_t seeds;   /* how many of them each agent knows, beginning at another one each; 0: all, in
                       the   same order */
    bool monitored; /* handshakes are counted */
    int poll_fd;    /* where sockets are watched */
    const struct daqs_key *server_key; /* NULL: no CURVE */
    uint64_t key_seed;                 /* of the agents' keys */
    bool bare;
    double answers; /* with bare: percent of reports that ask for an answer */
    double loss;    /* percent of reports */
    double repeat;  /* likewise */
    int64_t interval_ms;
    uint64_t seed;
    uint64_t drawn;                   /* random numbers so far */
    uint32_t hosts;                   /* how many agents there are */
    bool print_epochs;                /* when the first and the last of them obey a new epoch */
    bool print_changes;               /* of each of them: see sim_changes.h */
    uint64_t epoch;                   /* the highest that any of them obeyed */
    uint32_t epoch_agents;            /* how many obey it */
    struct daqs_arena arena;          /* for the current message */
    struct daqs_nic_reading *reading; /* room for those of one host */
    struct daqs_nic_applied *applied;
    struct sim_tally tally;
};

/* Returns the next random number. */
uint64_t sim_context_draw(struct sim_context *context);

struct sim_agent {
    struct sim_host host;
    struct key_pair key;
    struct sim_watch watch;
    struct sim_line line[2];       /* by enum candidates_line */
    struct candidates *candidates; /* NULL: it has one controller, which has named no other */
    uint32_t redirects;            /* before its first limits */
    uint64_t instance;
    uint64_t generation;
    uint64_t report_sequence;
    bool served; /* limits were obeyed on this connection */
    bool ever_served;
    bool report_due;     /* send a report at once */
    int64_t interval_ms; /* between reports, as the controller requests */
    int64_t reported_ms; /* 0: not yet */
    int64_t began_us;    /* first attempt to connect */
    int64_t asked_us;    /* when the report was sent whose answer is outstanding; 0: none */
    int64_t limits_us;   /* when limits were obeyed last; 0: never */
    bool lost;           /* it has given up a controller since then */
    uint32_t headroom_ppm;
    double asks; /* with bare: the accumulated part of an answer, in percent */
    struct lease lease;
    struct convergence convergence;
    uint8_t *held; /* an encoded report to be sent again; NULL: none */
    size_t held_length;
};

/* Returns false if out of memory; sim_agent_done is called in any case. 'now_us' and all times here
 * are monotonic. */
bool sim_agent_init(struct sim_agent *agent, const struct sim_shape *shape, uint32_t number,
                    struct sim_context *context, int64_t now_us);
void sim_agent_done(struct sim_agent *agent);

/* Handles all pending messages and sends what they require. To be called whenever the socket's
 * descriptor is readable. */
void sim_agent_receive(struct sim_agent *agent, struct sim_context *context);

/* Sends a report; to be called at each turn. */
void sim_agent_report(struct sim_agent *agent, struct sim_context *context);

/* Closes the connections. With 'restart' the agent sends bye, and comes back as another instance.
 */
void sim_agent_drop(struct sim_agent *agent, struct sim_context *context, bool restart);

#endif
