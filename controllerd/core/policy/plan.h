/* plan - from what a host's agent told to what is to be pushed to it. */
#ifndef DAQS_CONTROLLERD_CORE_POLICY_PLAN_H
#define DAQS_CONTROLLERD_CORE_POLICY_PLAN_H

#include "controllerd/core/fleet/fleet.h"

/* Decides all uplinks of a host from what is known; sets push_due if a limit is to change. Small
 * changes are not worth it, unless they free a guarantee. A guaranteed VM that is not heard of
 * counts as using its guarantee, or keeps the demand it had; a best-effort one counts as idle once
 * its usage is not known any more.
 *
 * Nothing is decided, and false returned, so that limits in force stay: before the first report;
 * while an agent that has just begun does not know the nics of a guaranteed VM, for ten seconds at
 * most; while the last report is about limits older than those pushed, for two polls at most; and
 * out of memory. */
bool plan_decide(struct fleet_host *host, uint32_t headroom_ppm, int64_t now_ms);

/* What to push: one setting per nic into ret[0..host->nics). */
void plan_settings(const struct fleet_host *host, struct daqs_nic_setting *ret);

/* The mode of each uplink, into ret[0..host->uplinks). */
void plan_modes(const struct fleet_host *host, uint8_t *ret);

/* How often the host is to report. */
uint32_t plan_poll_ms(const struct fleet_host *host);

/* It was pushed, as the next of push_sequence. */
void plan_pushed(struct fleet_host *host, int64_t now_ms);

#endif
