/* sim_agent - speaks for a simulated host on the bus, as daqs-agentd does for a real one. */
#ifndef DAQS_FLEETSIM_SIM_AGENT_H
#define DAQS_FLEETSIM_SIM_AGENT_H

#include <czmq.h>
#include <stdbool.h>
#include <stdint.h>

#include "agentd/core/convergence.h"
#include "agentd/core/lease.h"
#include "tools/fleetsim/samples.h"
#include "tools/fleetsim/sim_host.h"
#include "tools/fleetsim/sim_key.h"

/* What all agents of a run have done so far. */
struct sim_tally {
    uint64_t hellos;
    uint64_t welcomes;
    uint64_t reports;
    uint64_t withheld; /* reports left out on purpose */
    uint64_t repeated; /* reports sent once more, after the one that came next */
    uint64_t unsent;   /* there was no connection, or its queue was full */
    uint64_t limits;
    uint64_t limits_changed; /* those that changed one at least */
    uint64_t limits_ignored; /* of another epoch, generation, or overtaken */
    uint64_t applied;
    uint64_t refusals;   /* the controller said bye */
    uint64_t malformed;  /* messages that could not be read */
    uint64_t unanswered; /* turns that nothing followed upon within ANSWER_PATIENCE_MS */
    struct samples latency_us;
    struct samples served_us; /* from an agent's first connect to its first limits */
};

enum { ANSWER_PATIENCE_MS = 5000 };

/* What agents share. One thread has all of it. */
struct sim_context {
    const char *endpoint;
    const struct daqs_key *server_key; /* NULL: no CURVE */
    uint64_t key_seed;                 /* of the agents' keys */
    bool bare;
    double answers; /* with bare: percent of reports to ask an answer to */
    double loss;    /* percent of reports */
    double repeat;  /* likewise */
    int64_t interval_ms;
    uint64_t seed;
    uint64_t drawn;                   /* random numbers so far */
    uint32_t hosts;                   /* how many agents there are */
    bool print_epochs;                /* when the first and the last of them obey another one */
    uint64_t epoch;                   /* the highest that any of them obeyed, */
    uint32_t epoch_agents;            /* and how many did */
    struct daqs_arena arena;          /* for the message at hand */
    struct daqs_nic_reading *reading; /* room for one host's */
    struct daqs_nic_applied *applied;
    struct sim_tally tally;
};

/* The next random number. */
uint64_t sim_context_draw(struct sim_context *context);

struct sim_agent {
    struct sim_host host;
    struct key_pair key;
    zsock_t *socket; /* NULL: not connected */
    uint64_t instance;
    uint64_t generation;
    uint64_t report_sequence;
    bool greeted; /* hello was said on this connection */
    bool served;  /* limits were obeyed on this connection */
    bool ever_served;
    bool report_due;     /* at once */
    int64_t interval_ms; /* as the controller likes */
    int64_t reported_ms; /* 0: not yet */
    int64_t began_us;    /* first connect */
    int64_t asked_us;    /* a report turned then and is not answered; 0: none */
    uint32_t headroom_ppm;
    double asks; /* with bare: reports' share of an answer saved up */
    struct lease lease;
    struct convergence convergence;
    uint8_t *held; /* a report to be sent once more, encoded; NULL: none */
    size_t held_length;
};

/* False if out of memory; done in any case. 'now_us' and all times here are monotonic. */
bool sim_agent_init(struct sim_agent *agent, const struct sim_shape *shape, uint32_t number,
                    struct sim_context *context, int64_t now_us);
void sim_agent_done(struct sim_agent *agent);

/* A socket that is not connected yet, and connecting it. */
int sim_agent_open(struct sim_agent *agent, const struct sim_context *context,
                   struct daqs_error *err);
int sim_agent_connect(struct sim_agent *agent, const struct sim_context *context, int64_t now_us,
                      struct daqs_error *err);

/* Takes everything that waits, and says what there is to say to it. To be called whenever the
 * socket's descriptor is readable. */
void sim_agent_receive(struct sim_agent *agent, struct sim_context *context);

/* Time for a report. */
void sim_agent_report(struct sim_agent *agent, struct sim_context *context);

/* Closes the connection: with a goodbye and to come back as another instance, or just so. */
void sim_agent_drop(struct sim_agent *agent, struct sim_context *context, bool restart);

#endif
