/* SPDX-License-Identifier: Apache-2.0 */
/* sim - one host with one uplink, its guests, its agent and its controller, in simulated time.
 *
 * The decisions are made by the product's code (controllerd/core, agentd/core). The link, the
 * guests and the time are simulated, and the same for the same seed. Internal rates are on the
 * wire, including headers; guests do not count the headers of segments, as interface counters do
 * not. */
#ifndef DAQS_TESTS_SIM_H
#define DAQS_TESTS_SIM_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/base/rate.h"
#include "shared/policy/policy.h"
#include "tests/sim/demand_shapes.h"

#define SIM_VMS_MAX 256
#define SIM_PHASES_MAX 32

/* From then on, the VM would send at this rate (as the guest counts) without a limit. */
struct sim_phase {
    int64_t from_ms;
    daqs_bps rate; /* DAQS_UNLIMITED: as much as possible */
};

/* From then on, the rate is this one; at_ms 0: no change. */
enum { SIM_CHANGES = 2 };
struct sim_change {
    int64_t at_ms;
    daqs_bps rate;
};

struct sim_vm {
    const char *name;
    bool another_nic; /* of the VM before it; has only its own traffic */
    daqs_bps min;
    daqs_bps max;      /* 0: no ceiling */
    uint32_t weight;   /* 0 means 1 */
    unsigned flows;    /* TCP flows; 0: one UDP flow, which does not back off */
    daqs_bps most;     /* the most that the guest can send; 0: no bound */
    int64_t period_ms; /* the phases repeat; 0: they do not */
    struct sim_phase phase[SIM_PHASES_MAX];
    unsigned phases;           /* none: as much as possible, from the start */
    bool out_of_reach;         /* cannot be limited */
    struct demand_shape shape; /* used instead of phases */
    uint32_t frame;            /* bytes of each packet, as counted; 0: TCP in large segments */
    uint32_t mtu;              /* 0: 1500 */
    daqs_bps policed;          /* on the wire, somewhere behind the port; 0: not policed */
    bool claims_backlog;       /* whether or not it has one */
    struct sim_change min_change[SIM_CHANGES];
};

enum sim_rule {
    SIM_NOBODY,   /* no control */
    SIM_STATIC,   /* best effort is always limited to equal parts of what the guarantees leave */
    SIM_STEPPING, /* the rule of the paper */
    SIM_DAQS,
    SIM_ORACLE, /* knows all demands; its limits are perfect and in force at once */
};

struct sim_setup {
    enum sim_rule rule;
    enum policy_mode mode;
    daqs_bps capacity;                           /* as configured */
    daqs_bps bottleneck;                         /* what the link carries; 0: the same */
    int64_t bottleneck_from_ms;                  /* before this it carries 'capacity' */
    int64_t bottleneck_until_ms;                 /* and also after this; 0: never */
    struct sim_change speed_change[SIM_CHANGES]; /* of the link, as its agent reports */
    uint32_t headroom_ppm;
    int64_t poll_ms;
    int64_t apply_ms;        /* from a push until the limit is in force */
    int64_t report_ms;       /* from a poll until the controller has its report */
    unsigned noise_permille; /* of what a flow gets, from moment to moment */
    unsigned loss_permille;  /* of reports */
    struct sim_vm own;       /* what the host itself sends, if it has a name */
    bool own_unknown;        /* it is not measured */
    bool port_known;         /* the port has a counter */
    bool backlog_unknown;    /* guests cannot be asked */
    uint64_t seed;
    int64_t length_ms;
    unsigned vms;
    struct sim_vm vm[SIM_VMS_MAX];
};

/* What guests counted, in windows of SIM_WINDOW_MS. */
#define SIM_WINDOW_MS 100
struct sim_result {
    unsigned windows;
    daqs_bps *usage;            /* [window * vms + vm] */
    daqs_bps *demand;           /* what it would have sent */
    daqs_bps *promised;         /* its guarantee, on the wire, at the window's end */
    daqs_bps *limit;            /* in force at the window's end */
    double *sent;               /* [window]: bits on the wire that VMs sent */
    double *possible;           /* and could have sent, next to the host itself */
    double factor[SIM_VMS_MAX]; /* bits on the wire for each bit counted */
    uint8_t *verdict;           /* [second * vms + vm]: enum attainment_verdict of the accounting */
    unsigned nics[SIM_VMS_MAX]; /* nics of a VM are consecutive; 0: another nic of a VM */
    unsigned vms;
    unsigned late_windows; /* windows that a report covers: those of a poll */
    unsigned pushes;       /* with changed limits */
    unsigned changes;      /* of a nic's limit */
    unsigned reports;
};

/* As the rig of tests/lib/netns_rig.sh: 4 Gbit/s, 1 % headroom, polls every 100 ms, 5 ms to
 * apply. */
struct sim_setup sim_default(void);

/* Returns false if out of memory. The caller ends the result with sim_result_done(). */
bool sim_run(const struct sim_setup *setup, struct sim_result *ret);
void sim_result_done(struct sim_result *result);

/* Returns the mean of what the VM (or all: vm = vms) counted from 'from_ms' to 'to_ms'. */
daqs_bps sim_mean(const struct sim_result *result, unsigned vm, int64_t from_ms, int64_t to_ms);

/* Returns the share, in parts per 1000, of the sliding one-second windows in which a VM sent less
 * than 'ppt' thousandths of the lower of its guarantee and its demand. */
unsigned sim_broken(const struct sim_result *result, unsigned vm, daqs_bps min, unsigned ppt,
                    int64_t from_ms, int64_t to_ms);

/* Returns how much the link carried, in percent of what it could have carried. */
double sim_use(const struct sim_result *result, int64_t from_ms, int64_t to_ms);

/* Returns the share, in percent, of the sliding one-second windows in which a VM sent less than
 * 99 % of the lower of its guarantee and its demand, both on the wire and over all of its nics; 0
 * if it never had a demand. */
double sim_b99(const struct sim_result *result, unsigned vm, int64_t from_ms, int64_t to_ms);

/* The verdicts of the accounting about the seconds of a VM's guarantee, compared with what it sent,
 * and with what it sends with perfect limits. A second consists of the reports that the controller
 * had by its end. */
struct sim_account {
    unsigned seconds;
    unsigned met;
    unsigned missed;
    unsigned idle;
    unsigned unknown;
    unsigned false_met;    /* it sent less than 97 % of its guarantee */
    unsigned false_missed; /* it sent as much of its guarantee as it could send */
    unsigned false_idle;   /* it sent less than 90 % of that */
};
void sim_account(const struct sim_result *result, const struct sim_result *oracle, unsigned vm,
                 struct sim_account *sum);

/* Returns when the VM first reached 'ppt' thousandths of a rate and kept it for 300 ms on average,
 * in ms after from_ms; -1: never. */
int64_t sim_reached(const struct sim_result *result, unsigned vm, daqs_bps rate, unsigned ppt,
                    int64_t from_ms);

#endif
