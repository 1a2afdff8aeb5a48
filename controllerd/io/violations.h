/* violations - guarantees that are not met are told when that begins, when its cause turns
 * out to be another, and when it is over. */
#ifndef DAQS_CONTROLLERD_IO_VIOLATIONS_H
#define DAQS_CONTROLLERD_IO_VIOLATIONS_H

#include "controllerd/core/diagnosis/violation.h"
#include "controllerd/core/policy/accounting.h"

struct controller;

/* Takes what a closed second has changed. */
void violations_take(struct controller *c, const struct fleet_host *host,
                     const struct accounting_change *change, size_t changes);

/* How many last. */
size_t violations_count(const struct controller *c);

/* Ends those nobody can tell any more whether they last, and looks for the causes of the others;
 * several times a second. */
void violations_tick(struct controller *c, int64_t now_ms);

/* Ends all: the controller stops. */
void violations_stop(struct controller *c);

#endif
