/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/core/policy/plan.h"

#include <stdlib.h>

#include "shared/base/cleanup.h"
#include "shared/policy/memory.h"
#include "shared/policy/uplink_nics.h"
#include "shared/policy/wire_bytes.h"

enum {
    CALM_MS = 5000,
    BEGINNING_MS = 10000, /* time for a restarted agent to find the nics of slow guests */
};

/* Memory for a decision: the VMs of an uplink, and its nics. */
struct scratch {
    struct policy_vm *vm;
    struct policy_nic *nic;
};

/* Returns a nic's part of its VM's demand, on the wire. DAQS_UNLIMITED: unknown. */
static daqs_bps demand_of(const struct fleet_nic *nic, const struct policy_vm *vm)
{
    if (vm->nics == 1 || vm->wants == DAQS_UNLIMITED)
        return vm->wants;
    double part = vm->usage ? lower_of(1, (double)nic->wire / (double)vm->usage) : 1.0 / vm->nics;
    return (daqs_bps)((double)vm->wants * part);
}

static void take_member(struct fleet_member *member, const struct policy_vm *decided,
                        int64_t now_ms)
{
    if (member->reason != decided->reason)
        member->since_ms = now_ms;
    member->reason = decided->reason;
    member->wants = decided->wants;
}

/* Members of an uplink are adjacent; 'first' is the first one of this uplink. Returns the index
 * after the last one. */
static uint32_t gather_members(struct fleet_host *host, uint32_t first, struct policy_uplink *u,
                               uint32_t uplink)
{
    uint32_t m = first;
    for (; m < host->members && host->member[m].uplink == uplink; m++) {
        struct fleet_member *member = &host->member[m];
        const struct sla *sla = &host->vm[member->vm].sla;
        u->vm[u->vms++] = (struct policy_vm){.min = wire_guarantee(sla->min, member->mtu),
                                             .max = wire_guarantee(sla->max, member->mtu),
                                             .weight = sla->weight,
                                             .memory = &member->memory};
    }
    return m;
}

static bool reachable(const struct fleet_nic *nic)
{
    return policy_nic_reachable(nic->state, nic->cause, nic->applied);
}

/* Numbers members from 'first', the first one of the uplink. Returns the number of nics. */
static uint32_t gather_nics(const struct fleet_host *host, uint32_t uplink, uint32_t first,
                            struct policy_nic *ret, int64_t now_ms)
{
    uint32_t nics = 0;
    for (uint32_t i = 0; i < host->nics; i++) {
        const struct fleet_nic *nic = &host->nic[i];
        if (nic->uplink == uplink)
            ret[nics++] = (struct policy_nic){.vm = nic->member - first,
                                              .known = fleet_usage_kept(host, nic, now_ms),
                                              .uncounted = policy_nic_uncounted(nic->cause),
                                              .fresh = nic->fresh,
                                              .reachable = reachable(nic),
                                              .backlog = nic->backlog == DAQS_BACKLOG_SOME,
                                              .by_host = policy_nic_by_host(nic->cause),
                                              .span_ms = nic->span_us / 1000,
                                              .usage = nic->wire,
                                              .limit = nic->limit};
    }
    return nics;
}

static void take_nic(struct fleet_host *host, struct fleet_nic *nic, const struct policy_vm *vm,
                     const struct policy_nic *decided)
{
    nic->fresh = false;
    nic->reason = (uint8_t)(decided->reachable ? vm->reason : POLICY_OUT_OF_REACH);
    nic->demand = demand_of(nic, vm);
    if (nic->limit == decided->limit)
        return;
    nic->limit = decided->limit;
    host->push_due = host->limits_due = true;
}

/* Returns true if a VM is limited, or a guarantee may soon require it: a quarter of an uplink that
 * has guarantees is in use. */
static bool at_stake(const struct policy_uplink *u)
{
    daqs_bps total = 0;
    bool guaranteed = u->mode == POLICY_MODE_FAIR || u->mode == POLICY_MODE_WEIGHTED;
    for (uint32_t v = 0; v < u->vms; v++) {
        if (policy_reason_at_stake(u->vm[v].reason))
            return true;
        guaranteed |= u->mode == POLICY_MODE_MINIMUM && u->vm[v].min > 0;
        total += u->vm[v].usage;
    }
    return guaranteed && u->capacity > 0 && total >= u->capacity / 4;
}

/* Switches to fast polling at once, and to slow polling after CALM_MS. */
static void set_pace(struct fleet_host *host, int64_t now_ms)
{
    bool slow = host->poll_most_ms > host->poll_ms && now_ms - host->busy_ms >= CALM_MS;
    host->push_due |= slow != host->slow;
    host->slow = slow;
}

uint32_t plan_poll_ms(const struct fleet_host *host)
{
    return host->slow ? host->poll_most_ms : host->poll_ms;
}

