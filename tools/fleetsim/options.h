/* SPDX-License-Identifier: Apache-2.0 */
/* options - the command line of daqs-fleetsim. */
#ifndef DAQS_FLEETSIM_OPTIONS_H
#define DAQS_FLEETSIM_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "agentd/core/candidates.h"
#include "tools/fleetsim/sim_host.h"

#define FLEETSIM_HOSTS_MAX 100000

struct fleetsim_options {
    const char *controller[CANDIDATES_CONFIGURED_MOST]; /* endpoints */
    size_t controllers;                                 /* 0 with 'bare' */
    size_t seeds;               /* how many of them each agent knows; 0: all, in the same order */
    const char *controller_key; /* or the path of a file with it; NULL: no CURVE */
    bool print_keys;
    bool bare;
    bool curve;
    double answers; /* percent of reports that the bare router answers */
    uint32_t hosts;
    struct sim_shape shape;
    int64_t interval_ms; /* between reports */
    int64_t warm_up_ms;
    int64_t duration_ms;
    bool storm;
    double loss; /* percent of reports */
    double repeat;
    double churn; /* agents per second */
    int io_threads;
    pid_t watch;     /* 0: no process */
    bool handshakes; /* count them */
    bool print_epochs;
    bool print_changes;
    bool json;
};

/* Parses the command line. Prints what it asks for, or what is wrong with it. Returns -1 to go on,
 * otherwise the exit status. */
int fleetsim_options_parse(int argc, char **argv, struct fleetsim_options *ret);

#endif
