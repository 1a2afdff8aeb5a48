/* SPDX-License-Identifier: Apache-2.0 */
/* accounting - closes a host's seconds: what goes into history, and whether guarantees were met. */
#ifndef DAQS_CONTROLLERD_CORE_POLICY_ACCOUNTING_H
#define DAQS_CONTROLLERD_CORE_POLICY_ACCOUNTING_H

#include "controllerd/core/fleet/fleet.h"
#include "controllerd/core/history/attainment.h"
#include "controllerd/core/history/history.h"

struct accounting; /* opaque: the seconds of hosts, and how guarantees fare */

/* Returns NULL if out of memory. */
struct accounting *accounting_new(void);
/* NULL is fine. */
void accounting_free(struct accounting *accounting);

/* Takes over what was accounted of a host to its new inventory; must be called after each hello.
 * Returns false if out of memory: nothing is accounted of it until its next hello. */
bool accounting_hello(struct accounting *accounting, const struct fleet_host *host);

/* The host is about to be forgotten. */
void accounting_forget(struct accounting *accounting, const struct fleet_host *host);

/* How the guarantee of a member fares. */
struct accounting_member {
    struct attainment attainment;
    uint64_t met_s; /* seconds of its guarantee, since the member first appeared */
    uint64_t missed_s;
};

/* Returns that of a member of the host, valid until the host's next hello. */
const struct accounting_member *accounting_member(const struct accounting *accounting,
                                                  const struct fleet_host *host, uint32_t member);

/* A violation that begins or ends. */
struct accounting_change {
    uint32_t member;
    enum attainment_change change;
    daqs_bps usage; /* in the second that was closed, as guests count */
    struct attainment_second second;
};

/* Adds a report's readings (one per nic, in order), and records what it shows of each guaranteed
 * VM. Must be called after the fleet has accepted the report and before the next decision, while
 * the limits and reserves are those that were in force during the measurement. */
void accounting_note(struct accounting *accounting, const struct fleet_host *host,
                     const struct daqs_nic_reading *reading, int64_t now_ms);

/* Closes what was collected since the last call. Fills one rollup for each nic (with zero ROLLUP_MS
 * if nothing was measured) and at most host->members changes, and returns the number of changes. A
 * member's verdict is in the rollup of the first of its nics that was measured. 'time_s' is UTC. */
size_t accounting_close(struct accounting *accounting, const struct fleet_host *host,
                        int64_t time_s, struct rollup *ret_rollup,
                        struct accounting_change *ret_change);

#endif
