/* sim - one host with one uplink, its guests, its agent and its controller, on a clock of its own.
 *
 * The decisions are the product's (controllerd/core, agentd/core); the link, the guests and the
 * time are made up, and the same for the same seed. Rates inside are of the wire, headers
 * included; what guests count leaves the headers of segments out, as interface counters do. */
#ifndef DAQS_TESTS_SIM_H
#define DAQS_TESTS_SIM_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/base/rate.h"
#include "shared/policy/policy.h"
#include "tests/sim/demand_shapes.h"

#define SIM_VMS_MAX 256
#define SIM_PHASES_MAX 32

/* From then on the VM would send so much (counted in the guest) if nothing held it. */
struct sim_phase {
    int64_t from_ms;
    daqs_bps rate; /* DAQS_UNLIMITED: all it can get */
};

/* From then on the rate is another; at_ms 0: no change. */
enum { SIM_CHANGES = 2 };
struct sim_change {
    int64_t at_ms;
    daqs_bps rate;
};

struct sim_vm {
    const char *name;
    bool another_nic; /* of the VM before it: only its traffic is its own */
    daqs_bps min;
    daqs_bps max;      /* 0: none */
    uint32_t weight;   /* 0: 1 */
    unsigned flows;    /* TCP flows; 0: one of UDP, which does not give way */
    daqs_bps most;     /* what the guest can send at best; 0: all */
    int64_t period_ms; /* the phases repeat; 0: they do not */
    struct sim_phase phase[SIM_PHASES_MAX];
    unsigned phases;           /* none: all it can get, from the start */
    bool out_of_reach;         /* takes no limit */
    struct demand_shape shape; /* in the place of phases */
    uint32_t frame;            /* bytes of each packet, as counted; 0: TCP in large segments */
    uint32_t mtu;              /* 0: 1500 */
    daqs_bps policed;          /* of the wire, somewhere behind the port; 0: it is not */
    bool claims_backlog;       /* whether it has one or not */
    struct sim_change min_change[SIM_CHANGES];
};

enum sim_rule {
    SIM_NOBODY,   /* no control */
    SIM_STATIC,   /* best effort is capped at what the guarantees leave, in equal parts, for good */
    SIM_STEPPING, /* the rule of the paper */
    SIM_DAQS,
    SIM_ORACLE, /* knows what everybody wants, and limits are perfect and in force at once */
};

struct sim_setup {
    enum sim_rule rule;
    enum policy_mode mode;
    daqs_bps capacity;                           /* as configured */
    daqs_bps bottleneck;                         /* what the link carries; 0: the same */
    int64_t bottleneck_from_ms;                  /* before this it carries 'capacity' */
    int64_t bottleneck_until_ms;                 /* and after this; 0: for ever */
    struct sim_change speed_change[SIM_CHANGES]; /* of the link, which its agent tells */
    uint32_t headroom_ppm;
    int64_t poll_ms;
    int64_t apply_ms;        /* from a push until the limit is in force */
    int64_t report_ms;       /* from a poll until the controller has it */
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
    daqs_bps *promised;         /* to it, of the wire; at the window's end */
    daqs_bps *limit;            /* in force at the window's end */
    double *sent;               /* [window]: bits of the wire that VMs sent */
    double *possible;           /* and could have sent, beside the host */
    double factor[SIM_VMS_MAX]; /* of the wire for each bit counted */
    uint8_t *verdict;           /* [second * vms + vm]: enum attainment_verdict of the ledger */
    unsigned nics[SIM_VMS_MAX]; /* those of a VM follow each other; 0: it is another's */
    unsigned vms;
    unsigned late_windows; /* that a report is about: a poll's */
    unsigned pushes;       /* of limits that differ */
    unsigned changes;      /* of a nic's limit */
    unsigned reports;
};

/* Like rig 1 of the tests: 4 Gbit/s, 1 % headroom, polls of 100 ms, 5 ms to apply. */
struct sim_setup sim_default(void);

/* False if out of memory. The result is the caller's to end with sim_result_done. */
bool sim_run(const struct sim_setup *setup, struct sim_result *ret);
void sim_result_done(struct sim_result *result);

/* Mean of what the VM (or all: vm = vms) counted from a time until another. */
daqs_bps sim_mean(const struct sim_result *result, unsigned vm, int64_t from_ms, int64_t to_ms);

/* Share, in parts per 1000, of the sliding one-second windows in which a VM had less than 'ppt'
 * thousandths of the lower of its guarantee and its demand. */
unsigned sim_broken(const struct sim_result *result, unsigned vm, daqs_bps min, unsigned ppt,
                    int64_t from_ms, int64_t to_ms);

/* Share, in percent, of what the link could have carried that it did. */
double sim_use(const struct sim_result *result, int64_t from_ms, int64_t to_ms);

/* Share, in percent, of the sliding one-second windows in which a VM sent less than 99 % of the
 * lower of its guarantee and what it wanted, both of the wire, on all of its nics; 0 if it never
 * wanted anything. */
double sim_b99(const struct sim_result *result, unsigned vm, int64_t from_ms, int64_t to_ms);

/* What the ledger said of the seconds of a VM's guarantee, against what it sent, and what it sends
 * if limits are perfect. Each second is that of the reports which the controller had by its end. */
struct sim_account {
    unsigned seconds;
    unsigned met;
    unsigned missed;
    unsigned idle;
    unsigned unknown;
    unsigned false_met;    /* it sent less than 97 % of its guarantee */
    unsigned false_missed; /* it sent all that it could send of its guarantee */
    unsigned false_idle;   /* it sent less than 90 % of that */
};
void sim_account(const struct sim_result *result, const struct sim_result *oracle, unsigned vm,
                 struct sim_account *sum);

/* When the VM first had 'ppt' thousandths of a rate and kept it for 300 ms on the mean, in ms
 * after from_ms; -1: never. */
int64_t sim_reached(const struct sim_result *result, unsigned vm, daqs_bps rate, unsigned ppt,
                    int64_t from_ms);

#endif
