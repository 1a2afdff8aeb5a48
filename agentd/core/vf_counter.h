/* vf_counter - what a VF sent and received between two moves of its counters on the PF.
 *
 * Drivers refresh these counters with each reading, by a timer (ixgbe every 2 s), or never. A
 * sample therefore ends when the counters move, and covers the time since they moved before. While
 * they stand still nothing is known, for as long as the driver may take to refresh them; after that
 * nothing was sent. Samples overlap only when the counters turn out to be refreshed more rarely
 * than it seemed. */
#ifndef DAQS_AGENTD_CORE_VF_COUNTER_H
#define DAQS_AGENTD_CORE_VF_COUNTER_H

#include "agentd/core/counters.h"

/* Counters that stand still for this long count silence, whatever the driver. */
#define VF_COUNTER_HOLD_US 3000000

/* Zero-initialise. */
struct vf_counter {
    bool known;
    bool counts; /* seen to move, ever */
    bool moved;  /* since the first reading, or since they went back */
    struct counters_reading last;
    int64_t still_us; /* time of the last reading before the counters moved */
    int64_t moved_us; /* time of the first reading after they moved, or of the first one of all */
    int64_t told_us;  /* the samples so far cover the time up to here */
    double bytes_per_us; /* sent, by the last sample that ended with a move */
    int64_t refresh_us;  /* they are refreshed this often, from when they moved; 0: not known */
};

/* Age of a driver's counters, for vf_counter_update. */
#define VF_COUNTER_AGE_UNKNOWN (-1)

/* Takes a reading; returns what passed since the samples before. 'age_us': how long the driver may
 * take to refresh the counters; 0: it does so with each reading. No sample (interval_us = 0): the
 * first reading, the first move after it (it may include what was sent before), a counter that went
 * back, and counters that stand still for less than they may take to be refreshed. */
struct daqs_sample vf_counter_update(struct vf_counter *c, const struct counters_reading *now,
                                     int64_t age_us);

/* The time up to which they show what was sent, as far as is known: when they moved, or were read
 * last if they have stood still for long. */
int64_t vf_counter_as_of(const struct vf_counter *c);

#endif
