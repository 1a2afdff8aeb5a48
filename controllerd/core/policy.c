#include <stdlib.h>

#include "controllerd/core/policy_internal.h"
#include "controllerd/core/water_fill.h"
#include "shared/base/cleanup.h"

__extension__ typedef unsigned __int128 u128;

enum {
    FLOOR_PART = 1000, /* of the budget, for each idle VM */
    CALM_REPORTS = 3,  /* once all fit for so long, limits that only share out may go */
};
#define FLOOR_LEAST UINT64_C(1000000)

/* a * b / c; 0 if c is. */
static daqs_bps scale(daqs_bps a, daqs_bps b, daqs_bps c)
{
    return c ? (daqs_bps)((u128)a * b / c) : 0;
}

daqs_bps policy_budget(const struct policy_uplink *uplink)
{
    return daqs_rate_less(uplink->capacity, uplink->headroom_ppm);
}

/* --- what there is: everything below is of the wire --- */

static uint32_t weight_of(const struct policy_uplink *u, const struct policy_vm *vm)
{
    return u->mode == POLICY_MODE_FAIR || vm->weight == 0 ? 1 : vm->weight;
}

/* No more than the uplink carries, whatever the guest says. */
static daqs_bps usage_of(const struct policy_uplink *u, const struct policy_nic *nic)
{
    daqs_bps most = u->capacity ? u->capacity : DAQS_BPS_MAX;
    return daqs_lower(daqs_rate_on_wire(daqs_lower(nic->usage, most)), most);
}

/* Within an eighth of its limit: shapers and counters are no more exact than that. */
static bool at_limit(const struct policy_uplink *u, const struct policy_nic *nic)
{
    return nic->limit != DAQS_UNLIMITED && usage_of(u, nic) >= nic->limit / 8 * 7;
}

/* Returns what all send together. */
static daqs_bps sum_up(struct policy_uplink *u)
{
    daqs_bps total = 0;
    for (uint32_t v = 0; v < u->vms; v++) {
        struct policy_vm *vm = &u->vm[v];
        vm->usage = vm->reserve = vm->want = vm->parts = 0;
        vm->nics = 0;
        vm->fresh = vm->at_limit = false;
        vm->silent = true;
    }
    for (uint32_t i = 0; i < u->nics; i++) {
        const struct policy_nic *nic = &u->nic[i];
        struct policy_vm *vm = &u->vm[nic->vm];
        total += usage_of(u, nic);
        vm->nics++;
        vm->usage += usage_of(u, nic);
        vm->fresh |= nic->fresh;
        vm->silent &= nic->silent;
        vm->at_limit |= at_limit(u, nic);
    }
    return total;
}

/* What a VM may send before anyone has noticed that it wants to: enough to begin with, and small
 * enough that all idle VMs together do not matter. */
static daqs_bps floor_rate(daqs_bps budget, uint32_t vms)
{
    return daqs_lower(daqs_higher(budget / FLOOR_PART, FLOOR_LEAST), budget / 4 / (vms ? vms : 1));
}

static void estimate(struct policy_uplink *u, const struct scene *s)
{
    for (uint32_t v = 0; v < u->vms; v++) {
        struct policy_vm *vm = &u->vm[v];
        const struct demand_input in = input_of(u, s, vm);
        if (vm->fresh)
            demand_update(&vm->demand, &in);
        else
            demand_keep(&vm->demand, &in, vm->silent);
    }
}

static uint32_t guarantees_in_use(const struct policy_uplink *u)
{
    uint32_t count = 0;
    for (uint32_t v = 0; v < u->vms; v++)
        count += in_use(u, &u->vm[v]);
    return count;
}

/* --- shares --- */

/* Shares 'amount' by weight, each VM up to its 'want' beyond what it has, and adds it to what it
 * has. Returns what nobody took. */
static daqs_bps share_out(struct policy_uplink *u, struct water_fill *item, daqs_bps amount)
{
    for (uint32_t v = 0; v < u->vms; v++) {
        const struct policy_vm *vm = &u->vm[v];
        item[v] = (struct water_fill){.cap = vm->want > vm->share ? vm->want - vm->share : 0,
                                      .weight = weight_of(u, vm),
                                      .id = v};
    }
    water_fill(item, u->vms, amount);
    for (uint32_t i = 0; i < u->vms; i++) {
        u->vm[item[i].id].share += item[i].share;
        amount -= item[i].share;
    }
    return amount;
}

