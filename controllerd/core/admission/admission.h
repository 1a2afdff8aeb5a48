/* admission - what uplinks have promised and have left to promise.
 *
 * A guarantee takes wire_guarantee of the uplink, with the MTU of the VM there; with that of full
 * frames of 1500 bytes where it is not known, or the VM is not there. */
#ifndef DAQS_CONTROLLERD_CORE_ADMISSION_ADMISSION_H
#define DAQS_CONTROLLERD_CORE_ADMISSION_ADMISSION_H

#include "controllerd/core/fleet/fleet.h"

struct guarantee_sums {
    daqs_bps promised; /* as guests count */
    daqs_bps taken;    /* of the wire */
};

/* Guarantees of the VMs that are there, by uplink. */
void admission_guarantees(const struct fleet_host *host,
                          struct guarantee_sums ret[static DAQS_MAX_UPLINKS]);

/* What an uplink has to give, and what of it is promised to VMs there and to those that are not
 * there (yet), for a VM whose MTU is not known. False while its capacity is not known. */
bool admission_of_uplink(const struct fleet_host *host, const struct ledger *ledger,
                         uint32_t uplink, uint32_t headroom_ppm, struct uplink_admission *ret);

/* Guarantees on the uplinks of a VM, for admission: fills at most 'most' rooms, returns how
 * many. VMs that are not there (yet) count against every uplink of the host, as does this one
 * if it is not. */
size_t admission_of_vm(const struct fleet_host *host, const struct ledger *ledger, const char *vm,
                       uint32_t headroom_ppm, struct uplink_admission *ret, size_t most);

#endif
