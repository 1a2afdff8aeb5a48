/* port_counters - what passed a network device between two readings of its counters.
 *
 * Unlike a guest's, such a counter may be refreshed by its driver only every so often (mlx4 250 ms,
 * bnxt and qede 1 s), so that one that stands still may mean silence, or nothing. How often it is
 * refreshed is seen from when it moves. Samples never overlap; what is not sure is left out. */
#ifndef DAQS_AGENTD_CORE_PORT_COUNTERS_H
#define DAQS_AGENTD_CORE_PORT_COUNTERS_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/base/rate.h"

/* A counter that has not moved for this long has nothing to count, whatever its driver. */
#define PORT_REFRESH_MOST_US 2500000

/* What a device sent, all in all, at one instant of the monotonic clock. */
struct port_reading {
    int64_t at_us;
    uint64_t bytes;
    uint64_t packets;
};

/* What was read of a PF and its port at about one instant, each part with its own time. */
struct port_facts {
    bool pf_known;
    struct port_reading pf;
    bool port_asked; /* else it was not its turn */
    bool port_known;
    struct port_reading port;
};

/* What it sent within interval_us; 0: not known. */
struct port_sample {
    uint64_t interval_us;
    uint64_t bytes;
    uint64_t packets;
};

/* Zero-initialise. */
struct port_counter {
    bool known;
    struct port_reading last;
    int64_t before_us;  /* the reading before the last one */
    bool moved;         /* since the counter was known */
    int64_t moved_us;   /* the first reading of the present value; or of any */
    int64_t still_us;   /* the reading before that: it moved since then */
    int64_t refresh_us; /* it is refreshed at least this often; 0: not known */
    int64_t told_us;    /* up to when the samples so far are about */
};

/* Takes a reading; returns what is known of the time since the samples before. Not known: the first
 * reading, the first move after it, a counter that went back, one that stands still for less than
 * it may take to be refreshed, and more than twice what a link of this capacity (0: not known)
 * carries in the time. */
struct port_sample port_counter_update(struct port_counter *c, const struct port_reading *now,
                                       daqs_bps capacity);

/* It could not be read: the next reading is a first one. How often it is refreshed stays known. */
void port_counter_forget(struct port_counter *c);

void port_sample_add(struct port_sample *sum, const struct port_sample *sample);

/* Bytes per second; 0 without an interval. */
uint64_t port_sample_rate(const struct port_sample *sample);

#endif
