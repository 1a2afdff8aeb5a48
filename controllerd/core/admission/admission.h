/* SPDX-License-Identifier: Apache-2.0 */
/* admission - the guarantees on uplinks, and whether another one fits.
 *
 * A guarantee occupies wire_guarantee of the uplink, computed with the VM's MTU there. If the MTU
 * is not known, or the VM is not on the uplink, full frames of 1500 bytes are assumed. */
#ifndef DAQS_CONTROLLERD_CORE_ADMISSION_ADMISSION_H
#define DAQS_CONTROLLERD_CORE_ADMISSION_ADMISSION_H

#include "controllerd/core/fleet/fleet.h"

/* An uplink of a VM whose guarantee is to grow. Rates are on the wire unless noted. */
struct uplink_admission {
    const char *uplink;
    uint32_t mtu; /* of the VM there; 0: unknown */
    daqs_bps capacity;
    daqs_bps budget;
    daqs_bps promised; /* guarantees of the other VMs, as guests count */
    daqs_bps taken;    /* the same, on the wire */
    daqs_bps before;   /* all guarantees on it, before anything changes */
};

struct guarantee_sums {
    daqs_bps promised; /* as guests count it */
    daqs_bps taken;    /* on the wire */
};

/* Sums up the guarantees of the VMs in the host's inventory, by uplink. */
void admission_guarantees(const struct fleet_host *host,
                          struct guarantee_sums ret[static DAQS_MAX_UPLINKS]);

/* Computes an uplink's budget and the guarantees on it, for another VM, whose MTU is not known.
 * Guarantees of VMs that are not in the inventory (yet) count, too. Returns false while the
 * uplink's capacity is not known. */
bool admission_of_uplink(const struct fleet_host *host, const struct ledger *ledger,
                         uint32_t uplink, uint32_t headroom_ppm, struct uplink_admission *ret);

/* Computes the admission of every uplink of a VM, without the VM's own guarantee. Fills at most
 * 'most' elements and returns their number. VMs that are not in the inventory (yet) count against
 * every uplink of the host. If 'vm' is one of these, all uplinks of the host are its uplinks. */
size_t admission_of_vm(const struct fleet_host *host, const struct ledger *ledger, const char *vm,
                       uint32_t headroom_ppm, struct uplink_admission *ret, size_t most);

/* Decides whether a VM's guarantee may grow from 'old' to 'min', as guests count. On each of its
 * uplinks it must be at most the capacity. Unless forced, the sum of all guarantees there must be
 * within the budget, or no larger than before. A guarantee that does not grow is never refused.
 * Errors give the rates without headers. */
int admission_check(const struct uplink_admission *admission, size_t admissions, daqs_bps old,
                    daqs_bps min, bool force, struct daqs_error *err);

#endif
