/* counters - what a nic sent between two readings of its counters. */
#ifndef DAQS_AGENTD_CORE_COUNTERS_H
#define DAQS_AGENTD_CORE_COUNTERS_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/base/model.h"

#define COUNTERS_UNKNOWN UINT64_MAX

/* Counters as read at one instant of the monotonic clock. */
struct counters_reading {
    int64_t at_us;
    uint64_t tx_bytes;
    uint64_t rx_bytes; /* COUNTERS_UNKNOWN: it could not be read; the packets likewise */
    uint64_t tx_packets;
    uint64_t rx_packets;
};

/* Zero-initialise. */
struct counters {
    bool known;
    struct counters_reading last;
};

/* True if time did not move on between two readings, or a counter is less in the later one. */
bool counters_went_back(const struct counters_reading *last, const struct counters_reading *now);

/* What passed between two readings that did not go back. */
struct daqs_sample counters_between(const struct counters_reading *last,
                                    const struct counters_reading *now);

/* Takes a reading and returns what passed since the one before. There is no sample
 * (interval_us = 0) for the first reading, when time did not move on, and when any counter
 * went back: the guest was rebooted, restored or its driver reloaded, and nobody knows how
 * much it sent before that. Either way the reading is the base of the next sample. What was
 * received is 0 where either reading does not have it. */
struct daqs_sample counters_update(struct counters *counters, const struct counters_reading *now);

/* Adds a sample to those gathered so far. */
void counters_add(struct daqs_sample *sum, const struct daqs_sample *sample);

/* How old a reading is, microseconds; 0 if it is of a later time. */
uint32_t counters_age_us(const struct counters_reading *reading, int64_t now_us);

/* Forgets the last reading: the next one starts afresh. */
void counters_forget(struct counters *counters);

#endif
