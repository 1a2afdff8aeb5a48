/* SPDX-License-Identifier: Apache-2.0 */
/* sim_fleet - all simulated agents, their turns and their sockets, in one thread. */
#ifndef DAQS_FLEETSIM_SIM_FLEET_H
#define DAQS_FLEETSIM_SIM_FLEET_H

#include <stdint.h>

#include "shared/base/error.h"
#include "tools/fleetsim/options.h"
#include "tools/fleetsim/proc_stats.h"
#include "tools/fleetsim/sim_agent.h"

/* A controller, and the agents that have its lease at the end. */
#define SIM_PLACES_MOST 64
struct sim_place {
    char controller[DAQS_ENDPOINT_MAX + 1];
    uint32_t hosts;
};

/* The results of a run. */
struct sim_outcome {
    size_t places; /* 0: there is one controller, which has named no other */
    struct sim_place place[SIM_PLACES_MOST];
    uint32_t served;     /* agents that ever received limits */
    uint32_t connected;  /* agents with a lease at the end */
    uint64_t dropped;    /* connections dropped by --churn */
    uint64_t late;       /* reports sent more than half an interval late */
    int64_t served_us;   /* from the first connect until all were served; 0: they never were */
    int64_t counted_us;  /* the counted span */
    uint64_t own_cpu_ns; /* in that span */
    struct proc_stats unconnected; /* the watched process before the first agent */
    struct proc_stats begin;
    struct proc_stats end;
};

/* Runs until the time is over or signal_fd has a signal. Except for served and served_us, the
 * figures of 'context' and of the outcome are about the counted span. The caller sets the endpoint
 * and keys of the context, and calls samples_done on its tally. */
int sim_fleet_run(const struct fleetsim_options *options, struct sim_context *context,
                  pid_t watched, int signal_fd, struct sim_outcome *ret, struct daqs_error *err);

#endif
