/* SPDX-License-Identifier: Apache-2.0 */
/* uplink_changes - the part of state_changes that is about uplinks: their speed, guarantees that
 * exceed their budget, and bottlenecks. */
#ifndef DAQS_CONTROLLERD_CORE_DIAGNOSIS_UPLINK_CHANGES_H
#define DAQS_CONTROLLERD_CORE_DIAGNOSIS_UPLINK_CHANGES_H

#include "controllerd/core/diagnosis/incidents.h"
#include "controllerd/core/diagnosis/oversold.h"
#include "controllerd/core/diagnosis/state_changes.h"

struct reported_uplink;

/* What was last reported of the uplinks of one host. The members are private; zero-initialise. */
struct uplink_changes {
    struct reported_uplink *uplink; /* in the order of the inventory; NULL: out of memory */
    struct incidents incidents;
};

void uplink_changes_done(struct uplink_changes *changes);

/* Takes over what was reported to the host's new inventory, and the host's uplinks of 'before'.
 * Returns false if out of memory: until the next hello, its uplinks are not checked. */
bool uplink_changes_hello(struct uplink_changes *changes, const struct fleet_host *host,
                          struct oversold *before);

/* As state_changes_oversubscribed. */
bool uplink_changes_oversubscribed(const struct uplink_changes *changes, uint32_t uplink,
                                   int64_t *ret_since_ms);

/* As state_changes_find, of uplinks only; called after a report of the host. */
void uplink_changes_find(struct uplink_changes *changes, const struct fleet_host *host,
                         uint32_t headroom_ppm, int64_t now_ms, int64_t wall_ms,
                         state_change_fn *report, void *arg);

#endif
