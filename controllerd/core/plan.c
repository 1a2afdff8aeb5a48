#include "controllerd/core/plan.h"

#include <stdlib.h>

#include "shared/base/cleanup.h"

/* Whether the limit that is decided will be in force. A nic whose guest does not answer keeps what
 * it has, which is enough if that is a limit. */
static bool controllable(const struct fleet_nic *nic)
{
    if (nic->state == DAQS_NIC_UNRESPONSIVE)
        return nic->applied != DAQS_UNLIMITED;
    return nic->state != DAQS_NIC_UNMANAGED;
}

enum {
    LOOSE_DECISIONS = 10,
    CALM_MS = 5000,
    BEGINNING_MS = 10000, /* for a restarted agent to find the nics of guests that are slow */
};

/* Less than 1/256 of a difference is not worth a change in the guest; headroom makes up for it. A
 * little more room is worth it if it lasts; less always is, because somebody's guarantee may hang
 * on it, and so is more for a guarantee: 'due' is the nic's part of its VM's, 0 for best effort. */
static bool worth_changing(struct fleet_nic *nic, daqs_bps fresh, daqs_bps due)
{
    daqs_bps old = nic->limit;
    if (old == DAQS_UNLIMITED || fresh == DAQS_UNLIMITED)
        return old != fresh;
    if (old < due && fresh > old + old / 256)
        return true;
    if (fresh <= old + old / 256)
        nic->loose = 0;
    else if (nic->loose < LOOSE_DECISIONS)
        nic->loose++;
    return fresh < old - old / 256 || fresh > old + old / 32 || nic->loose == LOOSE_DECISIONS;
}

static void take_nic(struct fleet_host *host, struct fleet_nic *nic,
                     const struct policy_nic *decided)
{
    daqs_bps min = host->vm[nic->vm].sla.min;
    uint32_t parts = host->member[nic->member].nics;
    nic->fresh = false;
    nic->reason = decided->reason;
    nic->demand = decided->demand;
    if (!worth_changing(nic, decided->limit, daqs_rate_on_wire(min) / parts))
        return;
    nic->loose = 0;
    nic->limit = decided->limit;
    host->push_due = host->limits_due = true;
}

static void take_member(struct fleet_member *member, const struct policy_vm *decided,
                        int64_t now_ms)
{
    if (member->reason != decided->reason)
        member->since_ms = now_ms;
    member->reason = decided->reason;
    member->demand = decided->demand;
    member->share = decided->share;
    member->tried = decided->tried;
    if (decided->fresh && decided->min > 0)
        attainment_note(&member->attainment, daqs_rate_counted(decided->usage), decided->min,
                        decided->demand.state == DEMAND_HUNGRY);
}

struct scratch {
    struct policy_vm *vm;
    struct policy_nic *nic;
};

/* Members of an uplink follow each other; 'first' is the first of this one. */
static uint32_t gather_members(const struct fleet_host *host, uint32_t first,
                               struct policy_uplink *u, uint32_t uplink)
{
    uint32_t m = first;
    for (; m < host->members && host->member[m].uplink == uplink; m++) {
        const struct fleet_member *member = &host->member[m];
        const struct sla *sla = &host->vm[member->vm].sla;
        u->vm[u->vms++] = (struct policy_vm){.min = sla->min,
                                             .max = sla->max,
                                             .weight = sla->weight,
                                             .demand = member->demand,
                                             .share = member->share,
                                             .tried = member->tried};
    }
    return m;
}

/* Best effort that is not heard of for long counts as idle, for others would have to leave room for
 * what may be nothing. A guarantee then counts as in use: the guest agent may be hung and the rest
 * of the guest not. */
static void gather_nics(const struct fleet_host *host, uint32_t first, struct policy_uplink *u,
                        uint32_t uplink, int64_t now_ms)
{
    for (uint32_t i = 0; i < host->nics; i++) {
        const struct fleet_nic *nic = &host->nic[i];
        bool silent = nic->sampled && !fleet_usage_known(host, nic, now_ms);
        bool lost = silent && host->vm[nic->vm].sla.min == 0;
        if (nic->uplink == uplink)
            u->nic[u->nics++] = (struct policy_nic){.vm = nic->member - first,
                                                    .controllable = controllable(nic),
                                                    .fresh = nic->fresh || lost,
                                                    .silent = silent,
                                                    .usage = lost ? 0 : nic->usage,
                                                    .limit = nic->limit};
    }
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
    }
    for (uint32_t i = 0; i < u->nics; i++)
        total += u->nic[i].usage;
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
    struct policy_uplink u = {.mode = here->mode,
                              .capacity = here->capacity,
                              .headroom_ppm = headroom_ppm,
                              .now_ms = now_ms,
                              .learned = here->learned,
                              .contended = here->contended,
                              .vm = scratch->vm,
                              .nic = scratch->nic};
    uint32_t from = *first;
    *first = gather_members(host, from, &u, uplink);
    gather_nics(host, from, &u, uplink, now_ms);
    if (u.nics == 0)
        return true;
    if (!policy_decide(&u))
        return false;
    if (at_stake(&u))
        host->busy_ms = now_ms;
    here->learned = u.learned;
    here->contended = u.contended;
    for (uint32_t v = 0; v < u.vms; v++)
        take_member(&host->member[from + v], &u.vm[v], now_ms);
    uint32_t next = 0;
    for (uint32_t i = 0; i < host->nics; i++)
        if (host->nic[i].uplink == uplink)
            take_nic(host, &host->nic[i], &u.nic[next++]);
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
    struct policy_nic *nic DAQS_AUTO_FREE = calloc(host->nics + 1U, sizeof *nic);
    const struct scratch scratch = {vm, nic};
    bool done = vm && nic;
    uint32_t first = 0;
    for (uint32_t uplink = 0; done && uplink < host->uplinks; uplink++)
        done = decide_uplink(host, uplink, &first, &scratch, headroom_ppm, now_ms);
    set_pace(host, now_ms);
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
