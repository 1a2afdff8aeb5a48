/* SPDX-License-Identifier: Apache-2.0 */
/* fleet_inventory - the fleet's copy of the inventory that an agent reports. Used by fleet.c
 * only. */
#ifndef DAQS_CONTROLLERD_CORE_FLEET_FLEET_INVENTORY_H
#define DAQS_CONTROLLERD_CORE_FLEET_FLEET_INVENTORY_H

#include "controllerd/core/fleet/fleet.h"

/* Fills 'fresh' with a copy of the inventory and with the state of nics that 'old' has, too.
 * DAQS_ENOMEM: the caller frees what was filled. */
int fleet_inventory_copy(const struct fleet_host *old, const struct daqs_inventory *inventory,
                         struct fleet_host *fresh);

/* Moves the inventory to a host that has none. */
void fleet_inventory_move(struct fleet_host *from, struct fleet_host *to);

void fleet_inventory_free(struct fleet_host *host);

#endif
