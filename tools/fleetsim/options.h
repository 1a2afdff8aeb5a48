/* options - the command line of daqs-fleetsim. */
#ifndef DAQS_FLEETSIM_OPTIONS_H
#define DAQS_FLEETSIM_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "tools/fleetsim/sim_host.h"

#define FLEETSIM_HOSTS_MAX 100000

struct fleetsim_options {
    const char *controller;     /* endpoint; with 'bare' NULL */
    const char *controller_key; /* or the path of a file with it; NULL: it is insecure */
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
    pid_t watch; /* 0: nobody */
    bool print_epochs;
    bool json;
};

/* Prints what was asked for or what is wrong. Returns -1 to go on, else the exit status. */
int fleetsim_options_parse(int argc, char **argv, struct fleetsim_options *ret);

#endif
