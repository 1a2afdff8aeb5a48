/* fallback - the split of an uplink while no controller commands and usage is unknown. */
#ifndef DAQS_AGENTD_CORE_FALLBACK_H
#define DAQS_AGENTD_CORE_FALLBACK_H

#include <stdint.h>

#include "shared/base/model.h"
#include "shared/policy/policy.h"

/* The split of an uplink for when nobody commands and nothing is known of what its VMs send:
 * replaces setting[].limit of its nics. If there is a guarantee, nics without one share what the
 * guarantees (on the wire) leave of capacity less headroom, by weight. The nics of the only
 * guaranteed VM are held to their own max; those of several are held to their VMs' guarantees (or,
 * with nobody else on the uplink, to their parts of all of it), so that none can squeeze another.
 * Without a guarantee, and in modes that keep none, only max remains; with the policy off nothing
 * does. */
void fallback_split(const struct daqs_inventory *inventory, uint32_t uplink, enum policy_mode mode,
                    uint32_t headroom_ppm, struct daqs_nic_setting *setting);

#endif
