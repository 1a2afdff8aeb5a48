/* policy - who may send how much on one uplink, decided in one shot from one report.
 *
 * Pure: no I/O, no clock. DESIGN.md section 6 is the reasoning.
 *
 * Inside, rates are of the wire (daqs_rate_on_wire): what is counted and what is guaranteed is
 * taken up by the headers, and limits are set as they are. Where counters include all headers that
 * is a little more room than needed. */
#ifndef DAQS_CONTROLLERD_CORE_POLICY_H
#define DAQS_CONTROLLERD_CORE_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "controllerd/core/capacity.h"
#include "controllerd/core/demand.h"
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
/* False if there is no such mode. */
bool policy_mode_parse(const char *name, enum policy_mode *ret);

/* A VM on this uplink. */
struct policy_vm {
    daqs_bps min;    /* 0: best effort */
    daqs_bps max;    /* DAQS_UNLIMITED: none */
    uint32_t weight; /* 1 and up */
    /* carried from decision to decision */
    struct demand demand;
    daqs_bps share; /* what it may send, of the wire; DAQS_UNLIMITED: nothing was decided */
    bool tried;     /* is in the trial */
    /* decided */
    enum policy_reason reason;
    /* the policy's own, while it decides */
    daqs_bps usage;
    daqs_bps reserve;
    daqs_bps want;
    daqs_bps parts; /* sum of its nics' */
    uint32_t nics;
    bool fresh;
    bool silent;
    bool at_limit;
};

struct policy_nic {
    uint32_t vm;       /* index of its VM */
    bool controllable; /* a limit can be set */
    bool fresh;        /* usage was measured since the last decision */
    bool silent;       /* it was not for long */
    daqs_bps usage;    /* as counted */
    daqs_bps limit;    /* the last one decided, then the new one; DAQS_UNLIMITED: none */
    /* decided */
    enum policy_reason reason;
    daqs_bps share;  /* of the wire */
    daqs_bps demand; /* as counted; DAQS_UNLIMITED: more than can be seen */
    /* the policy's own, while it decides */
    daqs_bps part;
};

struct policy_uplink {
    enum policy_mode mode;
    daqs_bps capacity;
    uint32_t headroom_ppm; /* share of the capacity never handed out */
    int64_t now_ms;
    /* carried */
    struct capacity learned;
    uint8_t contended; /* fair, weighted: reports for which shares still hold */
    uint32_t vms;
    uint32_t nics;
    struct policy_vm *vm; /* those with nics on this uplink */
    struct policy_nic *nic;
};

/* What may be handed out as far as is configured: capacity less headroom. */
daqs_bps policy_budget(const struct policy_uplink *uplink);

/* Decides every nic's limit. Guarantees are a VM's: its nics on the uplink share it. After it the
 * shares sum to at most the budget, or nobody is limited but by its own max. A best-effort nic's
 * limit is its share. A guaranteed nic's is never below its part of the guarantee, even where the
 * share is: what it does not want now is lent to the others, and comes back with the report that
 * shows it wanted. False if out of memory: nothing is decided then. */
bool policy_decide(struct policy_uplink *uplink);

#endif
