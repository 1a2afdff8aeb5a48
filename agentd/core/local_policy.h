/* local_policy - the policy on the agent's own readings, while no controller commands.
 *
 * It begins knowing nothing: all VMs are new to it. Memories belong to a VM's nics on an uplink
 * together, and follow the VM by its name. On an uplink of which no nic has been heard for
 * LOCAL_PATIENCE_MS (or three polls, if that is longer) fallback_split() splits, which needs no
 * readings. */
#ifndef DAQS_AGENTD_CORE_LOCAL_POLICY_H
#define DAQS_AGENTD_CORE_LOCAL_POLICY_H

#include <stdint.h>

#include "agentd/core/saved_orders.h"
#include "shared/base/model.h"

#define LOCAL_PATIENCE_MS 3000

struct local_policy; /* opaque: of the nics of one inventory */

/* What was read for a report. */
struct local_readings {
    const struct daqs_nic_reading *nic; /* of each nic of the inventory, in its order */
    const daqs_bps *applied;            /* the limit in force on each */
    uint32_t uplinks;                   /* all of the inventory's, or 0: nothing is known of them */
    const struct daqs_uplink_reading *uplink;
};

/* Begins. SLAs are those that the settings were sent for. NULL: out of memory. */
struct local_policy *local_policy_new(const struct daqs_inventory *inventory,
                                      const struct daqs_nic_setting *setting);
void local_policy_free(struct local_policy *policy);

/* Goes on with another inventory and its settings. A VM that stays keeps its memories, and its
 * guarantee and ceiling if a nic of it goes. Frees 'policy'; NULL: out of memory. */
struct local_policy *local_policy_carry(struct local_policy *policy,
                                        const struct daqs_inventory *old,
                                        const struct daqs_inventory *fresh,
                                        const struct daqs_nic_setting *setting);

/* Takes readings, to be decided upon now or with the next. */
void local_policy_note(struct local_policy *policy, const struct daqs_inventory *inventory,
                       const struct local_readings *readings, int64_t now_ms);

/* Replaces setting[].limit where that is worth it; 'poll_ms' is between reports. Out of memory: an
 * uplink keeps what it has. */
void local_policy_decide(struct local_policy *policy, const struct daqs_inventory *inventory,
                         const struct order_terms *terms, uint32_t poll_ms,
                         struct daqs_nic_setting *setting, int64_t now_ms);

#endif
