/* SPDX-License-Identifier: Apache-2.0 */
#include "agentd/readings.h"

#include "agentd/host/nic_limit.h"

static void take_nic(const struct readings *r, struct guest *guest, struct guest_nic *nic,
                     struct daqs_nic_reading *ret, int64_t now_ms)
{
    nic_limit_choose(r->pfs, nic, now_ms);
    *ret = nic_limit_reading(r->pfs, nic, r->pace->interval_ms, now_ms);
    guest_nic_reported(nic, &ret->sample, now_ms);
    socket_checks_note(r->checks, guest, nic, &ret->sample);
    ret->backlog = (uint8_t)unsent_backlog(&nic->unsent, now_ms);
    nic_limit_reported(nic, ret, r->pace->interval_ms);
}

void readings_take_nics(const struct readings *r, struct daqs_nic_reading *ret, int64_t now_ms)
{
    for (size_t i = 0; i < r->guests->count; i++) {
        struct guest *guest = r->guests->guest[i];
        for (size_t k = 0; k < guest->nics; k++)
            if (inventory_lists(r->inventory, &guest->nic[k]))
                take_nic(r, guest, &guest->nic[k], &ret[guest->nic[k].index], now_ms);
    }
    host_pfs_reported(r->pfs, r->pace->interval_ms);
}

uint32_t readings_take_uplinks(const struct readings *r, const struct daqs_nic_reading *nic,
                               int64_t now_ms,
                               struct daqs_uplink_reading ret[static DAQS_MAX_UPLINKS])
{
    return host_traffic_report(r->traffic, nic, now_ms, ret);
}

struct daqs_nic_applied readings_applied(const struct readings *r, const struct guest_nic *nic,
                                         int64_t now_ms)
{
    const struct daqs_nic_reading reading =
        nic_limit_reading(r->pfs, nic, r->pace->interval_ms, now_ms);
    return (struct daqs_nic_applied){nic->index, nic_limit_in_force(r->pfs, nic), reading.state,
                                     reading.cause};
}
