/* SPDX-License-Identifier: Apache-2.0 */
/* reign - the controller's epoch, and whether it and the age of data may come from the clock.
 *
 * Agents obey the highest epoch that they have seen, and what is deleted is gone. So while the
 * clock is doubtful (clock_check), the epoch is the database's plus one, and nothing is deleted for
 * its age. The epoch is raised to the time once the clock is trusted. It is raised earlier if a
 * hello has an epoch of the week before the clock's time: then a controller with an older database
 * and a right clock is obeyed at once. A single host can cause that, but no deletion. */
#ifndef DAQS_CONTROLLERD_IO_FLEET_REIGN_H
#define DAQS_CONTROLLERD_IO_FLEET_REIGN_H

#include <stdbool.h>
#include <stdint.h>

#include "controllerd/core/fleet/fleet.h"

struct events;
struct records;
struct store;
struct reign; /* opaque */

/* All of them must outlive it, except for the store, which is closed before. */
struct reign_setup {
    struct store *store;
    struct records *records;
    const struct fleet *fleet;
    struct events *events;
    uint64_t epoch; /* of the start */
    /* Called when the epoch was raised, to send it to the agents; NULL: nothing is called. */
    void (*raised)(void *arg);
    void *arg;
};

/* mono_ms: monotonic, wall_ms: UTC. Returns NULL if out of memory. */
struct reign *reign_new(const struct reign_setup *setup, int64_t mono_ms, int64_t wall_ms);
/* Must be called after the store is closed. NULL is fine. */
void reign_free(struct reign *r);

/* Returns a pointer to the epoch, valid until reign_free. The epoch only grows. */
const uint64_t *reign_epoch(const struct reign *r);

bool reign_doubts_clock(const struct reign *r);

/* Takes the epoch in a host's hello. */
void reign_hello(struct reign *r, struct fleet_host *host, uint64_t obeyed);

/* Checks the clock; called several times a second. */
void reign_tick(struct reign *r, int64_t mono_ms, int64_t wall_ms);

/* An operator ('by') has raised the epoch, which is on disk, and confirms the clock. */
void reign_taken_over(struct reign *r, uint64_t epoch, const char *by, int64_t mono_ms,
                      int64_t wall_ms);

#endif
