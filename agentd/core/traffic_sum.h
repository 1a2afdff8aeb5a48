/* traffic_sum - what several PFs of one uplink sent together. Each tells at times of its own. */
#ifndef DAQS_AGENTD_CORE_TRAFFIC_SUM_H
#define DAQS_AGENTD_CORE_TRAFFIC_SUM_H

#include <stddef.h>

#include "agentd/core/port_counters.h"
#include "agentd/core/uplinks.h"

/* What one tells is held for so long until all others have told something, too. */
#define TRAFFIC_SUM_HELD_US 5000000

/* Zero-initialise. */
struct traffic_sum {
    struct port_sample held[UPLINK_PFS_MAX];
};

/* Takes what each of the PFs, at most UPLINK_PFS_MAX, has told since the last call; an interval of
 * 0: nothing. Returns what all of them sent, in the longest of their intervals, once it is known of
 * all; else, and of none at all, nothing. Of a single one that is what it told. */
struct port_sample traffic_sum_take(struct traffic_sum *sum, const struct port_sample *part,
                                    size_t parts);

#endif
