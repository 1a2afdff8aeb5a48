/* SPDX-License-Identifier: Apache-2.0 */
#include "agentd/core/shaper.h"

#include "shared/policy/wire_bytes.h"

enum { ALL_PPM = 1000000, WORTH_PPM = 5000, MISSED_MOST_PPM = 500000 };
#define BYTES_LEAST UINT64_C(100000)

__extension__ typedef unsigned __int128 u128;

void shaper_note(struct shaper *shaper, const struct daqs_sample *sample, uint32_t mtu)
{
    if (sample->interval_us <= 0 || sample->tx_bytes < BYTES_LEAST)
        return;
    uint64_t wire = wire_bytes(sample->tx_bytes, sample->tx_packets, mtu);
    uint64_t counted = wire_shaped_bytes(sample->tx_bytes, sample->tx_packets, mtu);
    uint32_t missed = (uint32_t)((u128)(wire - counted) * ALL_PPM / wire);
    uint32_t off =
        missed > shaper->missed_ppm ? missed - shaper->missed_ppm : shaper->missed_ppm - missed;
    if (off >= WORTH_PPM)
        shaper->missed_ppm = missed < MISSED_MOST_PPM ? missed : MISSED_MOST_PPM;
}

daqs_bps shaper_rate(const struct shaper *shaper, daqs_bps limit)
{
    return limit == DAQS_UNLIMITED ? limit : daqs_rate_less(limit, shaper->missed_ppm);
}

daqs_bps shaper_limit(const struct shaper *shaper, daqs_bps rate)
{
    if (rate == DAQS_UNLIMITED)
        return rate;
    return (daqs_bps)((u128)rate * ALL_PPM / (ALL_PPM - shaper->missed_ppm));
}
