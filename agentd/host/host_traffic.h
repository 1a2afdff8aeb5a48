/* SPDX-License-Identifier: Apache-2.0 */
/* host_traffic - the uplinks' part of a report: what PFs and their ports have sent, and which rates
 * VFs can have. */
#ifndef DAQS_AGENTD_HOST_HOST_TRAFFIC_H
#define DAQS_AGENTD_HOST_HOST_TRAFFIC_H

#include "agentd/core/inventory.h"
#include "agentd/core/pace.h"
#include "agentd/core/uplink_facts.h"
#include "agentd/host/host_pfs.h"

struct host_traffic; /* opaque */

/* All of them must outlive it. */
struct host_traffic_setup {
    const struct host_pfs *pfs;
    const struct guests *guests;
    const struct inventory *inventory;
    const struct pace *pace; /* between polls */
    struct daqs_log_budget *budget;
};

/* Returns NULL if out of memory. */
struct host_traffic *host_traffic_new(const struct host_traffic_setup *setup);
/* NULL is fine. */
void host_traffic_free(struct host_traffic *t);

/* Returns true if it is time to read what this PF and its port have sent. */
bool host_traffic_due(const struct host_traffic *t, const struct host_pf *p, int64_t now_ms);
/* Records that a visit which reads it begins. */
void host_traffic_begin(struct host_traffic *t, const struct host_pf *p, int64_t now_ms);
/* Processes what was read. */
void host_traffic_take(struct host_traffic *t, const struct host_pf *p,
                       const struct port_facts *found);
/* Returns what has been collected about the PF. */
const struct uplink_facts *host_traffic_facts(const struct host_traffic *t,
                                              const struct host_pf *p);

/* Fills in a reading for each uplink: all of its PFs together, since the last call, given the
 * readings of all nics of the inventory. Returns the number of readings; 0 if nothing is known
 * about any uplink. */
uint32_t host_traffic_report(struct host_traffic *t, const struct daqs_nic_reading *reading,
                             int64_t now_ms,
                             struct daqs_uplink_reading ret[static DAQS_MAX_UPLINKS]);

#endif
