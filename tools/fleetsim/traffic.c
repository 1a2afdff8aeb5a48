/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/fleetsim/traffic.h"

#include <stdbool.h>

static daqs_bps wanted(const struct traffic_sender *sender)
{
    return daqs_lower(daqs_lower(sender->demand, sender->limit), DAQS_BPS_MAX);
}

/* Shares the capacity by flows. Senders that want no more than their part get what they want and
 * leave the rest to the others, until all that are left want more. */
static void share_by_flows(struct traffic_sender *sender, size_t senders, daqs_bps capacity)
{
    for (size_t i = 0; i < senders; i++)
        sender[i].rate = DAQS_UNLIMITED; /* not known yet */
    bool found = true;
    while (found) {
        uint64_t flows = 0;
        for (size_t i = 0; i < senders; i++)
            flows += sender[i].rate == DAQS_UNLIMITED ? sender[i].flows : 0;
        daqs_bps each = flows ? capacity / flows : 0;
        found = false;
        for (size_t i = 0; i < senders; i++) {
            struct traffic_sender *s = &sender[i];
            if (s->rate != DAQS_UNLIMITED || wanted(s) > each * s->flows)
                continue;
            s->rate = wanted(s);
            capacity -= s->rate;
            found = true;
        }
        for (size_t i = 0; !found && i < senders; i++)
            if (sender[i].rate == DAQS_UNLIMITED)
                sender[i].rate = each * sender[i].flows;
    }
}

void traffic_share(struct traffic_sender *sender, size_t senders, daqs_bps capacity)
{
    daqs_bps sum = 0;
    for (size_t i = 0; i < senders; i++) {
        sender[i].rate = wanted(&sender[i]);
        sum += sender[i].rate;
    }
    if (sum > capacity)
        share_by_flows(sender, senders, capacity);
}
