/* SPDX-License-Identifier: Apache-2.0 */
#include "agentd/core/local_policy.h"

#include <stdlib.h>
#include <string.h>

#include "agentd/core/fallback.h"
#include "shared/base/cleanup.h"
#include "shared/policy/uplink_load.h"
#include "shared/policy/uplink_nics.h"
#include "shared/policy/water_fill.h"
#include "shared/policy/wire_bytes.h"

struct local_nic {
    uint32_t member;
    bool sampled; /* 'usage' was measured at sampled_ms */
    bool fresh;   /* and has not been used in a decision yet */
    bool reachable;
    bool uncounted; /* its guest responds, but its traffic is not counted */
    bool backlog;
    bool by_host;     /* its limit is set on its VF */
    uint8_t state;    /* enum daqs_nic_state */
    uint32_t span_ms; /* the interval over which 'usage' was averaged */
    int64_t sampled_ms;
    daqs_bps usage; /* on the wire */
};

/* A VM on an uplink: the values that its nics there share. */
struct local_member {
    uint32_t vm;
    uint32_t uplink;
    uint32_t mtu; /* lowest known MTU; 0: none is known */
    daqs_bps min; /* as guests count */
    daqs_bps max;
    uint32_t weight;
    struct policy_memory memory;
};

struct local_uplink {
    struct uplink_load load;
    struct policy_uplink_memory memory;
    bool fallen_back; /* and no reading has arrived since */
};

struct local_policy {
    int64_t decided_ms; /* 0: never */
    uint32_t nics;
    uint32_t members;
    uint32_t uplinks;
    struct local_nic *nic;       /* in inventory order */
    struct local_member *member; /* by uplink, then in the order of their first nics */
    struct local_uplink *uplink;
};

void local_policy_free(struct local_policy *policy)
{
    if (!policy)
        return;
    free(policy->nic);
    free(policy->member);
    free(policy->uplink);
    free(policy);
}

/* --- inventories --- */

/* Received settings are bounded for each nic, so the sums for a VM have to be bounded again. A new
 * nic has no settings yet and shares its VM's ceiling. */
static void add_sla(struct local_member *member, const struct daqs_nic_setting *setting)
{
    member->min = daqs_lower(member->min + setting->min, DAQS_BPS_MAX);
    if (setting->max != DAQS_UNLIMITED && member->max != DAQS_UNLIMITED)
        member->max = daqs_lower(member->max + setting->max, DAQS_BPS_MAX);
    else if (setting->max != DAQS_UNLIMITED)
        member->max = setting->max;
    if (setting->weight > member->weight)
        member->weight =
            setting->weight < WATER_FILL_WEIGHT_MAX ? setting->weight : WATER_FILL_WEIGHT_MAX;
}

static void make_members(struct local_policy *p, const struct daqs_inventory *inventory,
                         const struct daqs_nic_setting *setting, uint32_t *place)
{
    for (uint32_t u = 0; u < inventory->uplinks; u++) {
        memset(place, 0xff, inventory->vms * sizeof *place);
        for (uint32_t i = 0; i < inventory->nics; i++) {
            const struct daqs_nic_info *info = &inventory->nic[i];
            if (info->uplink != u)
                continue;
            if (place[info->vm] == UINT32_MAX) {
                place[info->vm] = p->members++;
                p->member[place[info->vm]] = (struct local_member){
                    .vm = info->vm, .uplink = u, .max = DAQS_UNLIMITED, .weight = 1};
            }
            struct local_member *member = &p->member[place[info->vm]];
            p->nic[i].member = place[info->vm];
            add_sla(member, &setting[i]);
            if (info->mtu && (member->mtu == 0 || info->mtu < member->mtu))
                member->mtu = info->mtu;
        }
    }
}

struct local_policy *local_policy_new(const struct daqs_inventory *inventory,
                                      const struct daqs_nic_setting *setting)
{
    uint32_t *place DAQS_AUTO_FREE = calloc(inventory->vms + 1U, sizeof *place);
    struct local_policy *p = calloc(1, sizeof *p);
    if (!p)
        return NULL;
    p->nics = inventory->nics;
    p->uplinks = inventory->uplinks;
    p->nic = calloc(inventory->nics + 1U, sizeof *p->nic);
    p->member = calloc(inventory->nics + 1U, sizeof *p->member);
    p->uplink = calloc(inventory->uplinks + 1U, sizeof *p->uplink);
    if (!place || !p->nic || !p->member || !p->uplink) {
        local_policy_free(p);
        return NULL;
    }
    make_members(p, inventory, setting, place);
    return p;
}

static bool same_nic(const struct daqs_inventory *a, uint32_t i, const struct daqs_inventory *b,
                     uint32_t k)
{
    const struct daqs_nic_info *x = &a->nic[i];
    const struct daqs_nic_info *y = &b->nic[k];
    return x->uplink == y->uplink && daqs_mac_equal(&x->mac, &y->mac) &&
           strcmp(a->vm[x->vm].name, b->vm[y->vm].name) == 0;
}

