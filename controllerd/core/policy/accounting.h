/* SPDX-License-Identifier: Apache-2.0 */
/* accounting - closes a host's seconds: what goes into history, and whether guarantees were met. */
#ifndef DAQS_CONTROLLERD_CORE_POLICY_ACCOUNTING_H
#define DAQS_CONTROLLERD_CORE_POLICY_ACCOUNTING_H

#include "controllerd/core/fleet/fleet.h"

/* A violation that begins or ends. */
struct accounting_change {
    uint32_t member;
    enum attainment_change change;
    daqs_bps usage; /* in the second that was closed, as guests count */
    struct attainment_second second;
};

/* Records what a report shows of each guaranteed VM. Must be called after the report was added and
 * before the next decision, while the limits and reserves are those that were in force during the
 * measurement. */
void accounting_note(struct fleet_host *host, int64_t now_ms);

/* Closes what was collected since the last call. Fills one rollup for each nic (with zero ROLLUP_MS
 * if nothing was measured) and at most host->members changes, and returns the number of changes. A
 * member's verdict is in the rollup of the first of its nics that was measured. 'time_s' is UTC. */
size_t accounting_close(struct fleet_host *host, int64_t time_s, struct rollup *ret_rollup,
                        struct accounting_change *ret_change);

#endif
