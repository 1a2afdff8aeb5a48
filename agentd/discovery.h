/* SPDX-License-Identifier: Apache-2.0 */
/* discovery - adds guests that appear, removes those that are gone, and finds their nics. */
#ifndef DAQS_AGENTD_DISCOVERY_H
#define DAQS_AGENTD_DISCOVERY_H

#include "agentd/guests/guest_job.h"
#include "agentd/guests/guest_source.h"
#include "agentd/host/nic_places.h"
#include "shared/base/log.h"

struct discovery; /* opaque */

/* All of them must outlive it. */
struct discovery_setup {
    struct guests *guests;
    struct guest_source *source;
    struct nic_places *places;
    const struct uplink *uplink;
    size_t uplinks;
    bool listed; /* guests may list nics that their source does not report */
    struct daqs_log_budget *budget;
};

/* Returns NULL if out of memory. */
struct discovery *discovery_new(const struct discovery_setup *setup);
/* NULL is fine. */
void discovery_free(struct discovery *discovery);

/* Processes the waiting events of the source. */
void discovery_take_events(struct discovery *discovery);

/* Removes the guest, now or as soon as its job ends. */
void discovery_drop(struct discovery *discovery, struct guest *guest);

/* Places the nics of a guest behind a socket: those that its host reported, and those of its listed
 * interfaces that are nics although the host did not report them. */
void discovery_place_listed(struct discovery *discovery, struct guest *guest,
                            const struct guest_job *job, int64_t now_ms);

#endif
