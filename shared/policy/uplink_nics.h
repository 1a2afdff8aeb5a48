/* uplink_nics - a decision about one uplink, from what is known of its nics to a limit for each. */
#ifndef DAQS_POLICY_UPLINK_NICS_H
#define DAQS_POLICY_UPLINK_NICS_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/base/model.h"
#include "shared/policy/policy.h"

struct policy_nic {
    uint32_t vm;      /* its place in the uplink's list of VMs */
    bool known;       /* 'usage' is recent enough to be believed */
    bool uncounted;   /* its guest is well, and nobody counts what it sends */
    bool fresh;       /* it is of this report, taken under the limits in force */
    bool reachable;   /* a limit would be in force */
    bool backlog;     /* its guest's sockets hold unsent bytes */
    bool by_host;     /* limits are set by the host, which has not every rate */
    uint32_t span_ms; /* that 'usage' is the mean of */
    daqs_bps usage;   /* of the wire, as measured last */
    daqs_bps limit;   /* in force; the new one afterwards. DAQS_UNLIMITED: none */
};

/* What a nic sent, of the wire; the sample has an interval. */
daqs_bps policy_nic_usage(const struct daqs_sample *sample, uint32_t mtu);

/* Whether a limit that is decided would be in force on a nic in that state (enum daqs_nic_state)
 * for that cause, which has the limit 'applied'. A guest that does not answer, or is in grace,
 * keeps what it has, which is enough if that is a limit; while it is in grace, its VF may be
 * limited. */
bool policy_nic_reachable(uint8_t state, uint8_t cause, daqs_bps applied);

/* Whether the cause says that limits are set by the host. */
bool policy_nic_by_host(uint8_t cause);

/* How long a nic in that state is taken to send what it was seen to send last: 'patience_ms', or
 * the time of grace and a little. */
#define POLICY_GRACE_MS 65000
int64_t policy_nic_patience_ms(uint8_t state, int64_t patience_ms);

/* Whether the cause (enum daqs_nic_cause) says that a guest answers which has no counters of the
 * nic. */
bool policy_nic_uncounted(uint8_t cause);

/* Adds up what is known of each VM's nics, decides, and splits each VM's limit over its nics. Of
 * the VMs only SLAs and memories are to be given. A limit is changed only if that is worth
 * pushing. Of a nic that the host limits it is a rate that the host has: a multiple of the step, up
 * if down would cut its VM's guarantee. False if out of memory: nothing is decided then. */
bool policy_decide_nics(struct policy_uplink *uplink, struct policy_nic *nic, uint32_t nics);

#endif
