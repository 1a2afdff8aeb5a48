/* SPDX-License-Identifier: Apache-2.0 */
/* history - a second of one nic, summed up from its samples. */
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
    uint64_t uncounted; /* bytes sent, in samples that do not count packets */
};

void history_add(struct history_sum *sum, const struct daqs_sample *sample);

/* Closes the second: fills the rollup's time, bytes and packets, zeroes its other columns, and
 * empties the sum. Packets are unknown if the samples do not count them; the counter of packets may
 * lag by one packet. Returns false, and no rollup, if nothing was measured: a gap is stored as a
 * gap, not as zero. */
bool history_close(struct history_sum *sum, struct rollup *ret);

#endif
