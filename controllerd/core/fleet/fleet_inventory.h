/* fleet_inventory - what an agent says there is on its host, as the fleet keeps it. For the fleet
 * alone.
 */
#ifndef DAQS_CONTROLLERD_CORE_FLEET_FLEET_INVENTORY_H
#define DAQS_CONTROLLERD_CORE_FLEET_FLEET_INVENTORY_H

#include "controllerd/core/fleet/fleet.h"

/* Fills 'fresh' with a copy of the inventory and of what 'old' knows about its nics. DAQS_ENOMEM:
 * what was filled is to be freed. */
int fleet_inventory_copy(const struct fleet_host *old, const struct daqs_inventory *inventory,
                         struct fleet_host *fresh);

/* Of a host that has none. */
void fleet_inventory_move(struct fleet_host *from, struct fleet_host *to);

void fleet_inventory_free(struct fleet_host *host);

#endif
