/* SPDX-License-Identifier: Apache-2.0 */
/* sim_world - the state of a simulation, shared by its parts: the guests and their link
 * (sim_guests.c), and the agent and the controller (sim.c). */
#ifndef DAQS_TESTS_SIM_WORLD_H
#define DAQS_TESTS_SIM_WORLD_H

#include "agentd/core/counters.h"
#include "agentd/core/lease.h"
#include "controllerd/core/fleet/fleet.h"
#include "tests/sim/link_model.h"
#include "tests/sim/sim.h"
#include "tests/sim/stepping.h"

enum { SIM_STEP_MS = 5, SIM_IN_FLIGHT = 16 };

struct sim_report {
    int64_t at_ms;
    uint64_t sequence;
    uint64_t limits_sequence;
    daqs_bps own;
    daqs_bps port;
    struct daqs_nic_reading reading[SIM_VMS_MAX];
};

struct sim_push {
    int64_t at_ms;
    uint64_t sequence;
    daqs_bps limit[SIM_VMS_MAX];
};

struct sim_guest {
    double bytes; /* counted so far */
    double seen;  /* read last */
    struct counters counters;
    daqs_bps limit;    /* in force */
    int64_t short_ms;  /* since when it has been short; 0: it is not */
    int64_t looked_ms; /* last look at its sockets; 0: none yet */
    unsigned waiting;  /* looks in a row that found unsent bytes */
};

struct sim_world {
    const struct sim_setup *setup;
    struct sim_result *result;
    struct random_source random;
    int64_t now_ms;
    struct link_sender sender[SIM_VMS_MAX + 1]; /* the host itself is last */
    struct sim_guest guest[SIM_VMS_MAX];
    struct fleet *fleet;
    struct accounting *accounting;
    struct plan *plan;
    struct ledger *ledger;
    struct fleet_host *host;
    struct lease lease;
    struct stepping stepping;
    uint64_t generation;       /* of the inventory */
    uint64_t sequence;         /* of the last report */
    uint64_t applied_sequence; /* of the limits in force */
    uint64_t before_sequence;  /* of the limits before those */
    int64_t applied_ms;
    int64_t polled_ms;
    int64_t closed_s; /* the second that is being accounted */
    double own_bits;  /* since the last poll */
    double port_bits;
    struct sim_report report[SIM_IN_FLIGHT];
    unsigned reports;
    struct sim_push push[SIM_IN_FLIGHT];
    unsigned pushes;
};

/* --- sim_guests.c --- */

/* Returns the bits on the wire for each bit that the guest counts. */
double sim_wire_factor(const struct sim_vm *vm);
/* Returns the bytes of a packet, as the guest counts them. */
double sim_packet_bytes(const struct sim_vm *vm);
/* Returns how many nics a VM has; 0 for a further nic of a VM. */
unsigned sim_nics(const struct sim_setup *setup, unsigned vm);
/* Returns the current guarantee of a VM, on the wire. */
daqs_bps sim_promise(const struct sim_vm *vm, int64_t now_ms);
/* The current guarantee as the guest counts, and the reported capacity of the link. */
daqs_bps sim_min(const struct sim_vm *vm, int64_t now_ms);
daqs_bps sim_speed(const struct sim_setup *setup, int64_t now_ms);
/* Returns what the VM would send without a limit, on the wire. */
double sim_wanted(const struct sim_world *w, unsigned vm);

/* Advance the guests and the link by one step, and record the result. */
void sim_guests_move(struct sim_world *w);
void sim_guests_note(struct sim_world *w);

#endif
