/* policy - who may send how much on one uplink, decided from each report.
 *
 * Pure: no I/O, no clock. docs/policy.md explains it. All rates are of the wire (wire_bytes.h): of
 * the port with all that frames take there.
 *
 * The policy does not estimate what a VM would send if nothing held it back. While a guarantee is
 * in use, all others are held to limits that leave its reserve free; what it then does not send, it
 * does not want. */
#ifndef DAQS_POLICY_POLICY_H
#define DAQS_POLICY_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/rate.h"

/* Why a VM has the limit it has, in words an operator reads. */
#define POLICY_REASONS(X)                                                                          \
    X(NO_DATA, "no report yet")                                                                    \
    X(OFF, "the policy is off")                                                                    \
    X(FREE, "no guarantee is in use on this uplink")                                               \
    X(CEILING, "held to its own maximum")                                                          \
    X(YIELDS, "yields to a guaranteed VM")                                                         \
    X(GUARANTEED, "guaranteed, needs no limit")                                                    \
    X(KEEPS_ROOM, "guaranteed, limited so that another guarantee holds")                           \
    X(OUT_OF_REACH, "cannot be limited")                                                           \
    X(UNCONTENDED, "the uplink has room for all")                                                  \
    X(FAIR_SHARE, "held to its share of a full uplink")                                            \
    X(OVERSUBSCRIBED, "guaranteed, but the guarantees in use exceed the uplink: all are cut")      \
    X(NO_CAPACITY, "the speed of the uplink is not known")

enum policy_reason {
#define X(name, text) POLICY_##name,
    POLICY_REASONS(X)
#undef X
};

const char *policy_reason_text(enum policy_reason reason);

/* Numbers are stored: append only. */
#define POLICY_MODES(X)                                                                            \
    X(MINIMUM, 0, "minimum")   /* guarantees, and what is left by weight */                        \
    X(OFF, 1, "off")           /* measure only */                                                  \
    X(FAIR, 2, "fair")         /* a full uplink is split evenly; no guarantees */                  \
    X(WEIGHTED, 3, "weighted") /* ... by weight */

enum policy_mode {
#define X(name, number, text) POLICY_MODE_##name = (number),
    POLICY_MODES(X)
#undef X
};

/* For messages. */
#define POLICY_MODE_NAMES "minimum, fair, weighted and off"

const char *policy_mode_name(enum policy_mode mode);
/* The mode that a peer means; POLICY_MODE_MINIMUM for one that is not known here. */
enum policy_mode policy_mode_of(uint32_t number);
/* False if there is no such mode. */
bool policy_mode_parse(const char *name, enum policy_mode *ret);

/* Reports and the time they span: "three" is three reports and 300 ms, so that the policy behaves
 * alike whether reports come every 50 ms or every second. */
struct policy_count {
    uint32_t reports;
    uint32_t ms;
};

/* A guarantee that is short on a port with room, see bottleneck.h. Kept for a minute. */
struct policy_shortage {
    double capacity;     /* what gets through, as far as this VM shows; 0: it shows nothing */
    double proven;       /* what got through at the last evidence */
    double at_first;     /* what the VM sent when the evidence began */
    uint32_t short_ms;   /* since it has been short; 0: it is not */
    uint32_t proven_ms;  /* since its sockets say so, too; 0: they do not */
    uint32_t quiet_ms;   /* since the last evidence */
    uint32_t doubted_ms; /* left, for which it is not believed */
};

/* What is kept of a VM from report to report; zero-initialise. Rates in bits per second of the
 * wire. Nothing but 'shortage' outlives ten seconds. It is empty while nothing hangs on it: while
 * no VM of the uplink has a guarantee, and the mode shares nothing out. */
struct policy_memory {
    double high;    /* decaying maximum of what it sends */
    double mean;    /* exponential mean of what it sends */
    double before;  /* what it sent at the report before */
    double reserve; /* part of its guarantee that is kept free for it */
    double wants;   /* in total, more than the reserve only if it is known to; INFINITY: all it can
                       get */
    daqs_bps limit_before;
    daqs_bps min;                 /* the guarantee that the counts are about */
    struct policy_count age;      /* since it came on */
    struct policy_count rose;     /* since it rose last */
    struct policy_count quiet;    /* since it sent last */
    struct policy_count pressed;  /* for which it has filled its reserve */
    struct policy_count squeezed; /* since it was short on a full port, counted while it sends */
    struct policy_shortage shortage;
    bool heard;
    bool late; /* the last sample was of more than three reports */
    bool on;
    bool short_on_full_port; /* 'squeezed' counts from a time at which it was */
};

