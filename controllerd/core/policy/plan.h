/* SPDX-License-Identifier: Apache-2.0 */
/* plan - decides, from the reports of a host's agent, what to push to it. */
#ifndef DAQS_CONTROLLERD_CORE_POLICY_PLAN_H
#define DAQS_CONTROLLERD_CORE_POLICY_PLAN_H

#include "controllerd/core/fleet/fleet.h"

/* Decides the limits on all uplinks of a host, and sets push_due if a limit changes. Small changes
 * are suppressed unless they make room for a guarantee. A guaranteed VM that is not measured counts
 * as using its guarantee, or keeps its last known demand. A best-effort VM counts as idle once its
 * usage is no longer known.
 *
 * In these cases nothing is decided and false is returned, so that limits in force stay: before the
 * first report; while an agent that has just started does not know the nics of a guaranteed VM, for
 * at most ten seconds; while the last report was taken under limits older than those pushed, for at
 * most two polls; and if out of memory. */
bool plan_decide(struct fleet_host *host, uint32_t headroom_ppm, int64_t now_ms);

/* Fills ret[0..host->nics) with the settings to push, one per nic. */
void plan_settings(const struct fleet_host *host, struct daqs_nic_setting *ret);

/* Fills ret[0..host->uplinks) with the mode of each uplink. */
void plan_modes(const struct fleet_host *host, struct daqs_uplink_setting *ret);

/* Returns the interval at which the host is to report. */
uint32_t plan_poll_ms(const struct fleet_host *host);

/* Records that the settings were pushed, with sequence push_sequence. */
void plan_pushed(struct fleet_host *host, int64_t now_ms);

#endif