/* Nics that stay mostly keep their order, so each search continues where the previous one ended. */
static void carry_nics(struct local_policy *p, const struct daqs_inventory *inventory,
                       const struct local_policy *before, const struct daqs_inventory *old)
{
    uint32_t at = 0;
    for (uint32_t i = 0; i < p->nics; i++) {
        uint32_t n = 0;
        while (n < before->nics && !same_nic(inventory, i, old, (at + n) % before->nics))
            n++;
        if (n == before->nics)
            continue;
        at = (at + n) % before->nics;
        uint32_t member = p->nic[i].member;
        p->nic[i] = before->nic[at];
        p->nic[i].member = member;
        at++;
    }
}

static daqs_bps higher_ceiling(daqs_bps now, daqs_bps before)
{
    return now == DAQS_UNLIMITED || before == DAQS_UNLIMITED ? daqs_lower(now, before)
                                                             : daqs_higher(now, before);
}

static void carry_member(struct local_member *member, const struct local_member *before)
{
    member->memory = before->memory;
    member->min = daqs_higher(member->min, before->min);
    member->max = higher_ceiling(member->max, before->max);
    member->weight = member->weight > before->weight ? member->weight : before->weight;
}

static void carry_members(struct local_policy *p, const struct daqs_inventory *inventory,
                          const struct local_policy *before, const struct daqs_inventory *old)
{
    uint32_t at = 0;
    for (uint32_t m = 0; m < p->members; m++) {
        struct local_member *member = &p->member[m];
        const char *name = inventory->vm[member->vm].name;
        for (uint32_t n = 0; n < before->members; n++) {
            uint32_t k = (at + n) % before->members;
            const struct local_member *same = &before->member[k];
            if (same->uplink != member->uplink || strcmp(old->vm[same->vm].name, name) != 0)
                continue;
            carry_member(member, same);
            at = k + 1;
            break;
        }
    }
}

struct local_policy *local_policy_carry(struct local_policy *policy,
                                        const struct daqs_inventory *old,
                                        const struct daqs_inventory *fresh,
                                        const struct daqs_nic_setting *setting)
{
    struct local_policy *p = local_policy_new(fresh, setting);
    if (p) {
        p->decided_ms = policy->decided_ms;
        carry_nics(p, fresh, policy, old);
        carry_members(p, fresh, policy, old);
    }
    for (uint32_t u = 0; p && u < p->uplinks && p->uplinks == policy->uplinks; u++) {
        p->uplink[u].load = policy->uplink[u].load;
        bool same_speed = fresh->uplink[u].capacity == old->uplink[u].capacity;
        p->uplink[u].memory = policy_carry_uplink(&policy->uplink[u].memory, same_speed);
    }
    local_policy_free(policy);
    return p;
}

/* --- readings --- */

void local_policy_note(struct local_policy *policy, const struct daqs_inventory *inventory,
                       const struct local_readings *readings, int64_t now_ms)
{
    for (uint32_t i = 0; i < policy->nics; i++) {
        const struct daqs_nic_reading *reading = &readings->nic[i];
        struct local_nic *nic = &policy->nic[i];
        nic->state = reading->state;
        nic->reachable = policy_nic_reachable(reading->state, reading->cause, readings->applied[i]);
        nic->uncounted = policy_nic_uncounted(reading->cause);
        nic->by_host = policy_nic_by_host(reading->cause);
        nic->fresh = reading->sample.interval_us > 0;
        nic->backlog = nic->fresh && reading->backlog == DAQS_BACKLOG_SOME;
        if (!nic->fresh)
            continue;
        int64_t span_ms = reading->sample.interval_us / 1000;
        nic->span_ms = span_ms < UINT32_MAX ? (uint32_t)span_ms : UINT32_MAX;
        nic->usage = policy_nic_usage(&reading->sample, inventory->nic[i].mtu);
        nic->sampled = true;
        nic->sampled_ms = now_ms;
    }
    bool reported = readings->uplinks == policy->uplinks;
    for (uint32_t u = 0; u < policy->uplinks; u++)
        uplink_load_note(&policy->uplink[u].load, reported ? &readings->uplink[u] : NULL, now_ms);
}

/* --- decisions --- */

/* One decision about all uplinks. */
struct local_decision {
    struct local_policy *p;
    const struct daqs_inventory *inventory;
    const struct order_terms *terms;
    struct daqs_nic_setting *setting;
    uint32_t poll_ms;
    int64_t patience_ms;
    int64_t now_ms;
    /* scratch space for the VMs and nics of one uplink */
    struct policy_vm *vm;
    struct policy_nic *nic;
};

