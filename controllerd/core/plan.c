#include "controllerd/core/plan.h"

#include <math.h>
#include <stdlib.h>

#include "shared/base/cleanup.h"
#include "shared/policy/memory.h"
#include "shared/policy/nic_split.h"
#include "shared/policy/wire_bytes.h"

/* Whether the limit that is decided will be in force. A nic whose guest does not answer keeps what
 * it has, which is enough if that is a limit. */
static bool controllable(const struct fleet_nic *nic)
{
    if (nic->state == DAQS_NIC_UNRESPONSIVE)
        return nic->applied != DAQS_UNLIMITED;
    return nic->state != DAQS_NIC_UNMANAGED;
}

enum {
    CALM_MS = 5000,
    BEGINNING_MS = 10000, /* for a restarted agent to find the nics of guests that are slow */
};

/* Room for a decision: VMs of an uplink, and its nics grouped by VM. */
struct scratch {
    struct policy_vm *vm;
    struct nic_split *nic;
    uint32_t *end; /* of each VM's group */
};

static void take_limit(struct fleet_host *host, struct fleet_nic *nic, daqs_bps limit)
{
    const struct fleet_member *member = &host->member[nic->member];
    bool sets_free = nic->limit < member->due / member->nics && limit > nic->limit;
    bool ordered = member->reason == POLICY_CEILING; /* by an operator, who expects to see it */
    if (!policy_worth_pushing(nic->limit, limit, nic->wire, sets_free || ordered))
        return;
    nic->limit = limit;
    host->push_due = host->limits_due = true;
}

/* What the policy takes a nic to want, as its guest counts: its part of what its VM wants, whose
 * nics send 'usage'. DAQS_UNLIMITED: not known. */
static daqs_bps demand_of(const struct fleet_member *member, const struct fleet_nic *nic,
                          daqs_bps usage)
{
    const struct policy_memory *m = &member->memory;
    double wants = m->wants > m->reserve ? m->wants : m->reserve;
    double part = usage ? fmin(1, (double)nic->wire / (double)usage) : 1.0 / member->nics;
    if (!m->heard || wants > (double)DAQS_BPS_MAX)
        return DAQS_UNLIMITED;
    return wire_counted((daqs_bps)(wants * part), nic->mtu);
}

static void take_member(struct fleet_member *member, const struct policy_vm *decided,
                        int64_t now_ms)
{
    if (member->reason != decided->reason)
        member->since_ms = now_ms;
    member->reason = decided->reason;
    member->memory = decided->memory;
    member->due = decided->due;
}

/* Members of an uplink follow each other; 'first' is the first of this one. */
static uint32_t gather_members(const struct fleet_host *host, uint32_t first,
                               struct policy_uplink *u, uint32_t uplink)
{
    uint32_t m = first;
    for (; m < host->members && host->member[m].uplink == uplink; m++) {
        const struct fleet_member *member = &host->member[m];
        const struct sla *sla = &host->vm[member->vm].sla;
        u->vm[u->vms++] = (struct policy_vm){.min = wire_guarantee(sla->min, member->mtu),
                                             .max = sla->max,
                                             .weight = sla->weight,
                                             .memory = member->memory,
                                             .lost = true};
    }
    return m;
}

/* A VM is heard if one of its nics is, and its usage is fresh if one of them is: the others' is
 * what it was. It is lost if none has been heard for long. */
static void gather_nic(const struct fleet_host *host, const struct fleet_nic *nic,
                       struct policy_vm *vm, int64_t now_ms)
{
    bool known = nic->sampled && fleet_usage_known(host, nic, now_ms);
    uint32_t span_ms = nic->span_us < UINT32_MAX ? (uint32_t)(nic->span_us / 1000) : UINT32_MAX;
    vm->lost &= !known;
    vm->usage += known ? nic->wire : 0;
    vm->fresh |= nic->fresh;
    vm->span_ms = nic->fresh && span_ms > vm->span_ms ? span_ms : vm->span_ms;
    vm->reachable |= controllable(nic);
    if (nic->limit == DAQS_UNLIMITED || vm->limit == DAQS_UNLIMITED)
        vm->limit = DAQS_UNLIMITED;
    else
        vm->limit += nic->limit;
}

/* The first nic of the group of member number 'm' of the uplink. */
static struct nic_split *group_of(const struct fleet_host *host, uint32_t first, uint32_t m,
                                  const struct scratch *scratch)
{
    return &scratch->nic[scratch->end[m] - host->member[first + m].nics];
}

