/* SPDX-License-Identifier: Apache-2.0 */
/* traffic_sum - adds up the traffic of several PFs of one uplink, which report at different
 * times. */
#ifndef DAQS_AGENTD_CORE_TRAFFIC_SUM_H
#define DAQS_AGENTD_CORE_TRAFFIC_SUM_H

#include <stddef.h>

#include "agentd/core/port_counters.h"
#include "agentd/core/uplinks.h"

/* Samples of a PF are held until all others have reported, and are dropped after this time. */
#define TRAFFIC_SUM_HELD_US 5000000

/* Zero-initialise. */
struct traffic_sum {
    struct port_sample held[UPLINK_PFS_MAX];
};

/* Processes what each of the PFs, at most UPLINK_PFS_MAX, has reported since the last call; an
 * interval of 0: nothing. Returns the traffic of all PFs, scaled to their longest interval, once it
 * is known for all of them. Until then, and without PFs, the interval is 0. The sample of a single
 * PF is returned unchanged. */
struct port_sample traffic_sum_take(struct traffic_sum *sum, const struct port_sample *part,
                                    size_t parts);

#endif