/* Reserves each guarantee as far as its VM wants it. If they exceed the budget they are cut by
 * weight. Returns the sum. */
static daqs_bps reserve(struct policy_uplink *u, struct water_fill *item, daqs_bps budget)
{
    daqs_bps sum = 0;
    for (uint32_t v = 0; v < u->vms; v++) {
        struct policy_vm *vm = &u->vm[v];
        vm->want = policy_reserve_of(u, vm);
        vm->share = 0;
        sum += vm->want;
    }
    daqs_bps given = daqs_lower(sum, budget);
    given -= share_out(u, item, given);
    for (uint32_t v = 0; v < u->vms; v++)
        u->vm[v].reserve = u->vm[v].share;
    return given;
}

/* A guaranteed VM where no other guarantee is in use. */
static bool needs_no_limit(const struct policy_uplink *u, const struct policy_vm *vm, uint32_t used)
{
    return min_of(u, vm) > 0 && used == in_use(u, vm);
}

/* Guarantees first, then wants, then whatever is left, so that limits are loose. */
static void allocate(struct policy_uplink *u, struct water_fill *item, daqs_bps budget)
{
    daqs_bps reserved = reserve(u, item, budget);
    daqs_bps rest = budget - reserved;
    for (uint32_t v = 0; v < u->vms; v++) {
        struct policy_vm *vm = &u->vm[v];
        vm->want = daqs_lower(daqs_lower(vm->demand.want, budget), max_of(u, vm));
        if (vm->tried)
            vm->want = vm->reserve;
    }
    rest = share_out(u, item, rest);
    uint32_t used = guarantees_in_use(u);
    for (uint32_t v = 0; v < u->vms; v++)
        if (!needs_no_limit(u, &u->vm[v], used))
            u->vm[v].want = daqs_lower(budget, max_of(u, &u->vm[v]));
    (void)share_out(u, item, rest);
}

/* --- from VMs to nics --- */

/* What each nic is likely to want of its VM's share: one at its limit may want twice that. */
static void weigh_parts(struct policy_uplink *u, daqs_bps floor)
{
    for (uint32_t i = 0; i < u->nics; i++) {
        struct policy_nic *nic = &u->nic[i];
        daqs_bps usage = usage_of(u, nic);
        nic->part =
            floor / u->vm[nic->vm].nics + 1 + usage + (at_limit(u, nic) ? usage : usage / 4);
        u->vm[nic->vm].parts += nic->part;
    }
}

static daqs_bps part_of(const struct policy_uplink *u, const struct policy_nic *nic,
                        daqs_bps amount)
{
    const struct policy_vm *vm = &u->vm[nic->vm];
    return amount == DAQS_UNLIMITED || vm->nics == 1 ? amount : scale(amount, nic->part, vm->parts);
}

/* Nobody needs protection: nothing but the ceilings. */
static void set_free(struct policy_uplink *u, enum policy_reason reason)
{
    for (uint32_t v = 0; v < u->vms; v++) {
        u->vm[v].share = DAQS_UNLIMITED;
        u->vm[v].reason = reason;
    }
    for (uint32_t i = 0; i < u->nics; i++) {
        struct policy_nic *nic = &u->nic[i];
        struct policy_vm *vm = &u->vm[nic->vm];
        bool ceiling = vm->max != DAQS_UNLIMITED && nic->controllable && reason != POLICY_OFF;
        nic->share = DAQS_UNLIMITED;
        nic->limit = ceiling ? part_of(u, nic, max_of(u, vm)) : DAQS_UNLIMITED;
        nic->reason = ceiling ? POLICY_CEILING : reason;
        if (ceiling)
            vm->reason = POLICY_CEILING;
    }
}

/* What the guarantees come to, in use or not, against the budget. */
struct promises {
    daqs_bps budget;
    daqs_bps all;
    daqs_bps claims; /* those in use */
    uint32_t used;
};

static struct promises add_up(const struct policy_uplink *u, daqs_bps budget)
{
    struct promises p = {.budget = budget, .used = guarantees_in_use(u)};
    for (uint32_t v = 0; v < u->vms; v++) {
        p.all += min_of(u, &u->vm[v]);
        p.claims += claim_of(u, &u->vm[v]);
    }
    return p;
}

/* A VM's limit in 'minimum' mode while a guarantee is in use. Best effort is held to its share,
 * idle VMs too, so that none can burst over a guarantee. A guaranteed VM is held only where another
 * guarantee is in use, and never below its own as far as all fit: shaping costs it throughput, and
 * its sending more than it wants now is noticed at once. */