/* What each nic may send of what its VM may. */
static void split_limits(const struct fleet_host *host, uint32_t first,
                         const struct policy_uplink *u, const struct scratch *scratch)
{
    uint32_t begin = 0;
    for (uint32_t m = 0; m < u->vms; m++) {
        scratch->end[m] = begin;
        begin += host->member[first + m].nics;
    }
    for (uint32_t i = 0; i < host->nics; i++) {
        uint32_t m = host->nic[i].member - first;
        if (host->nic[i].member >= first && m < u->vms)
            scratch->nic[scratch->end[m]++] = (struct nic_split){.usage = host->nic[i].wire};
    }
    for (uint32_t m = 0; m < u->vms; m++)
        nic_split(group_of(host, first, m, scratch), host->member[first + m].nics, u->vm[m].limit,
                  u->vm[m].due > 0, u->capacity / 2000);
    for (uint32_t m = 0; m < u->vms; m++) /* to be taken from the group's first on */
        scratch->end[m] -= host->member[first + m].nics;
}

/* 'usage' is all that its VM's nics on the uplink send. */
static void take_nic(struct fleet_host *host, struct fleet_nic *nic, const struct policy_vm *vm,
                     daqs_bps limit, daqs_bps usage)
{
    bool reachable = controllable(nic);
    nic->fresh = false;
    nic->reason = reachable ? vm->reason : POLICY_OUT_OF_REACH;
    nic->demand = demand_of(&host->member[nic->member], nic, usage);
    take_limit(host, nic, reachable ? limit : DAQS_UNLIMITED);
}

/* Something is held, or a guarantee may soon have to be: a quarter of a link is in use that has
 * one. */
static bool at_stake(const struct policy_uplink *u)
{
    daqs_bps total = 0;
    bool guaranteed = u->mode == POLICY_MODE_FAIR || u->mode == POLICY_MODE_WEIGHTED;
    for (uint32_t v = 0; v < u->vms; v++) {
        enum policy_reason reason = u->vm[v].reason;
        if (reason == POLICY_YIELDS || reason == POLICY_GUARANTEED || reason == POLICY_KEEPS_ROOM ||
            reason == POLICY_OVERSUBSCRIBED || reason == POLICY_FAIR_SHARE)
            return true;
        guaranteed |= u->mode == POLICY_MODE_MINIMUM && u->vm[v].min > 0;
        total += u->vm[v].usage;
    }
    return guaranteed && u->capacity > 0 && total >= u->capacity / 4;
}

/* Fast at once, slow after a while. */
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
                              .memory = here->memory,
                              .vm = scratch->vm};
    uint32_t from = *first;
    *first = gather_members(host, from, &u, uplink);
    for (uint32_t i = 0; i < host->nics; i++)
        if (host->nic[i].uplink == uplink)
            gather_nic(host, &host->nic[i], &u.vm[host->nic[i].member - from], now_ms);
    if (u.vms == 0)
        return true;
    if (!policy_decide(&u))
        return false;
    if (at_stake(&u))
        host->busy_ms = now_ms;
    here->memory = u.memory;
    for (uint32_t v = 0; v < u.vms; v++)
        take_member(&host->member[from + v], &u.vm[v], now_ms);
    split_limits(host, from, &u, scratch);
    for (uint32_t i = 0; i < host->nics; i++)
        if (host->nic[i].uplink == uplink) {
            uint32_t v = host->nic[i].member - from;
            take_nic(host, &host->nic[i], &u.vm[v], scratch->nic[scratch->end[v]++].limit,
                     u.vm[v].usage);
        }
    return true;
}

/* The last report is about limits older than those pushed: what it shows is not what they do. */
static bool outdated(const struct fleet_host *host, int64_t now_ms)
{
    return host->settled_sequence < host->awaited_sequence &&
           now_ms - host->pushed_ms < 2 * (int64_t)host->poll_ms;
}

/* The agent has just begun, and does not know yet where a guaranteed VM's nics are. */
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
    struct policy_vm *vm DAQS_AUTO_FREE = calloc(host->members + 1U, sizeof *vm);
    struct nic_split *nic DAQS_AUTO_FREE = calloc(host->nics + 1U, sizeof *nic);
    uint32_t *end DAQS_AUTO_FREE = calloc(host->members + 1U, sizeof *end);
    const struct scratch scratch = {vm, nic, end};
    bool done = vm && nic && end;
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
        uint32_t parts = host->member[nic->member].nics;
        ret[i] = (struct daqs_nic_setting){.limit = nic->limit,
                                           .min = sla->min / parts,
                                           .max = sla->max == DAQS_UNLIMITED ? DAQS_UNLIMITED
                                                                             : sla->max / parts,
                                           .weight = sla->weight};
    }
}

void plan_pushed(struct fleet_host *host, int64_t now_ms)
{
    if (host->limits_due)
        host->awaited_sequence = host->push_sequence;
    host->push_due = host->limits_due = false;
    host->pushed_ms = now_ms;
}
