/* SPDX-License-Identifier: Apache-2.0 */
/* policy - decides, on every report, how much each VM of an uplink may send.
 *
 * Pure: no I/O, no clock. docs/policy.md explains it. All rates are wire rates (wire_bytes.h): what
 * the port carries, with everything that frames take there.
 *
 * The policy does not estimate what a VM would send if nothing limited it. While a guarantee is in
 * use, all other VMs are limited such that its reserve stays free. If the VM does not use its
 * reserve, it has no demand for it. */
#ifndef DAQS_POLICY_POLICY_H
#define DAQS_POLICY_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/rate.h"

/* Why a VM has its limit: X(NAME, at stake, words for operators, what the words mean). docs/faq.md
 * is generated from these rows. */
#define POLICY_REASONS(X)                                                                          \
    X(NO_DATA, false, "no report yet", "The VM has only just been found.")                         \
    X(OFF, false, "the policy is off", "By '[policy] mode', or by 'daqsctl set-policy'.")          \
    X(FREE, false, "no guarantee is in use on this uplink", "So no VM is limited.")                \
    X(CEILING, false, "held to its own maximum", "Its SLA has a ceiling.")                         \
    X(YIELDS, true, "yields to a guaranteed VM", "What the guarantees leave is shared by weight.") \
    X(GUARANTEED, true, "guaranteed, needs no limit", "The others leave room for it.")             \
    X(KEEPS_ROOM, true, "guaranteed, limited so that another guarantee holds",                     \
      "Never to less than its own guarantee.")                                                     \
    X(OUT_OF_REACH, false, "cannot be limited",                                                    \
      "For one of the [reasons above](#the-guest-cannot-be-limited).")                             \
    X(UNCONTENDED, false, "the uplink has room for all",                                           \
      "The mode is 'fair' or 'weighted', and no VM needs a limit.")                                \
    X(FAIR_SHARE, true, "held to its share of a full uplink", "The mode is 'fair' or 'weighted'.") \
    X(OVERSUBSCRIBED, true,                                                                        \
      "guaranteed, but the guarantees in use exceed the uplink: all are cut",                      \
      "An operator used '--force': [oversubscribed](#oversubscribed).")                            \
    X(NO_CAPACITY, false, "the speed of the uplink is not known",                                  \
      "The link was never up, or its driver does not report the speed ('/sys/class/net/PF/speed' " \
      "is -1, 65535 or empty): set 'capacity'.")                                                   \
    X(NO_LINK, true, "the link of the uplink is down",                                             \
      "Nothing passes the port. Limits stay as they are until the link is up again: check the "    \
      "cable, the switch, and 'ip link' on the host.")

enum policy_reason {
#define X(name, at_stake, text, meaning) POLICY_##name,
    POLICY_REASONS(X)
#undef X
};

const char *policy_reason_text(enum policy_reason reason);
/* Returns true if a limit or a guarantee hangs on the reports of a VM with that reason: they are
 * due at the fast pace then. */
bool policy_reason_at_stake(enum policy_reason reason);

/* X(NAME, number, name, effect). The numbers are stored: append only. docs/configuration.md is
 * generated from these rows. */
#define POLICY_MODES(X)                                                                            \
    X(MINIMUM, 0, "minimum",                                                                       \
      "Guarantees hold, and what they leave is shared by weight. No VM is limited while no "       \
      "guarantee is in use.")                                                                      \
    X(OFF, 1, "off", "The uplink is measured and recorded, and no VM is limited.")                 \
    X(FAIR, 2, "fair", "A full uplink is divided evenly, without guarantees.")                     \
    X(WEIGHTED, 3, "weighted", "A full uplink is divided by weight, without guarantees.")

enum policy_mode {
#define X(name, number, text, effect) POLICY_MODE_##name = (number),
    POLICY_MODES(X)
#undef X
};

/* The names of all modes, for messages. */
#define POLICY_MODE_NAMES "minimum, fair, weighted, off"

const char *policy_mode_name(enum policy_mode mode);
/* Returns the mode with this number; POLICY_MODE_MINIMUM for one that is not known here. */
enum policy_mode policy_mode_of(uint32_t number);
/* Returns false for a mode that shares without guarantees, or not at all. */
bool policy_mode_keeps_guarantees(enum policy_mode mode);
/* Returns false if there is no such mode. */
bool policy_mode_parse(const char *name, enum policy_mode *ret);

/* A number of reports and the time that they span: "three" means three reports and 300 ms, so that
 * the policy behaves alike whether reports come every 50 ms or every second. */
struct policy_count {
    uint32_t reports;
    uint32_t ms;
};

/* A guarantee that is short on a port with room, see bottleneck.h. It is kept for a minute. */
struct policy_shortage {
    double capacity;     /* what gets through, as far as this VM shows; 0: it shows nothing */
    double proven;       /* what got through at the last evidence */
    double at_first;     /* what the VM sent when the evidence began */
    uint32_t short_ms;   /* time since it became short; 0: it is not */
    uint32_t proven_ms;  /* time since its sockets show it, too; 0: they do not */
    uint32_t quiet_ms;   /* time since the last evidence */
    uint32_t doubted_ms; /* time left for which its evidence does not count */
};

/* What is kept of a VM from report to report. Zero-initialise. Rates are wire rates in bits per
 * second. Only 'shortage' outlives ten seconds. The memory is empty while nothing depends on it:
 * while no VM of the uplink has a guarantee, and the mode does not share the uplink out. */
