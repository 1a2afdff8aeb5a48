/* policy - who may send how much on one uplink, decided in one shot from one report.
 *
 * Pure: no I/O, no clock, no memory of its own. DESIGN.md section 6 is the reasoning. */
#ifndef DAQS_CONTROLLERD_CORE_POLICY_H
#define DAQS_CONTROLLERD_CORE_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "controllerd/core/demand.h"
#include "shared/base/rate.h"

/* Why a nic has the limit it has, in words an operator reads. */
#define POLICY_REASONS(X)                                                                          \
    X(NO_DATA, "no report yet")                                                                    \
    X(OFF, "the policy is off")                                                                    \
    X(FREE, "no guarantee is in use on this uplink")                                               \
    X(CEILING, "held to its own maximum")                                                          \
    X(YIELDS, "yields to a guaranteed VM")                                                         \
    X(GUARANTEED, "guaranteed, needs no limit")                                                    \
    X(KEEPS_ROOM, "guaranteed, limited so that another guarantee holds")                           \
    X(OUT_OF_REACH, "cannot be limited; what it sends is set aside")

enum policy_reason {
#define X(name, text) POLICY_##name,
    POLICY_REASONS(X)
#undef X
};

const char *policy_reason_text(enum policy_reason reason);

enum policy_mode { POLICY_MODE_MINIMUM, POLICY_MODE_OFF };

/* A VM's SLA. */
struct policy_vm {
    daqs_bps min;    /* 0: best effort */
    daqs_bps max;    /* DAQS_UNLIMITED: none */
    uint32_t weight; /* 1 and up */
    /* the policy's own, while it decides */
    daqs_bps want;
    daqs_bps reserve;
    daqs_bps share;
    uint32_t nics;
    bool active;
    bool takes_part; /* has a nic that is not out of reach */
};

struct policy_nic {
    uint32_t vm;       /* index of its VM */
    bool controllable; /* a limit can be set */
    bool fresh;        /* usage was measured since the last decision */
    daqs_bps usage;
    struct demand demand; /* carried from report to report */
    daqs_bps share;       /* carried: what it may send by the last decision, limited or not;
                             DAQS_UNLIMITED before the first and when nothing was decided */
    /* decided */
    daqs_bps limit; /* DAQS_UNLIMITED: none */
    enum policy_reason reason;
};

struct policy_uplink {
    enum policy_mode mode;
    daqs_bps capacity;
    uint32_t headroom_ppm; /* share of the capacity never handed out */
    uint32_t vms;
    uint32_t nics;
    struct policy_vm *vm; /* those with nics on this uplink */
    struct policy_nic *nic;
};

/* What may be handed out: capacity less headroom. */
daqs_bps policy_budget(const struct policy_uplink *uplink);

/* Decides every nic's limit. Guarantees are a VM's: its nics on the uplink share it. After it the
 * shares sum to at most the budget, or nobody is limited but by its own max. A best-effort nic's
 * limit is its share. A guaranteed nic's is never below its part of the guarantee, even where the
 * share is: what it does not want now is lent to the others, and comes back with the report that
 * shows it wanted. False if out of memory: nothing is decided then. */
bool policy_decide(struct policy_uplink *uplink);

#endif
