/* SPDX-License-Identifier: Apache-2.0 */
/* last_heard - stores when each host was last heard, for the next start of the controller.
 *
 * The times of hosts that were heard meanwhile are written once a minute, and when the controller
 * stops. After a crash they are up to a minute older than the last message. */
#ifndef DAQS_CONTROLLERD_IO_FLEET_LAST_HEARD_H
#define DAQS_CONTROLLERD_IO_FLEET_LAST_HEARD_H

#include <stdint.h>

#include "controllerd/core/fleet/fleet.h"

struct store;
struct last_heard; /* opaque */

/* Returns NULL if out of memory. The fleet must outlive it; the store is closed before. */
struct last_heard *last_heard_new(struct store *store, const struct fleet *fleet);
/* Must be called after the store is closed. NULL is fine. */
void last_heard_free(struct last_heard *l);

/* Called several times a second. now_ms (monotonic) and wall_ms (UTC) are the same moment. */
void last_heard_tick(struct last_heard *l, int64_t now_ms, int64_t wall_ms);

/* Writes the last times, before the store is closed. NULL is fine. */
void last_heard_stop(struct last_heard *l, int64_t now_ms, int64_t wall_ms);

#endif