static daqs_bps hold(const struct policy_uplink *u, struct policy_vm *vm, const struct promises *p)
{
    daqs_bps min = min_of(u, vm);
    daqs_bps max = max_of(u, vm);
    if (min == 0) {
        vm->reason = vm->share < max ? POLICY_YIELDS : POLICY_CEILING;
        return vm->share;
    }
    if (needs_no_limit(u, vm, p->used)) {
        vm->reason = max == DAQS_UNLIMITED ? POLICY_GUARANTEED : POLICY_CEILING;
        return max;
    }
    if (p->claims > p->budget && in_use(u, vm)) {
        vm->reason = POLICY_OVERSUBSCRIBED;
        return vm->share;
    }
    vm->reason = POLICY_KEEPS_ROOM;
    daqs_bps least = p->all > p->budget ? scale(min, p->budget, p->all) : min;
    return daqs_lower(daqs_higher(vm->share, least), max);
}

/* 'budget' is what is known, without a trial: that never holds a guarantee back. */
static void set_limits(struct policy_uplink *u, daqs_bps budget)
{
    const struct promises p = add_up(u, budget);
    for (uint32_t v = 0; v < u->vms; v++) {
        struct policy_vm *vm = &u->vm[v];
        if (guarantees(u)) {
            vm->want = hold(u, vm, &p);
        } else {
            vm->want = vm->share;
            vm->reason = POLICY_FAIR_SHARE;
        }
    }
    for (uint32_t i = 0; i < u->nics; i++) {
        struct policy_nic *nic = &u->nic[i];
        const struct policy_vm *vm = &u->vm[nic->vm];
        nic->share = part_of(u, nic, vm->share);
        nic->limit = nic->controllable ? part_of(u, nic, vm->want) : DAQS_UNLIMITED;
        nic->reason = !nic->controllable && nic->limit != part_of(u, nic, vm->want)
                          ? POLICY_OUT_OF_REACH
                          : vm->reason;
    }
}

/* --- the decision --- */

/* fair, weighted: true while the wants exceed the budget, and a little longer. */
static bool contended(struct policy_uplink *u, daqs_bps budget)
{
    daqs_bps wants = 0;
    bool fresh = false;
    for (uint32_t v = 0; v < u->vms; v++) {
        wants += daqs_lower(daqs_lower(u->vm[v].demand.want, max_of(u, &u->vm[v])), budget);
        fresh |= u->vm[v].fresh;
    }
    if (wants > budget)
        u->contended = CALM_REPORTS;
    else if (u->contended > 0 && fresh)
        u->contended--;
    return u->contended > 0;
}

static void tell_demands(struct policy_uplink *u)
{
    for (uint32_t i = 0; i < u->nics; i++) {
        struct policy_nic *nic = &u->nic[i];
        daqs_bps want = part_of(u, nic, u->vm[nic->vm].demand.want);
        nic->demand = daqs_rate_counted(want);
    }
}

bool policy_decide(struct policy_uplink *u)
{
    struct scene s = {.configured = policy_budget(u), .total = sum_up(u)};
    if (u->capacity == 0) {
        weigh_parts(u, FLOOR_LEAST);
        set_free(u, u->mode == POLICY_MODE_OFF ? POLICY_OFF : POLICY_NO_CAPACITY);
        return true;
    }
    struct water_fill *item DAQS_AUTO_FREE = calloc(u->vms + 1U, sizeof *item);
    if (!item)
        return false;
    s.budget = capacity_budget(&u->learned, s.configured, u->now_ms);
    s.floor = floor_rate(s.budget, u->vms);
    s.link_full = s.total >= s.budget / 8 * 7;
    estimate(u, &s);
    weigh_parts(u, s.floor);
    if (guarantees(u) && guarantees_in_use(u) > 0)
        policy_try_suspects(u, &s);
    else
        policy_end_trial(u);
    s.budget = capacity_budget(&u->learned, s.configured, u->now_ms);
    if (u->mode == POLICY_MODE_OFF) {
        set_free(u, POLICY_OFF);
    } else if (guarantees(u) && guarantees_in_use(u) == 0) {
        set_free(u, POLICY_FREE);
    } else if (!guarantees(u) && !contended(u, s.budget)) {
        set_free(u, POLICY_UNCONTENDED);
    } else {
        allocate(u, item, capacity_budget_now(&u->learned, s.budget));
        set_limits(u, s.budget);
    }
    tell_demands(u);
    return true;
}
