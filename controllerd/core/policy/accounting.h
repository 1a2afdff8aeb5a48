/* accounting - a host's second is closed: what goes into history, and whether guarantees were kept.
 */
#ifndef DAQS_CONTROLLERD_CORE_POLICY_ACCOUNTING_H
#define DAQS_CONTROLLERD_CORE_POLICY_ACCOUNTING_H

#include "controllerd/core/fleet/fleet.h"

/* A violation that begins or is over. */
struct accounting_change {
    uint32_t member;
    enum attainment_change change;
    daqs_bps usage; /* in the second that was closed, in the unit of guarantees */
    struct attainment_second second;
};

/* Notes what a report that was taken shows of each guaranteed VM, before it is decided upon: with
 * the limits and reserves that were in force while it was measured. */
void accounting_note(struct fleet_host *host, int64_t now_ms);

/* Closes what was gathered since the last call. Fills one point for each nic (without time
 * measured: there is none) and at most host->members changes, whose number it returns. A member's
 * verdict is in the point of the first of its nics that has one. 'time_s' is UTC. */
size_t accounting_close(struct fleet_host *host, int64_t time_s, struct rollup *ret_rollup,
                        struct accounting_change *ret_change);

#endif
