/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/core/history/history.h"

/* Skips samples with values that no real counter reaches, because an agent may send anything. So no
 * sum overflows, neither here nor in the store, which uses signed numbers. */
static bool fits(const struct history_sum *sum, const struct daqs_sample *sample)
{
    return sample->interval_us > 0 && sample->interval_us <= INT64_MAX - sum->interval_us &&
           sample->tx_bytes <= INT64_MAX - sum->tx_bytes &&
           sample->rx_bytes <= INT64_MAX - sum->rx_bytes &&
           sample->tx_packets <= INT64_MAX - sum->tx_packets;
}

void history_add(struct history_sum *sum, const struct daqs_sample *sample)
{
    if (!fits(sum, sample))
        return;
    sum->interval_us += sample->interval_us;
    sum->tx_bytes += sample->tx_bytes;
    sum->rx_bytes += sample->rx_bytes;
    sum->tx_packets += sample->tx_packets;
    sum->uncounted += sample->tx_packets ? 0 : sample->tx_bytes;
}

/* Largest packet, before it is segmented into frames. */
enum { PACKET_BYTES_MAX = UINT16_MAX };

static uint64_t packets_of(const struct history_sum *sum)
{
    bool counted = sum->tx_packets > 0 && sum->uncounted <= PACKET_BYTES_MAX;
    return counted || sum->tx_bytes == 0 ? sum->tx_packets : RATE_CODE_NO_PACKETS;
}

bool history_close(struct history_sum *sum, struct rollup *ret)
{
    const struct history_sum closed = *sum;
    *sum = (struct history_sum){0};
    if (closed.interval_us <= 0)
        return false;
    uint64_t ms = ((uint64_t)closed.interval_us + 500) / 1000;
    *ret = (struct rollup){.value = {[ROLLUP_MS] = ms ? ms : 1,
                                     [ROLLUP_TX] = closed.tx_bytes,
                                     [ROLLUP_RX] = closed.rx_bytes,
                                     [ROLLUP_PACKETS] = packets_of(&closed)}};
    return true;
}
