/* SPDX-License-Identifier: Apache-2.0 */
/* admission - the guarantees on uplinks, and the capacity left for more.
 *
 * A guarantee occupies wire_guarantee of the uplink, computed with the VM's MTU there. If the MTU
 * is not known, or the VM is not on the uplink, full frames of 1500 bytes are assumed. */
#ifndef DAQS_CONTROLLERD_CORE_ADMISSION_ADMISSION_H
#define DAQS_CONTROLLERD_CORE_ADMISSION_ADMISSION_H

#include "controllerd/core/fleet/fleet.h"

struct guarantee_sums {
    daqs_bps promised; /* as guests count it */
    daqs_bps taken;    /* on the wire */
};

/* Sums up the guarantees of the VMs in the host's inventory, by uplink. */
void admission_guarantees(const struct fleet_host *host,
                          struct guarantee_sums ret[static DAQS_MAX_UPLINKS]);

/* Computes an uplink's budget and the guarantees on it, for a VM whose MTU is not known. Guarantees
 * of VMs that are not in the inventory (yet) count, too. Returns false while the uplink's capacity
 * is not known. */
bool admission_of_uplink(const struct fleet_host *host, const struct ledger *ledger,
                         uint32_t uplink, uint32_t headroom_ppm, struct uplink_admission *ret);

/* Computes the admission of every uplink of a VM, without the VM's own guarantee. Fills at most
 * 'most' elements and returns their number. VMs that are not in the inventory (yet) count against
 * every uplink of the host. If 'vm' is one of these, all uplinks of the host are its uplinks. */
size_t admission_of_vm(const struct fleet_host *host, const struct ledger *ledger, const char *vm,
                       uint32_t headroom_ppm, struct uplink_admission *ret, size_t most);

#endif