static bool decide_uplink(struct fleet_host *host, uint32_t uplink, uint32_t *first,
                          const struct scratch *scratch, uint32_t headroom_ppm, int64_t now_ms)
{
    struct fleet_uplink *here = &host->uplink[uplink];
    int64_t patience_ms = fleet_patience_ms(host);
    int64_t span_ms = host->decided_ms ? now_ms - host->decided_ms : plan_poll_ms(host);
    struct policy_uplink u = {.mode = here->mode,
                              .capacity = here->capacity,
                              .headroom_ppm = headroom_ppm,
                              .report_ms = plan_poll_ms(host),
                              .span_ms = span_ms < UINT32_MAX ? (uint32_t)span_ms : UINT32_MAX,
                              .own_known = uplink_load_own(&here->load, now_ms, patience_ms),
                              .port_known = uplink_load_port(&here->load, now_ms, patience_ms),
                              .own = here->load.own,
                              .port = here->load.port,
                              .vf_least = here->load.vf_least,
                              .vf_step = here->load.vf_step,
                              .memory = here->memory,
                              .vm = scratch->vm};
    uint32_t from = *first;
    *first = gather_members(host, from, &u, uplink);
    if (u.vms == 0)
        return true;
    uint32_t nics = gather_nics(host, uplink, from, scratch->nic, now_ms);
    if (!policy_decide_nics(&u, scratch->nic, nics))
        return false;
    if (at_stake(&u))
        host->busy_ms = now_ms;
    here->memory = u.memory;
    for (uint32_t v = 0; v < u.vms; v++)
        take_member(&host->member[from + v], &u.vm[v], now_ms);
    const struct policy_nic *decided = scratch->nic;
    for (uint32_t i = 0; i < host->nics; i++)
        if (host->nic[i].uplink == uplink) {
            take_nic(host, &host->nic[i], &u.vm[decided->vm], decided);
            decided++;
        }
    return true;
}

/* Returns true if the last report was taken under limits older than the ones pushed: it does not
 * show their effect. */
static bool outdated(const struct fleet_host *host, int64_t now_ms)
{
    return host->limits_sequence < host->awaited_sequence &&
           now_ms - host->pushed_ms < 2 * (int64_t)host->poll_ms;
}

/* Returns true if the agent has just started and does not know yet where a guaranteed VM's nics
 * are. */
static bool incomplete(const struct fleet_host *host, int64_t now_ms)
{
    if (now_ms - host->begun_ms >= BEGINNING_MS)
        return false;
    for (uint32_t v = 0; v < host->vms; v++)
        if (host->vm[v].sla.min > 0 && host->vm[v].nics == 0)
            return true;
    return false;
}

bool plan_decide(struct fleet_host *host, uint32_t headroom_ppm, int64_t now_ms)
{
    if (host->reported_ms == 0 || outdated(host, now_ms) || incomplete(host, now_ms))
        return false;
    struct policy_vm *vm DAQS_AUTO_FREE = malloc((host->members + 1U) * sizeof *vm);
    struct policy_nic *nic DAQS_AUTO_FREE = malloc((host->nics + 1U) * sizeof *nic);
    const struct scratch scratch = {vm, nic};
    bool done = vm && nic;
    uint32_t first = 0;
    for (uint32_t uplink = 0; done && uplink < host->uplinks; uplink++)
        done = decide_uplink(host, uplink, &first, &scratch, headroom_ppm, now_ms);
    set_pace(host, now_ms);
    host->decided_ms = now_ms;
    return done;
}

void plan_settings(const struct fleet_host *host, struct daqs_nic_setting *ret)
{
    for (uint32_t i = 0; i < host->nics; i++) {
        const struct fleet_nic *nic = &host->nic[i];
        const struct sla *sla = &host->vm[nic->vm].sla;
        bool shared = sla->min > 0 || sla->max != DAQS_UNLIMITED; /* most VMs have neither */
        uint32_t parts = shared ? host->member[nic->member].nics : 1;
        ret[i] = (struct daqs_nic_setting){.limit = nic->limit,
                                           .min = sla->min / parts,
                                           .max = sla->max == DAQS_UNLIMITED ? DAQS_UNLIMITED
                                                                             : sla->max / parts,
                                           .weight = sla->weight};
    }
}

void plan_modes(const struct fleet_host *host, struct daqs_uplink_setting *ret)
{
    for (uint32_t u = 0; u < host->uplinks; u++)
        ret[u].mode = (uint8_t)host->uplink[u].mode;
}

void plan_pushed(struct fleet_host *host, int64_t now_ms)
{
    if (host->limits_due)
        host->awaited_sequence = host->push_sequence;
    host->push_due = host->limits_due = false;
    host->pushed_ms = now_ms;
}
