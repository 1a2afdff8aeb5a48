/* SPDX-License-Identifier: Apache-2.0 */
/* maintenance - the hosts that operators work on: their alerts are muted, and nothing else changes.
 * A host is known by its name here, so it may be one that has not been seen yet. */
#ifndef DAQS_CONTROLLERD_CORE_FLEET_MAINTENANCE_H
#define DAQS_CONTROLLERD_CORE_FLEET_MAINTENANCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct maintenance; /* opaque: hosts by name */

struct maintenance_host {
    const char *name;
    const char *by;   /* the name of the operator */
    int64_t since_ms; /* UTC */
};

/* NULL if out of memory. */
struct maintenance *maintenance_new(void);
/* NULL is fine. */
void maintenance_free(struct maintenance *m);

/* Adds or replaces a host, with copies of the texts. DAQS_ENOMEM: nothing changed. */
int maintenance_put(struct maintenance *m, const char *host, int64_t since_ms, const char *by);

/* Removes all hosts. */
void maintenance_clear(struct maintenance *m);

/* Removes a host, if it is there. */
void maintenance_remove(struct maintenance *m, const char *host);

/* Returns the host, valid until the next change; NULL: it is not in maintenance. */
const struct maintenance_host *maintenance_find(const struct maintenance *m, const char *host);

size_t maintenance_count(const struct maintenance *m);

/* Writes, for example, "node1, node7 and 3 more", or "" if there are no hosts. Returns buf. */
enum { MAINTENANCE_NAMES_BYTES = 1024 };
const char *maintenance_names(const struct maintenance *m,
                              char buf[static MAINTENANCE_NAMES_BYTES]);

/* Writes, for example, "node1 is in maintenance since 2026-11-30T12:00:00Z, by kim: its alerts are
 * muted". Returns buf. */
enum { MAINTENANCE_TEXT_BYTES = 1024 };
const char *maintenance_text(const struct maintenance_host *host,
                             char buf[static MAINTENANCE_TEXT_BYTES]);

#endif
