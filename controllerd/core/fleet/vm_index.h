/* SPDX-License-Identifier: Apache-2.0 */
/* vm_index - the hosts that a VM is on, by its UUID, as the agents report them. */
#ifndef DAQS_CONTROLLERD_CORE_FLEET_VM_INDEX_H
#define DAQS_CONTROLLERD_CORE_FLEET_VM_INDEX_H

#include "controllerd/core/fleet/fleet.h"

/* A host that reported a UUID. */
struct vm_location {
    struct fleet_host *host;
    uint32_t vm; /* of the host's inventory */
    struct vm_location *prev;
    struct vm_location *next;
};

struct vm_index; /* opaque */

/* Returns NULL if out of memory. */
struct vm_index *vm_index_new(void);
void vm_index_free(struct vm_index *w);

/* Replaces the host's locations by those of its current inventory. Must be called after every
 * hello, because locations point into the inventory. Hosts are identified by their address.
 * DAQS_ENOMEM: the host has no locations now. */
int vm_index_update(struct vm_index *w, struct fleet_host *host);

/* Removes the host's locations, before the host is freed. */
void vm_index_remove(struct vm_index *w, const struct fleet_host *host);

/* Returns the first location of a UUID, in no particular order; NULL if there is none, or for
 * "". */
const struct vm_location *vm_index_find(const struct vm_index *w, const char *uuid);

#endif
