/* SPDX-License-Identifier: Apache-2.0 */
/* state_events - emits an event for each lasting change of a host, an uplink or a VM. */
#ifndef DAQS_CONTROLLERD_IO_FLEET_STATE_EVENTS_H
#define DAQS_CONTROLLERD_IO_FLEET_STATE_EVENTS_H

#include <stdint.h>

#include "controllerd/config/controller_config.h"
#include "controllerd/core/diagnosis/state_changes.h"
#include "controllerd/core/fleet/fleet.h"

struct events;

/* Zero-initialise, then give all but 'turn'. */
struct state_events {
    const struct fleet *fleet;
    struct state_changes *changes;
    struct events *events;
    const struct controller_config *config; /* whose headroom may change */
    uint64_t epoch;                         /* of this controller */
    size_t turn;                            /* its own: which hosts are checked next */
};

/* Checks a part of the hosts; each host is checked once a second if this is called every tick.
 * now_ms: monotonic, wall_ms: UTC. */
void state_events_tick(struct state_events *s, int64_t now_ms, int64_t wall_ms);

#endif
