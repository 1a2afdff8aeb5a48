/* oversold - uplinks of which operators were told that they promise too much, before the controller
 * began: neither is told again, nor is its end missed. */
#ifndef DAQS_CONTROLLERD_CORE_FLEET_OVERSOLD_H
#define DAQS_CONTROLLERD_CORE_FLEET_OVERSOLD_H

#include "controllerd/core/fleet/fleet.h"

struct oversold; /* opaque: uplinks by host and name */

/* NULL if out of memory. */
struct oversold *oversold_new(void);
void oversold_free(struct oversold *oversold);

/* Notes an uplink, once, and when it was told (UTC). DAQS_ENOMEM: nothing changed. */
int oversold_put(struct oversold *oversold, const char *host, const char *uplink, int64_t since_ms);

/* Lets those of the host's uplinks know that are noted, and forgets them: the watch goes on. */
void oversold_apply(struct oversold *oversold, struct fleet_host *host);

#endif
