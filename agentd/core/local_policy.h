/* SPDX-License-Identifier: Apache-2.0 */
/* local_policy - applies the policy to the agent's own readings while no controller is in command.
 *
 * It starts without history: all VMs are new to it. Memories are kept for all nics of a VM on an
 * uplink together, and follow the VM by its name. An uplink without readings of any nic for
 * LOCAL_PATIENCE_MS (or three polls, if that is longer) is split by fallback_split(), which needs
 * no readings. */
#ifndef DAQS_AGENTD_CORE_LOCAL_POLICY_H
#define DAQS_AGENTD_CORE_LOCAL_POLICY_H

#include <stdint.h>

#include "agentd/core/saved_orders.h"
#include "shared/base/model.h"

#define LOCAL_PATIENCE_MS 3000

struct local_policy; /* opaque; for the nics of one inventory */

/* The readings for one report. */
struct local_readings {
    const struct daqs_nic_reading *nic; /* of each nic, in inventory order */
    const daqs_bps *applied;            /* limit in force on each */
    uint32_t uplinks; /* number of uplinks in the inventory, or 0: no uplink was read */
    const struct daqs_uplink_reading *uplink;
};

/* Creates a policy. Guarantees, ceilings and weights are taken from 'setting'. NULL if out of
 * memory. */
struct local_policy *local_policy_new(const struct daqs_inventory *inventory,
                                      const struct daqs_nic_setting *setting);
void local_policy_free(struct local_policy *policy);

/* Replaces the policy by one for another inventory and its settings. A VM that stays keeps its
 * memories, and its guarantee and ceiling even if it loses a nic. Frees 'policy'. NULL if out of
 * memory. */
struct local_policy *local_policy_carry(struct local_policy *policy,
                                        const struct daqs_inventory *old,
                                        const struct daqs_inventory *fresh,
                                        const struct daqs_nic_setting *setting);

/* Stores readings for the next decision. */
void local_policy_note(struct local_policy *policy, const struct daqs_inventory *inventory,
                       const struct local_readings *readings, int64_t now_ms);

/* Replaces setting[].limit where the policy decides so. 'poll_ms' is the interval between reports.
 * If out of memory, limits stay unchanged. */
void local_policy_decide(struct local_policy *policy, const struct daqs_inventory *inventory,
                         const struct order_terms *terms, uint32_t poll_ms,
                         struct daqs_nic_setting *setting, int64_t now_ms);

#endif
