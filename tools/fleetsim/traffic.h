/* SPDX-License-Identifier: Apache-2.0 */
/* traffic - how the nics behind an uplink share it. */
#ifndef DAQS_FLEETSIM_TRAFFIC_H
#define DAQS_FLEETSIM_TRAFFIC_H

#include <stddef.h>
#include <stdint.h>

#include "shared/base/rate.h"

struct traffic_sender {
    daqs_bps demand;
    daqs_bps limit; /* in force; DAQS_UNLIMITED: none */
    uint32_t flows; /* 1 to 65,535 */
    daqs_bps rate;  /* what it sends; the result */
};

/* Sets every rate. Each sender sends the lower of its demand and its limit if the uplink has room
 * for all of that. Otherwise the uplink is full, and every sender that wants more gets the same
 * rate per flow, as with TCP and no controller. Rates are on the wire and sum to at most
 * 'capacity'. */
void traffic_share(struct traffic_sender *sender, size_t senders, daqs_bps capacity);

#endif
