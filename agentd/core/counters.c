#include "agentd/core/counters.h"

static bool went_back(uint64_t now, uint64_t last)
{
    return last != COUNTERS_UNKNOWN && now < last;
}

static uint64_t passed(uint64_t now, uint64_t last)
{
    return now == COUNTERS_UNKNOWN || last == COUNTERS_UNKNOWN ? 0 : now - last;
}

struct daqs_sample counters_update(struct counters *counters, const struct counters_reading *now)
{
    struct daqs_sample sample = {0};
    const struct counters_reading *last = &counters->last;
    bool usable = counters->known && now->at_us > last->at_us && now->tx_bytes >= last->tx_bytes &&
                  !went_back(now->rx_bytes, last->rx_bytes) &&
                  now->tx_packets >= last->tx_packets &&
                  !went_back(now->rx_packets, last->rx_packets);
    if (usable) {
        sample.interval_us = now->at_us - last->at_us;
        sample.tx_bytes = now->tx_bytes - last->tx_bytes;
        sample.rx_bytes = passed(now->rx_bytes, last->rx_bytes);
        sample.tx_packets = now->tx_packets - last->tx_packets;
        sample.rx_packets = passed(now->rx_packets, last->rx_packets);
    }
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

uint32_t counters_age_us(const struct counters *counters, int64_t now_us)
{
    int64_t age_us = now_us - counters->last.at_us;
    return age_us < 0 ? 0 : age_us > UINT32_MAX ? UINT32_MAX : (uint32_t)age_us;
}
