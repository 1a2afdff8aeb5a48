/* SPDX-License-Identifier: Apache-2.0 */
#include "agentd/core/counters.h"

static bool is_less(uint64_t now, uint64_t last)
{
    return last != COUNTERS_UNKNOWN && now < last;
}

static uint64_t passed(uint64_t now, uint64_t last)
{
    return now == COUNTERS_UNKNOWN || last == COUNTERS_UNKNOWN ? 0 : now - last;
}

bool counters_went_back(const struct counters_reading *last, const struct counters_reading *now)
{
    return now->at_us <= last->at_us || now->tx_bytes < last->tx_bytes ||
           is_less(now->rx_bytes, last->rx_bytes) || now->tx_packets < last->tx_packets ||
           is_less(now->rx_packets, last->rx_packets);
}

struct daqs_sample counters_between(const struct counters_reading *last,
                                    const struct counters_reading *now)
{
    return (struct daqs_sample){.interval_us = now->at_us - last->at_us,
                                .tx_bytes = now->tx_bytes - last->tx_bytes,
                                .rx_bytes = passed(now->rx_bytes, last->rx_bytes),
                                .tx_packets = now->tx_packets - last->tx_packets,
                                .rx_packets = passed(now->rx_packets, last->rx_packets)};
}

struct daqs_sample counters_update(struct counters *counters, const struct counters_reading *now)
{
    struct daqs_sample sample = {0};
    if (counters->known && !counters_went_back(&counters->last, now))
        sample = counters_between(&counters->last, now);
    counters->known = true;
    counters->last = *now;
    return sample;
}

void counters_forget(struct counters *counters)
{
    counters->known = false;
}

void counters_add(struct daqs_sample *sum, const struct daqs_sample *sample)
{
    sum->interval_us += sample->interval_us;
    sum->tx_bytes += sample->tx_bytes;
    sum->rx_bytes += sample->rx_bytes;
    sum->tx_packets += sample->tx_packets;
    sum->rx_packets += sample->rx_packets;
}

uint32_t counters_age_us(const struct counters_reading *reading, int64_t now_us)
{
    int64_t age_us = now_us - reading->at_us;
    return age_us < 0 ? 0 : age_us > UINT32_MAX ? UINT32_MAX : (uint32_t)age_us;
}
