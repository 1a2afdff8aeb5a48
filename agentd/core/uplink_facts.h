/* SPDX-License-Identifier: Apache-2.0 */
/* uplink_facts - collects the traffic of one PF of an uplink and of its port between reports, and
 * the state of its link. */
#ifndef DAQS_AGENTD_CORE_UPLINK_FACTS_H
#define DAQS_AGENTD_CORE_UPLINK_FACTS_H

#include "agentd/core/own_traffic.h"
#include "shared/base/model.h"

/* Zero-initialise. */
struct uplink_facts {
    struct port_counter pf;
    struct port_counter port;
    struct port_sample pf_sent; /* accumulated since the last report */
    struct port_sample port_sent;
    struct own_traffic own;
    enum daqs_link link; /* as read last, at link_us */
    int64_t link_us;
    int64_t reported_us; /* 0: never */
};

/* Processes readings. 'speed' is that of the link, or the configured one if it is higher; 0: not
 * known. */
void uplink_facts_take(struct uplink_facts *facts, const struct port_facts *found, daqs_bps speed);

/* Returns the reading to report. 'nics' holds what the PF's nics sent; its other fields are
 * ignored. Starts the next interval. */
struct daqs_uplink_reading uplink_facts_report(struct uplink_facts *facts,
                                               const struct own_interval *nics, int64_t now_us,
                                               daqs_bps capacity);

#endif