/* A VM on this uplink: its nics there together. */
struct policy_vm {
    /* given */
    daqs_bps min;     /* wire_guarantee; 0: best effort */
    daqs_bps max;     /* DAQS_UNLIMITED: none */
    uint32_t weight;  /* 1 and up */
    bool fresh;       /* 'usage' is of this report, taken under the limits in force */
    bool lost;        /* not heard for so long that nothing is known of it */
    bool uncounted;   /* heard, and nobody counts what it sends: no reason to keep room for it */
    bool reachable;   /* a limit would be in force */
    bool backlog;     /* known: its sockets hold bytes that they could not send */
    uint32_t span_ms; /* that 'usage' is the mean of; if fresh */
    uint32_t nics;    /* of it, on the uplink */
    uint32_t by_host; /* of these, limited by the host */
    daqs_bps usage;
    daqs_bps
        limit; /* in force while it was measured; the new one afterwards. DAQS_UNLIMITED: none */
    /* carried, the caller's */
    struct policy_memory *memory;
    /* decided */
    enum policy_reason reason;
    daqs_bps due;   /* its guarantee, cut where all in use exceed the budget; 0: none */
    daqs_bps share; /* reserve and what it is known to want beyond it */
    daqs_bps wants; /* in total; DAQS_UNLIMITED: all that it can get, or not known */
};

/* Of an uplink, see bottleneck.h. Rates in bits per second of the wire. */
struct policy_bottleneck {
    double capacity;    /* that gets through, as far as is known: the port's, or less */
    double proven;      /* what got through when it was proven last; 0: the port's does */
    double mean;        /* of the total sent, exponential */
    double highest[3];  /* of that, in this second and the two before */
    uint32_t second_ms; /* of this second */
};

/* What is kept of an uplink; zero-initialise. */
struct policy_uplink_memory {
    double budget;                  /* mean over 3 s */
    double own_before;              /* what the PF sent at the report before */
    struct policy_count unwatched;  /* for which the port has sent more than all that is known */
    struct policy_count between;    /* for which it has sent less than that: VMs send to VMs, */
    double between_vms;             /* so much, in bits per second of the wire */
    struct policy_count since_full; /* since the port was at 95 % last */
    bool was_full;
    bool vms_kept;        /* something is kept of its VMs */
    uint32_t cautious_ms; /* left, for which best effort has no allowance for bursts */
    struct policy_bottleneck bottleneck;
};

struct policy_uplink {
    enum policy_mode mode;
    daqs_bps capacity;     /* of the port; 0: not known */
    uint32_t headroom_ppm; /* share of the capacity that is never handed out */
    uint32_t report_ms;    /* between reports, as agreed */
    uint32_t span_ms;      /* since the last decision */
    bool own_known;
    bool port_known;
    daqs_bps own;      /* what the PF itself sends */
    daqs_bps port;     /* what the port sends in all */
    daqs_bps vf_least; /* lowest rate that the host can hold a nic to; 0: not known */
    daqs_bps vf_step;  /* what its rates are multiples of; 0: not known */
    /* carried */
    struct policy_uplink_memory memory;
    uint32_t vms;
    struct policy_vm *vm;
};

/* What the uplink's VMs have sent for three seconds and more that did not pass its port, in bits
 * per second of the wire: to VMs of the same host, or dropped by the card. 0: none, or not known.
 * Limits take no account of it. */
double policy_between_vms(const struct policy_uplink_memory *memory);

/* What is kept of an uplink whose inventory is told again: all of it, or after a change of speed
 * only that something is kept of its VMs. */
struct policy_uplink_memory policy_carry_uplink(const struct policy_uplink_memory *memory,
                                                bool same_speed);

/* A port is full, and nothing more goes through, within so much of its capacity. */
#define POLICY_FULL_LESS_PPM 5000

/* What may be handed out if nobody but the VMs sends: capacity less headroom. */
daqs_bps policy_budget(const struct policy_uplink *uplink);

/* Decides every VM's limit and says why. Guarantees hold first; what they do not use is lent. No
 * report of one VM takes from best effort as a whole what is left beside all guarantees: where less
 * gets through than the port carries, no VM of best effort is held below its share by weight, among
 * all VMs, of (budget of the port - all guarantees). Nobody is held to less than the host can, as
 * far as that fits for all of them beside all guarantees and what is sent without a limit. False if
 * out of memory: nothing is decided then. */
bool policy_decide(struct policy_uplink *uplink);

/* True if the new limit is worth changing what is in force: 1 % less or 2 % more, unless the nic
 * uses less than a third of both and neither is twice the other. 'exact' is set where a guarantee
 * may hang on it, or an operator has ordered it: then any change counts. */
bool policy_worth_pushing(daqs_bps in_force, daqs_bps fresh, daqs_bps usage, bool exact);

#endif
