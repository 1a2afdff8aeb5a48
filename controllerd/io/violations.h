/* violations - reports violations of guarantees: when one begins, when its cause changes, and when
 * it ends. */
#ifndef DAQS_CONTROLLERD_IO_VIOLATIONS_H
#define DAQS_CONTROLLERD_IO_VIOLATIONS_H

#include "controllerd/core/diagnosis/violation.h"
#include "controllerd/core/policy/accounting.h"

struct controller;

/* Processes the changes of a closed second. */
void violations_take(struct controller *c, const struct fleet_host *host,
                     const struct accounting_change *change, size_t changes);

/* Returns the number of ongoing violations. */
size_t violations_count(const struct controller *c);

/* Ends violations that can no longer be observed, and searches for the causes of the others; called
 * several times a second. */
void violations_tick(struct controller *c, int64_t now_ms);

/* Ends all of them, because the controller stops. */
void violations_stop(struct controller *c);

#endif
