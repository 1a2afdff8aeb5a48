/* SPDX-License-Identifier: Apache-2.0 */
/* readings - what a report says of nics and uplinks, from their guests and from the host. */
#ifndef DAQS_AGENTD_READINGS_H
#define DAQS_AGENTD_READINGS_H

#include "agentd/host/host_traffic.h"
#include "agentd/socket_checks.h"

/* Where readings come from. All of them must outlive it. */
struct readings {
    struct guests *guests;
    const struct inventory *inventory;
    const struct pace *pace;
    const struct host_pfs *pfs;
    struct host_traffic *traffic;
    const struct socket_checks *checks;
};

/* Fills in what the nics of the inventory have sent since the last call, in its order. */
void readings_take_nics(const struct readings *r, struct daqs_nic_reading *ret, int64_t now_ms);

/* Fills in what the uplinks have sent since the last call, given the readings of the nics. Returns
 * the number of uplinks; 0: nothing is known. */
uint32_t readings_take_uplinks(const struct readings *r, const struct daqs_nic_reading *nic,
                               int64_t now_ms,
                               struct daqs_uplink_reading ret[static DAQS_MAX_UPLINKS]);

/* Returns the limit in force on a nic of the inventory, and its state. */
struct daqs_nic_applied readings_applied(const struct readings *r, const struct guest_nic *nic,
                                         int64_t now_ms);

#endif
