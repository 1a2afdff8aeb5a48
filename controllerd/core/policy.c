#include "controllerd/core/policy.h"

#include <stdlib.h>

#include "controllerd/core/water_fill.h"
#include "shared/base/cleanup.h"

enum { FLOOR_PART = 1000 }; /* of the budget, for each idle nic */
#define FLOOR_LEAST UINT64_C(1000000)

const char *policy_reason_text(enum policy_reason reason)
{
    switch (reason) {
#define X(name, text)                                                                              \
    case POLICY_##name:                                                                            \
        return text;
        POLICY_REASONS(X)
#undef X
    }
    return "unknown";
}

static daqs_bps lower(daqs_bps a, daqs_bps b)
{
    return a < b ? a : b;
}

static daqs_bps higher(daqs_bps a, daqs_bps b)
{
    return a > b ? a : b;
}

static daqs_bps add(daqs_bps a, daqs_bps b)
{
    return a == DAQS_UNLIMITED || b == DAQS_UNLIMITED ? DAQS_UNLIMITED : a + b;
}

daqs_bps policy_budget(const struct policy_uplink *uplink)
{
    return daqs_rate_less(uplink->capacity, uplink->headroom_ppm);
}

/* What a nic may send before anyone has noticed that it wants to: enough to begin with, and
 * small enough that all idle nics together do not matter. */
static daqs_bps floor_rate(daqs_bps budget, uint32_t nics)
{
    return lower(higher(budget / FLOOR_PART, FLOOR_LEAST), budget / 4 / (nics ? nics : 1));
}

/* Best effort that cannot be limited takes what it takes: it is set aside before anything is
 * shared out. */
static bool is_aside(const struct policy_uplink *u, const struct policy_nic *nic)
{
    return !nic->controllable && u->vm[nic->vm].min == 0;
}

static void estimate(struct policy_uplink *u, daqs_bps budget, daqs_bps floor)
{
    daqs_bps total = 0;
    for (uint32_t i = 0; i < u->nics; i++) {
        total += u->nic[i].usage;
        u->vm[u->nic[i].vm].nics++;
    }
    for (uint32_t i = 0; i < u->nics; i++) {
        struct policy_nic *nic = &u->nic[i];
        struct policy_vm *vm = &u->vm[nic->vm];
        const struct demand_input input = {.usage = nic->usage,
                                           .share = nic->share,
                                           .min = vm->min / vm->nics,
                                           .floor = floor,
                                           .link_full = total >= budget / 8 * 7};
        if (nic->fresh)
            demand_update(&nic->demand, &input);
        else
            demand_keep(&nic->demand, &input);
        if (is_aside(u, nic))
            continue;
        vm->takes_part = true;
        vm->want = add(vm->want, nic->demand.want);
        vm->active |= nic->demand.active;
    }
}

/* Splits each VM's ceiling among its nics by what they want of it: DAQS_UNLIMITED without one.
 * Uses vm->want for the sum. */
static void sum_wants_below_ceilings(struct policy_uplink *u)
{
    for (uint32_t v = 0; v < u->vms; v++)
        u->vm[v].want = 0;
    for (uint32_t i = 0; i < u->nics; i++) {
        struct policy_vm *vm = &u->vm[u->nic[i].vm];
        if (vm->max != DAQS_UNLIMITED)
            vm->want += lower(u->nic[i].demand.want, vm->max);
    }
}

static daqs_bps ceiling_of(const struct policy_vm *vm, const struct policy_nic *nic)
{
    if (vm->max == DAQS_UNLIMITED || vm->nics == 1)
        return vm->max;
    if (vm->want == 0)
        return vm->max / vm->nics;
    __extension__ unsigned __int128 part =
        (unsigned __int128)vm->max * lower(nic->demand.want, vm->max) / vm->want;
    return (daqs_bps)part;
}

/* Nobody needs protection: nothing but the ceilings. */
static void set_free(struct policy_uplink *u, enum policy_reason reason)
{
    sum_wants_below_ceilings(u);
    for (uint32_t i = 0; i < u->nics; i++) {
        struct policy_nic *nic = &u->nic[i];
        const struct policy_vm *vm = &u->vm[nic->vm];
        bool ceiling = vm->max != DAQS_UNLIMITED && nic->controllable && reason != POLICY_OFF;
        nic->share = DAQS_UNLIMITED;
        nic->limit = ceiling ? ceiling_of(vm, nic) : DAQS_UNLIMITED;
        nic->reason = ceiling ? POLICY_CEILING : reason;
    }
}

/* Sets aside what cannot be limited, out of what the guarantees leave; and no more than what the
 * others were not seen to use, so that a nic that claims more than it sends takes nothing that
 * anyone has. Returns how much that is. */
static daqs_bps set_aside(struct policy_uplink *u, daqs_bps budget, daqs_bps reserved)
{
    daqs_bps used = 0;
    for (uint32_t i = 0; i < u->nics; i++)
        used += is_aside(u, &u->nic[i]) ? 0 : u->nic[i].usage;
    daqs_bps left = budget - higher(lower(used, budget), reserved);
    daqs_bps aside = 0;
    for (uint32_t i = 0; i < u->nics; i++) {
        struct policy_nic *nic = &u->nic[i];
        if (!is_aside(u, nic))
            continue;
        nic->share = lower(nic->usage, left - aside);
        nic->limit = DAQS_UNLIMITED;
        nic->reason = POLICY_OUT_OF_REACH;
        aside += nic->share;
    }
    return aside;
}

