/* SPDX-License-Identifier: Apache-2.0 */
#include "agentd/core/uplink_facts.h"

/* A link that was read longer ago than this is not known: the PF's driver may hang. */
enum { LINK_US = 3000000 };

static void take(struct port_counter *counter, bool known, const struct port_reading *reading,
                 daqs_bps speed, struct port_sample *sum)
{
    if (!known) {
        port_counter_forget(counter);
        return;
    }
    const struct port_sample sample = port_counter_update(counter, reading, speed);
    port_sample_add(sum, &sample);
}

void uplink_facts_take(struct uplink_facts *facts, const struct port_facts *found, daqs_bps speed)
{
    facts->link = found->link;
    facts->link_us = found->link_us;
    take(&facts->pf, found->pf_known, &found->pf, speed, &facts->pf_sent);
    if (found->port_asked)
        take(&facts->port, found->port_known, &found->port, speed, &facts->port_sent);
}

struct daqs_uplink_reading uplink_facts_report(struct uplink_facts *facts,
                                               const struct own_interval *nics, int64_t now_us,
                                               daqs_bps capacity)
{
    struct own_interval found = *nics;
    found.span_us = facts->reported_us ? now_us - facts->reported_us : 0;
    found.pf = facts->pf_sent;
    found.port = facts->port_sent;
    const struct port_sample own = own_traffic_update(&facts->own, &found, capacity);
    const struct daqs_uplink_reading reading = {
        .own_interval_us = own.interval_us,
        .own_bytes = own.bytes,
        .own_packets = own.packets,
        .port_interval_us = facts->port_sent.interval_us,
        .port_bytes = facts->port_sent.bytes,
        .port_packets = facts->port_sent.packets,
        .link = now_us - facts->link_us < LINK_US ? (uint8_t)facts->link : DAQS_LINK_UNKNOWN,
    };
    facts->reported_us = now_us;
    facts->pf_sent = facts->port_sent = (struct port_sample){0};
    return reading;
}
