/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/core/policy/plan.h"

#include <stdlib.h>

#include "controllerd/core/fleet/host_table.h"
#include "shared/base/cleanup.h"
#include "shared/policy/memory.h"
#include "shared/policy/uplink_nics.h"
#include "shared/policy/wire_bytes.h"

enum {
    CALM_MS = 5000,
    BEGINNING_MS = 10000, /* time for a restarted agent to find the nics of slow guests */
};

/* What is kept of a host. Times are monotonic. */
struct planned {
    int64_t decided_ms; /* last decision; 0: none */
    int64_t busy_ms;    /* when something was last at stake */
    int64_t pushed_ms;
    bool slow;                 /* the agent is to report at poll_most_ms */
    bool due;                  /* something changed since the last push */
    bool limits_due;           /* a limit changed since the last push */
    uint64_t sequence;         /* of the last push */
    uint64_t awaited_sequence; /* of the last push that changed a limit */
};

struct plan {
    struct host_table *hosts; /* struct planned */
    /* The highest sequence of the hosts that were forgotten: the agent of one that comes back obeys
     * no limits with a lower one. */
    uint64_t forgotten_sequence;
};

struct plan *plan_new(void)
{
    struct plan *plan = calloc(1, sizeof *plan);
    struct host_table *hosts = host_table_new(sizeof(struct planned), NULL);
    if (!plan || !hosts) {
        free(plan);
        host_table_free(hosts);
        return NULL;
    }
    plan->hosts = hosts;
    return plan;
}

void plan_free(struct plan *plan)
{
    if (!plan)
        return;
    host_table_free(plan->hosts);
    free(plan);
}

bool plan_set_due(struct plan *plan, const struct fleet_host *host)
{
    struct planned *planned = host_table_need(plan->hosts, host);
    if (!planned)
        return false;
    planned->due = true;
    if (planned->sequence < plan->forgotten_sequence)
        planned->sequence = plan->forgotten_sequence;
    return true;
}

void plan_forget(struct plan *plan, const struct fleet_host *host)
{
    const struct planned *planned = host_table_find(plan->hosts, host);
    if (planned && planned->sequence > plan->forgotten_sequence)
        plan->forgotten_sequence = planned->sequence;
    host_table_remove(plan->hosts, host);
}

bool plan_due(const struct plan *plan, const struct fleet_host *host)
{
    const struct planned *planned = host_table_find(plan->hosts, host);
    return planned && planned->due;
}

bool plan_renewal_due(const struct plan *plan, const struct fleet_host *host, int64_t every_ms,
                      int64_t now_ms)
{
    const struct planned *planned = host_table_find(plan->hosts, host);
    return planned && now_ms - planned->pushed_ms >= every_ms;
}

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

static void take_nic(struct planned *planned, struct fleet_nic *nic, const struct policy_vm *vm,
                     const struct policy_nic *decided)
{
    nic->fresh = false;
    nic->reason = (uint8_t)(decided->reachable ? vm->reason : POLICY_OUT_OF_REACH);
    nic->demand = demand_of(nic, vm);
    if (nic->limit == decided->limit)
        return;
    nic->limit = decided->limit;
    planned->due = planned->limits_due = true;
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
static void set_pace(const struct fleet_host *host, struct planned *planned, int64_t now_ms)
{
    int64_t busy_ms = planned->busy_ms > host->begun_ms ? planned->busy_ms : host->begun_ms;
    bool slow = host->poll_most_ms > host->poll_ms && now_ms - busy_ms >= CALM_MS;
    planned->due |= slow != planned->slow;
    planned->slow = slow;
}

static uint32_t poll_ms_of(const struct fleet_host *host, const struct planned *planned)
{
    return planned && planned->slow ? host->poll_most_ms : host->poll_ms;
}

uint32_t plan_poll_ms(const struct plan *plan, const struct fleet_host *host)
{
    return poll_ms_of(host, host_table_find(plan->hosts, host));
}

static bool decide_uplink(struct fleet_host *host, struct planned *planned, uint32_t uplink,
                          uint32_t *first, const struct scratch *scratch, uint32_t headroom_ppm,
                          int64_t now_ms)
{
    struct fleet_uplink *here = &host->uplink[uplink];
    int64_t patience_ms = fleet_patience_ms(host);
    uint32_t poll_ms = poll_ms_of(host, planned);
    int64_t span_ms = planned->decided_ms ? now_ms - planned->decided_ms : poll_ms;
    struct policy_uplink u = {.mode = here->mode,
                              .capacity = here->capacity,
                              .headroom_ppm = headroom_ppm,
                              .report_ms = poll_ms,
                              .span_ms = span_ms < UINT32_MAX ? (uint32_t)span_ms : UINT32_MAX,
                              .own_known = uplink_load_own(&here->load, now_ms, patience_ms),
                              .port_known = uplink_load_port(&here->load, now_ms, patience_ms),
                              .own = here->load.own,
                              .port = here->load.port,
                              .vf_least = here->load.vf_least,
                              .vf_step = here->load.vf_step,
                              .link_down = here->load.link_down,
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
        planned->busy_ms = now_ms;
    here->memory = u.memory;
    for (uint32_t v = 0; v < u.vms; v++)
        take_member(&host->member[from + v], &u.vm[v], now_ms);
    const struct policy_nic *decided = scratch->nic;
    for (uint32_t i = 0; i < host->nics; i++)
        if (host->nic[i].uplink == uplink) {
            take_nic(planned, &host->nic[i], &u.vm[decided->vm], decided);
            decided++;
        }
    return true;
}

/* Returns true if the last report was taken under limits older than the ones pushed: it does not
 * show their effect. */
static bool outdated(const struct fleet_host *host, const struct planned *planned, int64_t now_ms)
{
    return host->limits_sequence < planned->awaited_sequence &&
           now_ms - planned->pushed_ms < 2 * (int64_t)host->poll_ms;
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

bool plan_decide(struct plan *plan, struct fleet_host *host, uint32_t headroom_ppm, int64_t now_ms)
{
    struct planned *planned = host_table_find(plan->hosts, host);
    if (!planned || host->reported_ms == 0 || outdated(host, planned, now_ms) ||
        incomplete(host, now_ms))
        return false;
    struct policy_vm *vm DAQS_AUTO_FREE = malloc((host->members + 1U) * sizeof *vm);
    struct policy_nic *nic DAQS_AUTO_FREE = malloc((host->nics + 1U) * sizeof *nic);
    const struct scratch scratch = {vm, nic};
    bool done = vm && nic;
    uint32_t first = 0;
    for (uint32_t uplink = 0; done && uplink < host->uplinks; uplink++)
        done = decide_uplink(host, planned, uplink, &first, &scratch, headroom_ppm, now_ms);
    set_pace(host, planned, now_ms);
    planned->decided_ms = now_ms;
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

uint64_t plan_next_sequence(struct plan *plan, const struct fleet_host *host)
{
    struct planned *planned = host_table_find(plan->hosts, host);
    return planned ? ++planned->sequence : 0;
}

void plan_pushed(struct plan *plan, const struct fleet_host *host, int64_t now_ms)
{
    struct planned *planned = host_table_find(plan->hosts, host);
    if (!planned)
        return;
    if (planned->limits_due)
        planned->awaited_sequence = planned->sequence;
    planned->due = planned->limits_due = false;
    planned->pushed_ms = now_ms;
}
