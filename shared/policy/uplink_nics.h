/* SPDX-License-Identifier: Apache-2.0 */
/* uplink_nics - one decision about an uplink, from what is known about its nics to a limit for
 * each. */
#ifndef DAQS_POLICY_UPLINK_NICS_H
#define DAQS_POLICY_UPLINK_NICS_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/base/model.h"
#include "shared/policy/policy.h"

struct policy_nic {
    uint32_t vm;      /* index in the uplink's list of VMs */
    bool known;       /* 'usage' is recent enough to be believed */
    bool uncounted;   /* its guest is well, but its traffic cannot be counted */
    bool fresh;       /* 'usage' is from this report, measured under the limits in force */
    bool reachable;   /* a limit would be in force */
    bool backlog;     /* its guest's sockets hold unsent bytes */
    bool by_host;     /* the host sets its limits, and does not support every rate */
    uint32_t span_ms; /* the time that 'usage' covers */
    daqs_bps usage;   /* on the wire, as measured last */
    daqs_bps limit;   /* in force, then the new one; DAQS_UNLIMITED: none */
};

/* Returns the wire rate of what a nic sent. The sample must have an interval. */
daqs_bps policy_nic_usage(const struct daqs_sample *sample, uint32_t mtu);

/* Returns true if a new limit would be in force on a nic with this state (enum daqs_nic_state),
 * cause and limit 'applied'. A guest that does not answer, or is in grace, keeps what it has, which
 * suffices if that is a limit. While it is in grace, the host may limit its VF. */
bool policy_nic_reachable(uint8_t state, uint8_t cause, daqs_bps applied);

/* Returns true if the cause means that the host sets the limits. */
bool policy_nic_by_host(uint8_t cause);

/* Returns how long the last usage of a nic in this state is believed: 'patience_ms', or slightly
 * more than the grace period if the nic is in grace and that is longer. */
#define POLICY_GRACE_MS 65000
int64_t policy_nic_patience_ms(uint8_t state, int64_t patience_ms);

/* Returns true if the cause (enum daqs_nic_cause) means that the guest answers but has no counters
 * for the nic. */
bool policy_nic_uncounted(uint8_t cause);

/* Adds up what is known about each VM's nics, decides, and splits each VM's limit over its nics. Of
 * the VMs, the caller sets only the SLAs and the memories. A limit changes only if that is worth a
 * push. The limit of a nic that the host limits is a rate that the host supports: a multiple of the
 * step, rounded up if rounding down would cut its VM's guarantee. Returns false if out of memory:
 * then no nic's limit changes. */
bool policy_decide_nics(struct policy_uplink *uplink, struct policy_nic *nic, uint32_t nics);

#endif
