/* SPDX-License-Identifier: Apache-2.0 */
/* event_budget - bounds the events that a host and a VM may cause, so that those of others are
 * stored.
 *
 * | | at once | then one in |
 * | ordinary events of a VM | 20 | 5 min |
 * | violations of a VM | 100 | 1 min |
 * | ordinary events of a host | 500 | 10 s |
 * | other events of a host, such as its violations | 1000 | 10 s |
 *
 * Events about operators' changes and about the controller itself are not limited. Ordinary events
 * of all hosts together also have a limit per second. Other events count towards it, but are not
 * refused by it. */
#ifndef DAQS_CONTROLLERD_CORE_DIAGNOSIS_EVENT_BUDGET_H
#define DAQS_CONTROLLERD_CORE_DIAGNOSIS_EVENT_BUDGET_H

#include <stdbool.h>
#include <stdint.h>

#include "controllerd/core/diagnosis/event.h"

/* How important a kind is, the least important first. */
enum event_class {
    EVENT_ORDINARY, /* states of VMs and uplinks */
    EVENT_FIRST,    /* violations, presence of hosts, and where SLAs are */
    EVENT_OWN,      /* of operators and of the controller itself */
    EVENT_CLASSES
};
enum event_class event_class_of(enum event_kind kind);

struct event_budget; /* opaque */

/* per_second: of ordinary events, 1 and up. Returns NULL if out of memory. */
struct event_budget *event_budget_new(uint32_t per_second);
/* NULL is fine. */
void event_budget_free(struct event_budget *budget);

/* Returns true if there is room for an event of a host ("": none) and a VM ("": none). */
bool event_budget_has_room(struct event_budget *budget, enum event_kind kind, const char *host,
                           const char *vm, int64_t now_ms);

/* The same, and takes it. Returns false also if out of memory; then nothing is taken. */
bool event_budget_take(struct event_budget *budget, enum event_kind kind, const char *host,
                       const char *vm, int64_t now_ms);

#endif
