/* SPDX-License-Identifier: Apache-2.0 */
/* inventory - the nics of all guests as the controller knows them, and their settings.
 *
 * Settings stay with their nics when the inventory changes. Those of nics that are gone are kept,
 * in case the nics return. */
#ifndef DAQS_AGENTD_CORE_INVENTORY_H
#define DAQS_AGENTD_CORE_INVENTORY_H

#include "agentd/core/guests.h"
#include "agentd/core/kept_settings.h"

struct inventory; /* opaque */

/* All of them must outlive it. */
struct inventory_setup {
    struct guests *guests; /* their nics are numbered */
    const struct uplink *uplink;
    size_t uplinks;
    const daqs_bps *capacity; /* of each uplink; 0: not known */
};

/* Returns an empty inventory, without settings; NULL if out of memory. */
struct inventory *inventory_new(const struct inventory_setup *setup);
/* NULL is fine. */
void inventory_free(struct inventory *inventory);

/* Returns true if the guests have changed since the inventory was built. */
bool inventory_outdated(const struct inventory *inventory);

/* Builds the inventory again and carries the settings over. DAQS_ENOMEM: it stays as it was. */
int inventory_rebuild(struct inventory *inventory);

/* Returns the inventory as built last, with the guests' generation of that time. It is valid until
 * the next inventory_rebuild, and as the previous one until the one after that. */
const struct daqs_inventory *inventory_current(const struct inventory *inventory);
const struct daqs_inventory *inventory_previous(const struct inventory *inventory);
uint64_t inventory_generation(const struct inventory *inventory);

/* Returns the number of guests whose title and labels the inventory has no room for. */
size_t inventory_undescribed(const struct inventory *inventory);

/* Returns true if the nic is part of the inventory: its index is that of its settings. */
bool inventory_lists(const struct inventory *inventory, const struct guest_nic *nic);

/* Replaces the settings of all nics, which have the order of the inventory, and forgets those of
 * nics that are gone. DAQS_ENOMEM if out of memory. */
int inventory_set(struct inventory *inventory, const struct daqs_nic_setting *setting);

/* Takes over settings that were saved by an earlier process, for the nics that appear. The current
 * inventory must be empty. Returns DAQS_ENOMEM if out of memory; 'saved' is cleared then. */
int inventory_restore(struct inventory *inventory, struct kept_settings *saved);

/* Returns the settings in the order of the inventory, of which the caller may change the limits.
 * NULL: no settings are known. Valid until the inventory is built again. */
struct daqs_nic_setting *inventory_settings(const struct inventory *inventory);

/* Makes the limits of the settings the wanted limits of the guests' nics, and marks guests as
 * urgent whose limits change. Returns true if any changes. */
bool inventory_command(struct inventory *inventory);

/* Returns the settings of a nic; NULL if they are not known. */
const struct daqs_nic_setting *inventory_setting(const struct inventory *inventory,
                                                 const struct guest_nic *nic);

#endif