struct policy_memory {
    double high;    /* decaying maximum of what it sends */
    double mean;    /* exponential mean of what it sends */
    double before;  /* what it sent at the previous report */
    double reserve; /* part of its guarantee that is kept free for it */
    double wants;   /* total demand; above the reserve only if known; INFINITY: all it can get */
    daqs_bps limit_before;
    daqs_bps min;                 /* the guarantee that the counts refer to */
    struct policy_count age;      /* since 'on' or 'min' changed last */
    struct policy_count rose;     /* since its rate rose last */
    struct policy_count quiet;    /* since it sent last */
    struct policy_count pressed;  /* for which it has been filling its reserve */
    struct policy_count squeezed; /* since it was short on a full port, counted while it sends */
    struct policy_shortage shortage;
    bool heard;
    bool late; /* the last sample spanned more than three reports */
    bool on;
    bool short_on_full_port; /* it was, when 'squeezed' began to count */
};

/* A VM on this uplink: all its nics there together. */
struct policy_vm {
    /* set by the caller */
    daqs_bps min;     /* from wire_guarantee; 0: best effort */
    daqs_bps max;     /* DAQS_UNLIMITED: none */
    uint32_t weight;  /* at least 1 */
    bool fresh;       /* 'usage' is from this report, measured under the limits in force */
    bool lost;        /* nothing is known about it: too long without a report */
    bool uncounted;   /* reported, but its traffic cannot be counted: no room is kept for it */
    bool reachable;   /* a limit would be in force */
    bool backlog;     /* its sockets are known to hold bytes that they could not send */
    uint32_t span_ms; /* the time that 'usage' covers, if fresh */
    uint32_t nics;    /* its nics on the uplink */
    uint32_t by_host; /* those of them that the host limits */
    daqs_bps usage;
    daqs_bps limit; /* in force when 'usage' was measured, then the new one; DAQS_UNLIMITED: none */
    /* kept by the caller */
    struct policy_memory *memory;
    /* set by the decision */
    enum policy_reason reason;
    daqs_bps due;   /* its guarantee, cut if those in use exceed the budget; 0: none */
    daqs_bps share; /* its reserve and what it gets of its known demand beyond that */
    daqs_bps wants; /* total demand; DAQS_UNLIMITED: all that it can get, or not known */
};

/* The bottleneck of an uplink, see bottleneck.h. Rates are wire rates in bits per second. */
struct policy_bottleneck {
    double capacity;    /* what gets through, as far as is known: the port's, or less */
    double proven;      /* what got through at the last evidence; 0: the port's capacity does */
    double mean;        /* exponential mean of the total sent */
    double highest[3];  /* of 'mean', in this second and the two before */
    uint32_t second_ms; /* elapsed of this second */
};

/* What is kept of an uplink. Zero-initialise. */
struct policy_uplink_memory {
    double budget;                  /* mean over 3 s */
    double own_before;              /* what the PF sent at the previous report */
    struct policy_count unwatched;  /* while the port sends more than all known traffic */
    struct policy_count between;    /* while it sends less than that: VMs send to VMs */
    double between_vms;             /* how much, in bits per second on the wire */
    struct policy_count since_full; /* since the port was 95 % full last */
    bool was_full;
    bool vms_kept;        /* the memories of its VMs are kept */
    uint32_t cautious_ms; /* time left with a smaller allowance for bursts of best effort */
    struct policy_bottleneck bottleneck;
};

struct policy_uplink {
    enum policy_mode mode;
    daqs_bps capacity;     /* of the port; 0: not known */
    uint32_t headroom_ppm; /* share of the capacity that is never given out */
    uint32_t report_ms;    /* agreed time between reports */
    uint32_t span_ms;      /* time since the last decision */
    bool link_down;        /* nothing passes the port: limits stay, and nothing is learned */
    bool own_known;
    bool port_known;
    daqs_bps own;      /* what the PF itself sends */
    daqs_bps port;     /* what the port sends in total */
    daqs_bps vf_least; /* lowest rate to which the host can limit a nic; 0: not known */
    daqs_bps vf_step;  /* the host's rates are multiples of this; 0: not known */
    /* kept by the caller */
    struct policy_uplink_memory memory;
    uint32_t vms;
    struct policy_vm *vm;
};

/* Returns the wire rate, in bits per second, that the uplink's VMs have sent for at least three
 * seconds without passing its port: to VMs of the same host, or dropped by the card. 0: none, or
 * not known. It changes no limit. */
double policy_between_vms(const struct policy_uplink_memory *memory);

/* Returns what is kept of an uplink after a new inventory: everything, or after a change of speed
 * only that the memories of its VMs are kept. */
struct policy_uplink_memory policy_carry_uplink(const struct policy_uplink_memory *memory,
                                                bool same_speed);

/* A port is full, and nothing more gets through, within this share of its capacity. */
#define POLICY_FULL_LESS_PPM 5000

/* Returns what may be given out if only the VMs send: the capacity less headroom. */
daqs_bps policy_budget(const struct policy_uplink *uplink);

/* Decides the limit of every VM, and why. Guarantees come first; what they do not use is lent to
 * others. No report of a single VM takes from best effort as a whole what remains after all
 * guarantees: where less gets through than the port carries, no best-effort VM is limited to less
 * than its share by weight, among all VMs, of (budget of the port - all guarantees). No VM is
 * limited to less than the host can enforce, as far as that fits for all of them next to all
 * guarantees and what is sent without a limit. Returns false if out of memory: then nothing is
 * decided. */
bool policy_decide(struct policy_uplink *uplink);

/* Returns true if the new limit is worth a change of the one in force: 1 % less or 2 % more, unless
 * the nic uses less than a third of both and neither is twice the other. With 'exact', any change
 * counts: a guarantee may depend on it, or an operator has ordered it. */
bool policy_worth_pushing(daqs_bps in_force, daqs_bps fresh, daqs_bps usage, bool exact);

#endif
