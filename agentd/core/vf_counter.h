/* SPDX-License-Identifier: Apache-2.0 */
/* vf_counter - computes what a VF sent and received between two moves of its counters on the PF.
 *
 * Drivers refresh these counters on each reading, by a timer (ixgbe every 2 s), or never. A sample
 * therefore ends when the counters move, and covers the time since their previous move. While they
 * stand still, nothing is known for as long as the driver may take to refresh them. After that,
 * nothing was sent. Samples overlap only if the counters turn out to be refreshed less often than
 * it seemed. */
#ifndef DAQS_AGENTD_CORE_VF_COUNTER_H
#define DAQS_AGENTD_CORE_VF_COUNTER_H

#include "agentd/core/counters.h"

/* Counters that stand still for this long indicate silence with every driver. */
#define VF_COUNTER_HOLD_US 3000000

/* Zero-initialise. */
struct vf_counter {
    bool known;
    bool counts; /* have moved at least once */
    bool moved;  /* since the first reading, or since they went back */
    struct counters_reading last;
    int64_t still_us;    /* time of the last reading before the counters moved */
    int64_t moved_us;    /* time of the first reading after they moved, or of the very first */
    int64_t told_us;     /* the samples so far cover the time up to this */
    double bytes_per_us; /* rate of the last sample that ended with a move */
    int64_t refresh_us;  /* refresh interval, derived from the moves; 0: not known */
};

/* Value for an unknown age of a driver's counters in vf_counter_update. */
#define VF_COUNTER_AGE_UNKNOWN (-1)

/* Processes a reading and returns the traffic since the previous sample. 'age_us' is the time that
 * the driver may take to refresh the counters; 0: it does so on each reading. No sample is returned
 * (interval_us = 0) for the first reading, for the first move after it (which may include earlier
 * traffic), if a counter went back, and while counters stand still for less than their refresh
 * interval. */
struct daqs_sample vf_counter_update(struct vf_counter *c, const struct counters_reading *now,
                                     int64_t age_us);

/* Returns the time up to which the counters show what was sent, as far as is known: that of their
 * last move, or of the last reading if they have stood still for long. */
int64_t vf_counter_as_of(const struct vf_counter *c);

#endif
