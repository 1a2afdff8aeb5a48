/* SPDX-License-Identifier: Apache-2.0 */
/* sim_host - a simulated host: guests that send, limits in force, and what its agent reads of both.
 *
 * Pure: no sockets, no clock. Each VM has one nic; nic n is behind uplink n modulo uplinks. */
#ifndef DAQS_FLEETSIM_SIM_HOST_H
#define DAQS_FLEETSIM_SIM_HOST_H

#include <stdbool.h>
#include <stdint.h>

#include "agentd/core/vm_labels.h"
#include "shared/base/arena.h"
#include "shared/base/model.h"
#include "tools/fleetsim/trace.h"

/* What all hosts of a fleet have in common. */
struct sim_shape {
    uint32_t nics;       /* 1 to DAQS_MAX_NICS */
    uint32_t uplinks;    /* 1 to DAQS_MAX_UPLINKS */
    uint32_t guaranteed; /* the first N VMs send in pulses, half an uplink in all */
    daqs_bps capacity;   /* of each uplink */
    struct trace_mix mix;
    uint64_t seed;
    struct vm_labels labels; /* of each VM; none: nothing is known of the VMs */
};

struct sim_nic {
    struct trace trace;
    uint32_t flows;
    bool using_min; /* the last report sent showed its guarantee in use */
    bool untold;    /* its limit has not been sent in an applied message */
    uint64_t bits;  /* sent on the wire since the last report */
    bool held_back; /* it wants to send more, since held_back_us */
    int64_t held_back_us;
    daqs_bps usage; /* in the last report made, as the guest counts */
    daqs_bps limit; /* in force */
};

#define SIM_HOST_NAME 16

/* "sim0001" for host number 0, and so on. Returns buf. */
const char *sim_host_name(uint32_t number, char buf[static SIM_HOST_NAME]);

struct sim_host {
    char name[SIM_HOST_NAME];
    const struct sim_shape *shape; /* must outlive the host */
    struct daqs_inventory inventory;
    struct sim_nic *nic;
    struct daqs_nic_setting *setting; /* as last ordered */
    int64_t advanced_us;
    int64_t reported_us;
    struct daqs_arena arena; /* of all of it */
};

/* Initialises host 'number' of the fleet, from 0, at now_us. Returns false if out of memory;
 * sim_host_done is called in any case. */
bool sim_host_init(struct sim_host *host, const struct sim_shape *shape, uint32_t number,
                   int64_t now_us);
void sim_host_done(struct sim_host *host);

/* Lets the guests send until now_us, under the limits in force. */
void sim_host_advance(struct sim_host *host, int64_t now_us);

/* Puts limits in force from now_us on. 'setting' has one element for each nic. Returns true if a
 * limit changes. */
bool sim_host_obey(struct sim_host *host, const struct daqs_nic_setting *setting, int64_t now_us);

/* Advances to now_us, and fills one reading for each nic: what was sent since the last report. */
void sim_host_read(struct sim_host *host, int64_t now_us, struct daqs_nic_reading *ret);

/* Fills one reading for each uplink, for the same span as the nics' readings. The host itself sends
 * nothing, and the port's counters are not known. */
void sim_host_read_uplinks(const struct sim_host *host, const struct daqs_nic_reading *reading,
                           struct daqs_uplink_reading *ret);

/* Returns true if the report just made obliges a controller in 'minimum' mode to send new limits: a
 * nic sends at least half its guarantee, and did not in the last report sent, on an uplink that has
 * nics without a guarantee of which none is limited. */
bool sim_host_turns(const struct sim_host *host);

/* Records that this report was sent. */
void sim_host_reported(struct sim_host *host);

/* Fills the elements of an applied message, at most one for each nic. Returns their number. */
uint32_t sim_host_applied(struct sim_host *host, struct daqs_nic_applied *ret);

#endif
