/* demand - what a nic would send if nothing held it back, estimated from what it sends. */
#ifndef DAQS_CONTROLLERD_CORE_DEMAND_H
#define DAQS_CONTROLLERD_CORE_DEMAND_H

#include <stdbool.h>

#include "shared/base/rate.h"

/* What the estimate remembers of a nic. Zero-initialise. */
struct demand {
    daqs_bps want;  /* DAQS_UNLIMITED: more than can be seen */
    bool active;    /* it sends, or did a few reports ago if it is guaranteed */
    unsigned quiet; /* reports in a row in which it used less than its guarantee */
    unsigned idle;  /* reports in a row in which it sent nothing */
};

struct demand_input {
    daqs_bps usage;
    daqs_bps share; /* what it could have sent by the last decision; DAQS_UNLIMITED: no decision */
    daqs_bps min;   /* its part of the VM's guarantee; 0: best effort */
    daqs_bps floor; /* what an idle nic is granted so that it can begin */
    bool link_full; /* the uplink carries about all it can */
};

/* A guaranteed nic keeps its whole guarantee for this many reports in which it does not use
 * it: TCP needs about that long to grow into room that was just made. */
#define DEMAND_PATIENCE 10

/* Takes one report's usage into the estimate:
 * - below its share: what it uses, a quarter more to grow, and the floor;
 * - at its share (7/8 of it: counters leave out the headers that shaping counts, and wander),
 *   or unlimited on a full uplink: more than can be seen;
 * - guaranteed and sending: its min at least, at once, until it proved not to use it;
 * - idle: the floor. Anything below half the floor is idle (ARP, a shell, a health check), but a
 *   guaranteed nic on a full link may be sending so little because it is squeezed: there it is
 *   idle only below 200 kbit/s. Below a quarter of its guarantee in any case. */
void demand_update(struct demand *demand, const struct demand_input *input);

/* For a decision without a new report: the estimate stays (the floor, if there was none), but a
 * guarantee that was given since counts at once. The input's usage does not matter. */
void demand_keep(struct demand *demand, const struct demand_input *input);

#endif
