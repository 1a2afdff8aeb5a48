/* SPDX-License-Identifier: Apache-2.0 */
/* plan - decides, from the reports of a host's agent, what to push to it. */
#ifndef DAQS_CONTROLLERD_CORE_POLICY_PLAN_H
#define DAQS_CONTROLLERD_CORE_POLICY_PLAN_H

#include "controllerd/core/fleet/fleet.h"

struct plan; /* opaque: when each host was decided for, and what its agent has been sent */

/* Returns NULL if out of memory. */
struct plan *plan_new(void);
/* NULL is fine. */
void plan_free(struct plan *plan);

/* Makes a push to the host due, because something other than a limit changed. Must be called after
 * each hello. Returns false if out of memory: nothing is decided for the host until its next
 * hello. */
bool plan_set_due(struct plan *plan, const struct fleet_host *host);

/* The host is about to be forgotten. */
void plan_forget(struct plan *plan, const struct fleet_host *host);

/* Decides the limits on all uplinks of a host, and makes a push due if a limit changes. Small
 * changes are suppressed unless they make room for a guarantee. A guaranteed VM that is not
 * measured counts as using its guarantee, or keeps its last known demand. A best-effort VM counts
 * as idle once its usage is no longer known.
 *
 * In these cases nothing is decided and false is returned, so that limits in force stay: before the
 * first report; while an agent that has just started does not know the nics of a guaranteed VM, for
 * at most ten seconds; while the last report was taken under limits older than those pushed, for at
 * most two polls; and if out of memory. */
bool plan_decide(struct plan *plan, struct fleet_host *host, uint32_t headroom_ppm, int64_t now_ms);

/* Returns true if something has changed since the last push. */
bool plan_due(const struct plan *plan, const struct fleet_host *host);

/* Returns true if the last push was at least every_ms ago. */
bool plan_renewal_due(const struct plan *plan, const struct fleet_host *host, int64_t every_ms,
                      int64_t now_ms);

/* Fills ret[0..host->nics) with the settings to push, one per nic. */
void plan_settings(const struct fleet_host *host, struct daqs_nic_setting *ret);

/* Fills ret[0..host->uplinks) with the mode of each uplink. */
void plan_modes(const struct fleet_host *host, struct daqs_uplink_setting *ret);

/* Returns the interval at which the host is to report. */
uint32_t plan_poll_ms(const struct plan *plan, const struct fleet_host *host);

/* Returns the sequence of the next push, which it counts. */
uint64_t plan_next_sequence(struct plan *plan, const struct fleet_host *host);

/* Records that the settings were pushed, with the sequence given last. */
void plan_pushed(struct plan *plan, const struct fleet_host *host, int64_t now_ms);

#endif
