/* SPDX-License-Identifier: Apache-2.0 */
/* oversold - uplinks that were reported as oversubscribed before the controller started. They are
 * not reported again, and the end of the condition is not missed. */
#ifndef DAQS_CONTROLLERD_CORE_FLEET_OVERSOLD_H
#define DAQS_CONTROLLERD_CORE_FLEET_OVERSOLD_H

#include "controllerd/core/fleet/fleet.h"

struct oversold; /* opaque: uplinks by host and name */

/* Returns NULL if out of memory. */
struct oversold *oversold_new(void);
void oversold_free(struct oversold *oversold);

/* Adds an uplink, which must not have been added before, and the time of the report (UTC).
 * DAQS_ENOMEM: nothing changed. */
int oversold_put(struct oversold *oversold, const char *host, const char *uplink, int64_t since_ms);

/* Marks the host's uplinks that are in the set as reported, and removes them from the set. From
 * then on state_changes.c watches them. */
void oversold_apply(struct oversold *oversold, struct fleet_host *host);

#endif
