/* SPDX-License-Identifier: Apache-2.0 */
#include "agentd/core/fallback.h"

#include "shared/policy/wire_bytes.h"

/* Enough for a tenant to reach the VM and to notice the problem. Guarantees may use all of the
 * rest. */
#define LEAST_SHARE UINT64_C(1000000)

/* Guarantees and weights of the nics of one uplink. */
struct uplink_sums {
    daqs_bps budget;
    daqs_bps reserved; /* sum of the guarantees on the wire */
    uint64_t others;   /* sum of the weights of best-effort nics */
};

/* Returns the nic's part of its VM's weight, which is divided among the VM's nics on the uplink. */
static uint64_t weight_of(const struct daqs_inventory *inventory,
                          const struct daqs_nic_setting *setting, uint32_t nic)
{
    const uint64_t unit = 1000000; /* exceeds the number of nics */
    uint64_t nics = 0;
    for (uint32_t i = 0; i < inventory->nics; i++)
        nics += inventory->nic[i].vm == inventory->nic[nic].vm &&
                inventory->nic[i].uplink == inventory->nic[nic].uplink;
    return (setting[nic].weight ? setting[nic].weight : 1) * unit / nics;
}

static struct uplink_sums sum_guarantees(const struct daqs_inventory *inventory, uint32_t uplink,
                                         uint32_t headroom_ppm,
                                         const struct daqs_nic_setting *setting)
{
    struct uplink_sums p = {.budget =
                                daqs_rate_less(inventory->uplink[uplink].capacity, headroom_ppm)};
    for (uint32_t i = 0; i < inventory->nics; i++) {
        if (inventory->nic[i].uplink != uplink)
            continue;
        p.reserved += wire_guarantee(setting[i].min, inventory->nic[i].mtu);
        p.others += setting[i].min == 0 ? weight_of(inventory, setting, i) : 0;
    }
    return p;
}

/* Returns the guarantee of a nic's VM on its uplink: the sum over all of its nics there, because it
 * is not known through which of them the VM currently sends. */
static daqs_bps vm_guarantee(const struct daqs_inventory *inventory,
                             const struct daqs_nic_setting *setting, uint32_t nic)
{
    daqs_bps sum = 0;
    for (uint32_t i = 0; i < inventory->nics; i++)
        if (inventory->nic[i].vm == inventory->nic[nic].vm &&
            inventory->nic[i].uplink == inventory->nic[nic].uplink)
            sum += wire_guarantee(setting[i].min, inventory->nic[i].mtu);
    return sum;
}

/* Returns the limit of a nic before its ceiling is applied. 'min' is the guarantee of the nic's VM
 * on the wire, 'weight' is that of the nic. */
static daqs_bps split_limit(const struct uplink_sums *p, daqs_bps min, uint64_t weight)
{
    if (p->reserved == min) /* no VM has a guarantee, or only this one */
        return DAQS_UNLIMITED;
    if (min == 0) {
        daqs_bps left = p->budget > p->reserved ? p->budget - p->reserved : 0;
        /* 'others' includes this nic's weight. NOLINTNEXTLINE(clang-analyzer-core.DivideZero) */
        __extension__ unsigned __int128 share = (unsigned __int128)left * weight / p->others;
        return share < LEAST_SHARE ? LEAST_SHARE : (daqs_bps)share;
    }
    if (p->others > 0 && p->reserved <= p->budget)
        return min;
    __extension__ unsigned __int128 part = (unsigned __int128)p->budget * min / p->reserved;
    return (daqs_bps)part;
}

void fallback_split(const struct daqs_inventory *inventory, uint32_t uplink, enum policy_mode mode,
                    uint32_t headroom_ppm, struct daqs_nic_setting *setting)
{
    const struct uplink_sums p = sum_guarantees(inventory, uplink, headroom_ppm, setting);
    bool kept = mode == POLICY_MODE_MINIMUM && inventory->uplink[uplink].capacity > 0;
    for (uint32_t i = 0; i < inventory->nics; i++) {
        if (inventory->nic[i].uplink != uplink)
            continue;
        daqs_bps min = setting[i].min ? vm_guarantee(inventory, setting, i) : 0;
        uint64_t weight = kept && min == 0 ? weight_of(inventory, setting, i) : 0;
        daqs_bps part = kept ? split_limit(&p, min, weight) : DAQS_UNLIMITED;
        daqs_bps max = wire_guarantee(setting[i].max, inventory->nic[i].mtu);
        setting[i].limit = mode == POLICY_MODE_OFF ? DAQS_UNLIMITED : daqs_lower(part, max);
    }
}
