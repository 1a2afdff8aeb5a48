/* whereabouts - on which hosts a VM is, by its UUID, as the agents tell. */
#ifndef DAQS_CONTROLLERD_CORE_WHEREABOUTS_H
#define DAQS_CONTROLLERD_CORE_WHEREABOUTS_H

#include "controllerd/core/fleet.h"

/* Somewhere a UUID was told of. */
struct sighting {
    struct fleet_host *host;
    uint32_t vm; /* of the host's inventory */
    struct sighting *prev;
    struct sighting *next;
};

struct whereabouts; /* opaque */

/* NULL if out of memory. */
struct whereabouts *whereabouts_new(void);
void whereabouts_free(struct whereabouts *w);

/* Takes the host's inventory instead of the one before; to be called after every hello, since
 * sightings point into it. Hosts are known by their address. DAQS_ENOMEM: the host has no sightings
 * now. */
int whereabouts_note(struct whereabouts *w, struct fleet_host *host);

/* The host is about to go. */
void whereabouts_forget(struct whereabouts *w, const struct fleet_host *host);

/* The first of a UUID's sightings, in no order; NULL if there are none, or for "". */
const struct sighting *whereabouts_of(const struct whereabouts *w, const char *uuid);

#endif
