/* traffic - what the nics behind an uplink get of it. */
#ifndef DAQS_FLEETSIM_TRAFFIC_H
#define DAQS_FLEETSIM_TRAFFIC_H

#include <stddef.h>
#include <stdint.h>

#include "shared/base/rate.h"

struct traffic_sender {
    daqs_bps demand;
    daqs_bps limit; /* in force; DAQS_UNLIMITED: none */
    uint32_t flows; /* 1 to 65,535 */
    daqs_bps rate;  /* what it sends then */
};

/* Fills every rate. Each sends the lower of demand and limit if the uplink has room for all of
 * that; otherwise the uplink is full, and whoever wants more than that gets the same per flow as
 * all others, as with TCP and nobody in control. Rates are of the wire and sum to at most
 * 'capacity'. */
void traffic_share(struct traffic_sender *sender, size_t senders, daqs_bps capacity);

#endif
