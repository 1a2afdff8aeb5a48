/* SPDX-License-Identifier: Apache-2.0 */
/* counters - computes what a nic sent between two readings of its counters. */
#ifndef DAQS_AGENTD_CORE_COUNTERS_H
#define DAQS_AGENTD_CORE_COUNTERS_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/base/model.h"

#define COUNTERS_UNKNOWN UINT64_MAX

/* Counters read at one instant of the monotonic clock. */
struct counters_reading {
    int64_t at_us;
    uint64_t tx_bytes;
    uint64_t rx_bytes; /* COUNTERS_UNKNOWN: could not be read; same for rx_packets */
    uint64_t tx_packets;
    uint64_t rx_packets;
};

/* Zero-initialise. */
struct counters {
    bool known;
    struct counters_reading last;
};

/* Returns true if time did not advance between two readings, or a counter is lower in the later
 * one. */
bool counters_went_back(const struct counters_reading *last, const struct counters_reading *now);

/* Returns the traffic between two readings that did not go back. */
struct daqs_sample counters_between(const struct counters_reading *last,
                                    const struct counters_reading *now);

/* Stores a reading and returns the traffic since the previous one. No sample is returned
 * (interval_us = 0) for the first reading, if time did not advance, and if any counter went back:
 * the guest was rebooted or restored or its driver was reloaded, and the traffic before that is
 * unknown. In all cases the next sample starts at this reading. Received traffic is 0 if either
 * reading lacks it. */
struct daqs_sample counters_update(struct counters *counters, const struct counters_reading *now);

/* Adds a sample to a sum of samples. */
void counters_add(struct daqs_sample *sum, const struct daqs_sample *sample);

/* Returns the age of a reading in microseconds, 0 if it is in the future. */
uint32_t counters_age_us(const struct counters_reading *reading, int64_t now_us);

/* Discards the last reading. The next one is treated as the first. */
void counters_forget(struct counters *counters);

#endif
