/* SPDX-License-Identifier: Apache-2.0 */
/* nic_places - which nics of guests are watched, as far as their source reports them. */
#ifndef DAQS_AGENTD_HOST_NIC_PLACES_H
#define DAQS_AGENTD_HOST_NIC_PLACES_H

#include "agentd/host/host_pfs.h"

struct nic_places; /* opaque */

/* Places the guests' nics on the uplinks of 'pfs'. Both must outlive it. Returns NULL if out of
 * memory. */
struct nic_places *nic_places_new(const struct host_pfs *pfs, struct guests *guests);
/* NULL is fine. */
void nic_places_free(struct nic_places *places);

/* Stores the guest's nics as its source reports them, and watches those that are on an uplink. If
 * out of memory, the guest keeps those that it has. */
void nic_places_take_source(struct nic_places *places, struct guest *guest,
                            const struct domain_nic *nic, size_t count);
/* Forgets what the source reported. The guest's nics stay until it lists its interfaces. */
void nic_places_forget_source(struct nic_places *places, struct guest *guest);

/* Finds the places of the nics that the source reports; returns how many are watched. Stores and
 * logs the VFs that are not, each once. */
size_t nic_places_choose(struct nic_places *places, struct guest *guest,
                         struct guest_nic_place ret[static DOMAIN_NICS_MAX]);

/* Places the nics of all guests again, because the VFs of a PF have changed. */
void nic_places_update(struct nic_places *places);

#endif
