/* vm_index - on which hosts a VM is, by its UUID, as the agents tell. */
#ifndef DAQS_CONTROLLERD_CORE_FLEET_VM_INDEX_H
#define DAQS_CONTROLLERD_CORE_FLEET_VM_INDEX_H

#include "controllerd/core/fleet/fleet.h"

/* Somewhere a UUID was told of. */
struct vm_location {
    struct fleet_host *host;
    uint32_t vm; /* of the host's inventory */
    struct vm_location *prev;
    struct vm_location *next;
};

struct vm_index; /* opaque */

/* NULL if out of memory. */
struct vm_index *vm_index_new(void);
void vm_index_free(struct vm_index *w);

/* Takes the host's inventory instead of the one before; to be called after every hello, since
 * sightings point into it. Hosts are known by their address. DAQS_ENOMEM: the host has no sightings
 * now. */
int vm_index_update(struct vm_index *w, struct fleet_host *host);

/* The host is about to go. */
void vm_index_remove(struct vm_index *w, const struct fleet_host *host);

/* The first of a UUID's sightings, in no order; NULL if there are none, or for "". */
const struct vm_location *vm_index_find(const struct vm_index *w, const char *uuid);

#endif
