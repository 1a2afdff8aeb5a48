#include "agentd/core/orders.h"

/* Enough for a tenant to be reached and to notice; guarantees may take all the rest. */
#define LEAST_SHARE UINT64_C(1000000)

enum orders_verdict orders_receive(struct orders *orders, uint64_t epoch, uint64_t sequence,
                                   uint32_t lease_ms, int64_t now_ms)
{
    if (epoch < orders->epoch)
        return ORDERS_OLD_EPOCH;
    if (epoch == orders->epoch && sequence <= orders->sequence)
        return ORDERS_OLD_SEQUENCE;
    orders->epoch = epoch;
    orders->sequence = sequence;
    orders->expires_ms = now_ms + lease_ms;
    orders->held = true;
    return ORDERS_OBEY;
}

bool orders_lapsed(struct orders *orders, int64_t now_ms)
{
    if (!orders->held || now_ms < orders->expires_ms)
        return false;
    orders->held = false;
    return true;
}

static daqs_bps lower(daqs_bps a, daqs_bps b)
{
    return a < b ? a : b;
}

void orders_fall_back(const struct daqs_inventory *inventory, uint32_t headroom_ppm,
                      struct daqs_nic_setting *setting)
{
    for (uint32_t u = 0; u < inventory->uplinks; u++) {
        daqs_bps capacity = inventory->uplink[u].capacity;
        daqs_bps budget = capacity / 1000000 * (1000000 - headroom_ppm);
        daqs_bps reserved = 0;
        uint64_t others = 0;
        for (uint32_t i = 0; i < inventory->nics; i++) {
            if (inventory->nic[i].uplink != u)
                continue;
            reserved += setting[i].min;
            others += setting[i].min == 0;
        }
        daqs_bps share = others && budget > reserved ? (budget - reserved) / others : 0;
        if (share < LEAST_SHARE)
            share = LEAST_SHARE;
        for (uint32_t i = 0; i < inventory->nics; i++) {
            if (inventory->nic[i].uplink != u)
                continue;
            bool shared = reserved > 0 && setting[i].min == 0;
            setting[i].limit = shared ? lower(share, setting[i].max) : setting[i].max;
        }
    }
}
