/* SPDX-License-Identifier: Apache-2.0 */
/* port_counters - computes the traffic of a network device between two readings of its counters.
 *
 * Unlike a guest's counters, those of a device may be refreshed by its driver only from time to
 * time (mlx4 250 ms, bnxt and qede 1 s). A counter that stands still may therefore indicate
 * silence, or just a pending refresh. The refresh interval is derived from the times at which the
 * counter moves. Samples never overlap. Uncertain traffic is left out. */
#ifndef DAQS_AGENTD_CORE_PORT_COUNTERS_H
#define DAQS_AGENTD_CORE_PORT_COUNTERS_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/base/model.h"

/* A counter that has not moved for this long indicates silence with every driver. */
#define PORT_REFRESH_MOST_US 2500000

/* Total traffic sent by a device at one instant of the monotonic clock. */
struct port_reading {
    int64_t at_us;
    uint64_t bytes;
    uint64_t packets;
};

/* Readings of a PF and its port at about the same instant, each with its own time. */
struct port_facts {
    bool pf_known;
    struct port_reading pf;
    bool port_asked; /* false: the port was not read this time */
    bool port_known;
    struct port_reading port;
    enum daqs_link link;
    int64_t link_us; /* when it was read */
};

/* Traffic sent within interval_us; 0: not known. */
struct port_sample {
    uint64_t interval_us;
    uint64_t bytes;
    uint64_t packets;
};

/* Zero-initialise. */
struct port_counter {
    bool known;
    struct port_reading last;
    int64_t before_us;  /* time of the reading before 'last' */
    bool moved;         /* since the first reading */
    int64_t moved_us;   /* first reading of the current value, or the first reading of all */
    int64_t still_us;   /* last reading before that: it moved after this time */
    int64_t refresh_us; /* upper bound of the refresh interval; 0: not known */
    int64_t told_us;    /* the samples so far cover the time up to this */
};

/* Processes a reading and returns the traffic since the previous sample, if it is known. It is not
 * known for the first reading, for the first move after it, if a counter went back, while it stands
 * still for less than its refresh interval, and if it exceeds twice what a link of this capacity
 * (0: not known) can carry in that time. */
struct port_sample port_counter_update(struct port_counter *c, const struct port_reading *now,
                                       daqs_bps capacity);

/* Records that the counter could not be read. The next reading is treated as the first, but the
 * refresh interval is kept. */
void port_counter_forget(struct port_counter *c);

void port_sample_add(struct port_sample *sum, const struct port_sample *sample);

/* Returns bytes per second, 0 without an interval. */
uint64_t port_sample_rate(const struct port_sample *sample);

#endif