/* Returns the index after the last member of this uplink. */
static uint32_t gather_members(const struct local_decision *d, uint32_t first, uint32_t uplink,
                               struct policy_uplink *u)
{
    uint32_t m = first;
    for (; m < d->p->members && d->p->member[m].uplink == uplink; m++) {
        struct local_member *member = &d->p->member[m];
        u->vm[u->vms++] = (struct policy_vm){.min = wire_guarantee(member->min, member->mtu),
                                             .max = wire_guarantee(member->max, member->mtu),
                                             .weight = member->weight,
                                             .memory = &member->memory};
    }
    return m;
}

/* Returns the number of nics. Sets *ret_heard if the usage of at least one is known. */
static uint32_t gather_nics(const struct local_decision *d, uint32_t first, uint32_t uplink,
                            bool *ret_heard)
{
    uint32_t nics = 0;
    *ret_heard = false;
    for (uint32_t i = 0; i < d->p->nics; i++) {
        const struct local_nic *nic = &d->p->nic[i];
        if (d->inventory->nic[i].uplink != uplink)
            continue;
        int64_t patience_ms = policy_nic_patience_ms(nic->state, d->patience_ms);
        bool known = nic->sampled && d->now_ms - nic->sampled_ms < patience_ms;
        *ret_heard |= known;
        d->nic[nics++] = (struct policy_nic){.vm = nic->member - first,
                                             .known = known,
                                             .uncounted = nic->uncounted,
                                             .fresh = nic->fresh,
                                             .reachable = nic->reachable,
                                             .backlog = nic->backlog,
                                             .by_host = nic->by_host,
                                             .span_ms = nic->span_ms,
                                             .usage = nic->usage,
                                             .limit = d->setting[i].limit};
    }
    return nics;
}

static void take_limits(const struct local_decision *d, uint32_t uplink)
{
    const struct policy_nic *decided = d->nic;
    for (uint32_t i = 0; i < d->p->nics; i++) {
        if (d->inventory->nic[i].uplink != uplink)
            continue;
        d->setting[i].limit = decided->limit;
        d->p->nic[i].fresh = false;
        decided++;
    }
}

/* Splits the uplink once. The result stays the same until a reading arrives or the inventory
 * changes. */
static void fall_back(const struct local_decision *d, uint32_t uplink)
{
    struct local_uplink *here = &d->p->uplink[uplink];
    if (!here->fallen_back)
        fallback_split(d->inventory, uplink, policy_mode_of(d->terms->mode[uplink]),
                       d->terms->headroom_ppm, d->setting);
    here->fallen_back = true;
}

static void decide_uplink(const struct local_decision *d, uint32_t uplink, uint32_t *first)
{
    struct local_uplink *here = &d->p->uplink[uplink];
    int64_t span_ms = d->p->decided_ms ? d->now_ms - d->p->decided_ms : d->poll_ms;
    struct policy_uplink u = {.mode = policy_mode_of(d->terms->mode[uplink]),
                              .capacity = d->inventory->uplink[uplink].capacity,
                              .headroom_ppm = d->terms->headroom_ppm,
                              .report_ms = d->poll_ms,
                              .span_ms = span_ms < UINT32_MAX ? (uint32_t)span_ms : UINT32_MAX,
                              .own_known = uplink_load_own(&here->load, d->now_ms, d->patience_ms),
                              .port_known =
                                  uplink_load_port(&here->load, d->now_ms, d->patience_ms),
                              .own = here->load.own,
                              .port = here->load.port,
                              .vf_least = here->load.vf_least,
                              .vf_step = here->load.vf_step,
                              .link_down = here->load.link_down,
                              .memory = here->memory,
                              .vm = d->vm};
    bool heard = false;
    uint32_t from = *first;
    *first = gather_members(d, from, uplink, &u);
    uint32_t nics = gather_nics(d, from, uplink, &heard);
    if (nics > 0 && !heard)
        fall_back(d, uplink);
    if (!heard)
        return;
    here->fallen_back = false;
    if (!policy_decide_nics(&u, d->nic, nics))
        return;
    here->memory = u.memory;
    take_limits(d, uplink);
}

void local_policy_decide(struct local_policy *policy, const struct daqs_inventory *inventory,
                         const struct order_terms *terms, uint32_t poll_ms,
                         struct daqs_nic_setting *setting, int64_t now_ms)
{
    struct policy_vm *vm DAQS_AUTO_FREE = calloc(policy->members + 1U, sizeof *vm);
    struct policy_nic *nic DAQS_AUTO_FREE = calloc(policy->nics + 1U, sizeof *nic);
    int64_t three_polls_ms = 3 * (int64_t)poll_ms;
    const struct local_decision d = {
        .p = policy,
        .inventory = inventory,
        .terms = terms,
        .setting = setting,
        .poll_ms = poll_ms,
        .patience_ms = three_polls_ms > LOCAL_PATIENCE_MS ? three_polls_ms : LOCAL_PATIENCE_MS,
        .now_ms = now_ms,
        .vm = vm,
        .nic = nic};
    uint32_t first = 0;
    for (uint32_t u = 0; vm && nic && u < policy->uplinks; u++)
        decide_uplink(&d, u, &first);
    policy->decided_ms = now_ms;
}