/* Reserves each VM's guarantee as far as it wants it; if they do not fit, all shrink alike. */
static daqs_bps reserve(struct policy_uplink *u, daqs_bps budget)
{
    daqs_bps sum = 0;
    for (uint32_t v = 0; v < u->vms; v++) {
        struct policy_vm *vm = &u->vm[v];
        vm->reserve = vm->active ? lower(lower(vm->want, vm->min), vm->max) : 0;
        sum += vm->reserve;
    }
    if (sum <= budget)
        return sum;
    daqs_bps shrunk = 0;
    for (uint32_t v = 0; v < u->vms; v++) {
        struct policy_vm *vm = &u->vm[v];
        __extension__ unsigned __int128 part = (unsigned __int128)vm->reserve * budget / sum;
        vm->reserve = (daqs_bps)part;
        shrunk += vm->reserve;
    }
    return shrunk;
}

/* Shares 'rest' among VMs by weight, on top of what they have: each up to what it wants, or
 * with 'loose' to whatever its max allows. Returns what nobody could take. */
static daqs_bps share_among_vms(struct policy_uplink *u, struct water_fill *item, daqs_bps budget,
                                daqs_bps rest, bool loose)
{
    for (uint32_t v = 0; v < u->vms; v++) {
        const struct policy_vm *vm = &u->vm[v];
        daqs_bps most = lower(loose ? budget : lower(vm->want, budget), vm->max);
        if (!vm->takes_part)
            most = 0;
        item[v] = (struct water_fill){.cap = most > vm->share ? most - vm->share : 0,
                                      .weight = vm->weight ? vm->weight : 1,
                                      .id = v};
    }
    water_fill(item, u->vms, rest);
    for (uint32_t i = 0; i < u->vms; i++) {
        u->vm[item[i].id].share += item[i].share;
        rest -= item[i].share;
    }
    return rest;
}

/* Splits each VM's share among its nics in proportion to what they want of it. */
static void share_among_nics(struct policy_uplink *u)
{
    for (uint32_t v = 0; v < u->vms; v++)
        u->vm[v].want = 0;
    for (uint32_t i = 0; i < u->nics; i++) {
        struct policy_vm *vm = &u->vm[u->nic[i].vm];
        if (!is_aside(u, &u->nic[i]))
            vm->want += lower(u->nic[i].demand.want, vm->share);
    }
    for (uint32_t i = 0; i < u->nics; i++) {
        struct policy_nic *nic = &u->nic[i];
        const struct policy_vm *vm = &u->vm[nic->vm];
        if (is_aside(u, nic))
            continue;
        __extension__ unsigned __int128 part =
            (unsigned __int128)vm->share * lower(nic->demand.want, vm->share);
        nic->share = vm->want ? (daqs_bps)(part / vm->want) : 0;
    }
}

/* A guarantee as far as all guarantees of the uplink fit. */
static daqs_bps fitting_min(const struct policy_vm *vm, daqs_bps budget, daqs_bps promised)
{
    __extension__ unsigned __int128 part = (unsigned __int128)vm->min * budget;
    return promised > budget ? (daqs_bps)(part / promised) : vm->min;
}

/* Everyone else is held to its share, idle nics too, so that none can burst over a guarantee.
 * A guaranteed VM is held only where another guarantee is in use, and never below its own:
 * shaping costs it throughput, and its sending more than it wants now is noticed at once. */
static void set_limits(struct policy_uplink *u, daqs_bps budget)
{
    uint32_t guarantees_in_use = 0;
    daqs_bps promised = 0;
    for (uint32_t v = 0; v < u->vms; v++) {
        guarantees_in_use += u->vm[v].active && u->vm[v].min > 0;
        promised += u->vm[v].min;
    }
    sum_wants_below_ceilings(u);
    for (uint32_t i = 0; i < u->nics; i++) {
        struct policy_nic *nic = &u->nic[i];
        const struct policy_vm *vm = &u->vm[nic->vm];
        daqs_bps ceiling = ceiling_of(vm, nic);
        if (is_aside(u, nic))
            continue;
        if (vm->min == 0) {
            nic->limit = nic->share;
            nic->reason = POLICY_YIELDS;
        } else if (guarantees_in_use > vm->active) {
            daqs_bps min = fitting_min(vm, budget, promised) / vm->nics;
            nic->limit = lower(higher(nic->share, min), ceiling);
            nic->reason = POLICY_KEEPS_ROOM;
        } else {
            nic->limit = ceiling;
            nic->reason = ceiling == DAQS_UNLIMITED ? POLICY_GUARANTEED : POLICY_CEILING;
        }
    }
}

static bool guarantee_in_use(const struct policy_uplink *u)
{
    for (uint32_t v = 0; v < u->vms; v++)
        if (u->vm[v].active && u->vm[v].min > 0)
            return true;
    return false;
}

bool policy_decide(struct policy_uplink *u)
{
    daqs_bps budget = policy_budget(u);
    for (uint32_t v = 0; v < u->vms; v++) {
        struct policy_vm *vm = &u->vm[v];
        vm->want = vm->reserve = vm->share = 0;
        vm->nics = 0;
        vm->active = vm->takes_part = false;
    }
    estimate(u, budget, floor_rate(budget, u->nics));
    if (u->mode == POLICY_MODE_OFF || !guarantee_in_use(u)) {
        set_free(u, u->mode == POLICY_MODE_OFF ? POLICY_OFF : POLICY_FREE);
        return true;
    }
    struct water_fill *item DAQS_AUTO_FREE = calloc(u->vms, sizeof *item);
    if (!item)
        return false;
    daqs_bps reserved = reserve(u, budget);
    daqs_bps rest = budget - reserved - set_aside(u, budget, reserved);
    for (uint32_t v = 0; v < u->vms; v++)
        u->vm[v].share = u->vm[v].reserve;
    rest = share_among_vms(u, item, budget, rest, false);
    (void)share_among_vms(u, item, budget, rest, true);
    share_among_nics(u);
    set_limits(u, budget);
    return true;
}
