/* history - one nic's second, summed up from its samples. */
#ifndef DAQS_CONTROLLERD_CORE_HISTORY_HISTORY_H
#define DAQS_CONTROLLERD_CORE_HISTORY_HISTORY_H

#include <stdbool.h>
#include <stdint.h>

#include "controllerd/core/history/rollup.h"
#include "shared/base/model.h"

/* Zero-initialise. */
struct history_sum {
    int64_t interval_us;
    uint64_t tx_bytes;
    uint64_t rx_bytes;
    uint64_t tx_packets;
    uint64_t uncounted; /* bytes sent, in samples that say nothing of packets */
};

void history_add(struct history_sum *sum, const struct daqs_sample *sample);

/* Closes the second: fills the point's time, bytes and packets, zeroes the rest, and empties the
 * sum. Packets are not known if the samples do not count them; a counter of packets may be one
 * late. False, and no point, if nothing was measured: a gap is a gap, not a zero. */
bool history_close(struct history_sum *sum, struct rollup *ret);

#endif
