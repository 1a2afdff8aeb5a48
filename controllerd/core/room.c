#include "controllerd/core/room.h"

#include <string.h>

#include "shared/policy/policy.h"
#include "shared/policy/wire_bytes.h"

/* What the ledger promises to VMs of this host that are not in its inventory. */
static daqs_bps promised_to_absent(const struct fleet_host *host, const struct ledger *ledger)
{
    daqs_bps all = ledger_promised(ledger, host->name);
    daqs_bps here = 0;
    for (uint32_t v = 0; v < host->vms; v++)
        here += host->vm[v].sla.min;
    return all > here ? all - here : 0; /* an agent may name a VM twice */
}

static bool has_member(const struct fleet_host *host, uint32_t vm, uint32_t uplink)
{
    for (uint32_t m = 0; m < host->members; m++)
        if (host->member[m].vm == vm && host->member[m].uplink == uplink)
            return true;
    return false;
}

bool room_on_uplink(const struct fleet_host *host, const struct ledger *ledger, uint32_t uplink,
                    uint32_t headroom_ppm, struct sla_room *ret)
{
    const struct policy_uplink u = {.capacity = host->uplink[uplink].capacity,
                                    .headroom_ppm = headroom_ppm};
    if (u.capacity == 0) /* nobody knows what fits */
        return false;
    *ret = (struct sla_room){.uplink = host->uplink[uplink].name,
                             .capacity = wire_counted(u.capacity, 0),
                             .budget = wire_counted(policy_budget(&u), 0),
                             .promised = promised_to_absent(host, ledger)};
    for (uint32_t m = 0; m < host->members; m++)
        if (host->member[m].uplink == uplink)
            ret->promised += host->vm[host->member[m].vm].sla.min;
    return true;
}

size_t rooms_for_vm(const struct fleet_host *host, const struct ledger *ledger, const char *vm,
                    uint32_t headroom_ppm, struct sla_room *ret, size_t most)
{
    uint32_t self = fleet_find_vm(host, vm);
    daqs_bps own =
        self < host->vms ? host->vm[self].sla.min : ledger_sla(ledger, host->name, vm).min;
    size_t rooms = 0;
    for (uint32_t uplink = 0; uplink < host->uplinks && rooms < most; uplink++) {
        if (self < host->vms && !has_member(host, self, uplink))
            continue;
        if (!room_on_uplink(host, ledger, uplink, headroom_ppm, &ret[rooms]))
            continue;
        ret[rooms].promised -= daqs_lower(own, ret[rooms].promised);
        rooms++;
    }
    return rooms;
}
