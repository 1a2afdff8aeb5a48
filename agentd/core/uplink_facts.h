/* uplink_facts - what is known of the traffic of one uplink's PF and port, from reading to report.
 */
#ifndef DAQS_AGENTD_CORE_UPLINK_FACTS_H
#define DAQS_AGENTD_CORE_UPLINK_FACTS_H

#include "agentd/core/own_traffic.h"
#include "shared/base/model.h"

/* Zero-initialise. */
struct uplink_facts {
    struct port_counter pf;
    struct port_counter port;
    struct port_sample pf_sent; /* gathered since the last report */
    struct port_sample port_sent;
    struct own_traffic own;
    int64_t reported_us; /* 0: never */
};

/* Takes what was read. 'speed' of the link, or what is configured if that is more; 0: not known. */
void uplink_facts_take(struct uplink_facts *facts, const struct port_facts *found, daqs_bps speed);

/* What is to be reported, together with what the uplink's nics sent: of 'nics' the fields about
 * them are to be filled in. Begins the next interval. */
struct daqs_uplink_reading uplink_facts_report(struct uplink_facts *facts,
                                               const struct own_interval *nics, int64_t now_us,
                                               daqs_bps capacity);

#endif
