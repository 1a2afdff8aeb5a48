/* SPDX-License-Identifier: Apache-2.0 */
/* violations - reports violations of guarantees: when one begins, when its cause changes, and when
 * it ends. */
#ifndef DAQS_CONTROLLERD_IO_FLEET_VIOLATIONS_H
#define DAQS_CONTROLLERD_IO_FLEET_VIOLATIONS_H

#include "controllerd/core/diagnosis/violation.h"
#include "controllerd/core/policy/accounting.h"

struct events;
struct violations; /* opaque: those that last */

/* All of them must outlive it. Returns NULL if out of memory. */
struct violations *violations_new(struct events *events, const struct fleet *fleet,
                                  const struct accounting *accounting);
/* NULL is fine. */
void violations_free(struct violations *violations);

/* Processes the changes of a closed second. */
void violations_take(struct violations *violations, const struct fleet_host *host,
                     const struct accounting_change *change, size_t changes);

/* Returns the number of ongoing violations. */
size_t violations_count(const struct violations *violations);

/* Returns the first of them, to go on with 'next'; NULL: there is none. */
const struct violation *violations_first(const struct violations *violations);

/* Ends violations that can no longer be observed, and searches for the causes of the others; called
 * several times a second. */
void violations_tick(struct violations *violations, int64_t now_ms);

/* Ends those of a host; how: why. */
void violations_end_of(struct violations *violations, const char *host, const char *how);

/* Ends all of them, because the controller stops. NULL is fine. */
void violations_stop(struct violations *violations);

#endif
