/* violations - guarantees that are not kept are told when that begins and when it is over. */
#ifndef DAQS_CONTROLLERD_IO_VIOLATIONS_H
#define DAQS_CONTROLLERD_IO_VIOLATIONS_H

#include "controllerd/core/second.h"

struct controller;
struct violation; /* one that lasts; a list of them is in the controller */

/* Takes what a closed second has changed. */
void violations_take(struct controller *c, const struct fleet_host *host,
                     const struct second_change *change, size_t changes);

/* How many last. */
size_t violations_count(const struct controller *c);

/* Ends those nobody can tell any more whether they last; about once a second. */
void violations_tick(struct controller *c, int64_t now_ms);

/* Ends all: the controller stops. */
void violations_stop(struct controller *c);

#endif
