/* SPDX-License-Identifier: Apache-2.0 */
#include "agentd/core/traffic_sum.h"

#include "shared/base/sum.h"

static uint64_t scaled(uint64_t number, uint64_t to_us, uint64_t from_us)
{
    return to_us == from_us ? number : daqs_whole((double)number * (double)to_us / (double)from_us);
}

struct port_sample traffic_sum_take(struct traffic_sum *sum, const struct port_sample *part,
                                    size_t parts)
{
    struct port_sample all = {0};
    bool known = true;
    for (size_t i = 0; i < parts; i++) {
        port_sample_add(&sum->held[i], &part[i]);
        known &= sum->held[i].interval_us > 0;
        if (all.interval_us < sum->held[i].interval_us)
            all.interval_us = sum->held[i].interval_us;
    }
    for (size_t i = 0; i < parts && known; i++) {
        const struct port_sample *held = &sum->held[i];
        all.bytes = daqs_sum(all.bytes, scaled(held->bytes, all.interval_us, held->interval_us));
        all.packets =
            daqs_sum(all.packets, scaled(held->packets, all.interval_us, held->interval_us));
    }
    if (known || all.interval_us > TRAFFIC_SUM_HELD_US)
        *sum = (struct traffic_sum){0};
    return known ? all : (struct port_sample){0};
}
