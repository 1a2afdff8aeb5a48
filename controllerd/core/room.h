/* room - what uplinks have left to promise, for admission. */
#ifndef DAQS_CONTROLLERD_CORE_ROOM_H
#define DAQS_CONTROLLERD_CORE_ROOM_H

#include "controllerd/core/fleet.h"

/* What an uplink has to give, and what of it is promised to VMs there and to those that are not
 * there (yet). False while its capacity is not known. */
bool room_on_uplink(const struct fleet_host *host, const struct ledger *ledger, uint32_t uplink,
                    uint32_t headroom_ppm, struct sla_room *ret);

/* Guarantees on the uplinks of a VM, for admission: fills at most 'most' rooms, returns how
 * many. VMs that are not there (yet) count against every uplink of the host, as does this one
 * if it is not. */
size_t rooms_for_vm(const struct fleet_host *host, const struct ledger *ledger, const char *vm,
                    uint32_t headroom_ppm, struct sla_room *ret, size_t most);

#endif
