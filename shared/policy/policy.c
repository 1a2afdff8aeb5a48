/* SPDX-License-Identifier: Apache-2.0 */
#include "shared/policy/policy.h"

#include <math.h>
#include <stdlib.h>

#include "shared/base/cleanup.h"
#include "shared/policy/bottleneck.h"
#include "shared/policy/memory.h"
#include "shared/policy/port_use.h"
#include "shared/policy/water_fill.h"

/* No VM is limited to less on a link of 100 Mbit/s or more: one large segment would wait for
 * seconds in the guest's shaper. */
#define LEAST 1e6

/* One decision: turns what memory.c derived for each VM into limits. */
struct decision {
    struct policy_uplink *u;
    struct water_fill *item;
    struct policy_scene scene;
    double budget;
    double lost;      /* part of the capacity that does not get through behind the port */
    double floor;     /* per weight: best effort is not limited below this because of 'lost' */
    double held;      /* share of the host's lowest rates that is planned (plan_least) */
    double left;      /* part of the budget that the reserves leave */
    double rest;      /* part of 'left' that remains when all known demand is met */
    double idle_part; /* share of 'left' that best effort may use for bursts */
    uint64_t weights; /* of best effort that is limited */
    uint64_t sending; /* of all VMs that send and are limited */
    double fair_factor;
};

daqs_bps policy_budget(const struct policy_uplink *uplink)
{
    return daqs_rate_less(uplink->capacity, uplink->headroom_ppm);
}

static daqs_bps min_of(const struct policy_uplink *u, const struct policy_vm *vm)
{
    return u->mode == POLICY_MODE_MINIMUM ? vm->min : 0;
}

/* Returns the ceiling, which does not cut the guarantee. */
static daqs_bps max_of(const struct policy_uplink *u, const struct policy_vm *vm)
{
    return daqs_higher(vm->max, min_of(u, vm));
}

static uint32_t weight_of(const struct policy_uplink *u, const struct policy_vm *vm)
{
    return u->mode == POLICY_MODE_FAIR || vm->weight == 0 ? 1 : vm->weight;
}

static bool in_use(const struct policy_uplink *u, const struct policy_vm *vm)
{
    return min_of(u, vm) > 0 && vm->memory->on;
}

/* --- capacity --- */

/* No VM sends more than the port carries, whatever its guest reports. */
static void bound_usage(struct policy_uplink *u)
{
    for (uint32_t v = 0; v < u->vms; v++)
        u->vm[v].usage = daqs_lower(u->vm[v].usage, u->capacity);
}

/* Ignores a lowest rate or a step above a tenth of the capacity: guarantees would be worthless
 * there. */
static daqs_bps believable(const struct policy_uplink *u, daqs_bps rate)
{
    return rate <= u->capacity / 10 ? rate : 0;
}

static void look(struct decision *d)
{
    struct policy_uplink *u = d->u;
    double capacity = (double)u->capacity;
    const struct port_use use = port_use_note(u);
    double through = bottleneck_note(u, use.sent);
    d->budget = higher_of((double)policy_budget(u) - use.taken, 0.02 * capacity);
    d->lost = capacity - through;
    d->scene = (struct policy_scene){.capacity = through,
                                     .sent = use.sent,
                                     .full = use.sent >= 0.96 * through,
                                     .report_ms = u->report_ms};
    d->fair_factor = u->port_known && use.sent > 0 ? lower_of(1.3, 0.97 * capacity / use.sent) : 1;
}

/* --- guarantees --- */

static void fill(struct decision *d, double amount)
{
    water_fill(d->item, d->u->vms, amount > 0 ? (uint64_t)amount : 0);
}

static void add_item(struct decision *d, uint32_t v, double cap)
{
    const struct policy_uplink *u = d->u;
    uint64_t most = (uint64_t)higher_of(0, lower_of(cap, (double)WATER_FILL_CAP_MAX));
    d->item[v] = (struct water_fill){.cap = most, .weight = weight_of(u, &u->vm[v]), .id = v};
}

/* If the guarantees in use exceed the budget, averaged over three seconds, each is cut, by
 * weight. */
static void set_dues(struct decision *d)
{
    struct policy_uplink *u = d->u;
    double *mean = &u->memory.budget;
    double sum = 0;
    double all = 0;
    double weights = 0;
    *mean =
        *mean > 0 ? d->budget + (*mean - d->budget) * exp(-(double)u->span_ms / 3000) : d->budget;
    for (uint32_t v = 0; v < u->vms; v++) {
        struct policy_vm *vm = &u->vm[v];
        bool used = in_use(u, vm);
        vm->due = min_of(u, vm);
        d->scene.in_use += used;
        sum += used ? (double)vm->due : 0;
        all += (double)vm->due;
        weights += weight_of(u, vm);
        add_item(d, v, used ? (double)vm->due : 0);
    }
    d->floor = d->lost > 0 ? higher_of(0, d->budget - all) / weights : 0;
    if (sum <= *mean)
        return;
    fill(d, *mean);
    for (uint32_t i = 0; i < u->vms; i++)
        if (in_use(u, &u->vm[d->item[i].id]))
            u->vm[d->item[i].id].due = d->item[i].share;
}

/* Returns what a VM that cannot be limited takes beyond its reserve. Its usage is believed up to
 * its guarantee or its share of what the guarantees leave, whichever is higher, and beyond that
 * only as far as the port's counter shows it. */
static double taken_by(const struct decision *d, const struct policy_vm *vm, double fair,
                       double known)
{
    const struct policy_uplink *u = d->u;
    double usage = (double)vm->usage;
    double due = higher_of((double)vm->due, fair * weight_of(u, vm));
    if (u->port_known)
        due = higher_of(due, (double)u->port - (known - usage));
    return higher_of(0, lower_of(usage, due) - vm->memory->reserve);
}

static void take_off_unreachable(struct decision *d)
{
    const struct policy_uplink *u = d->u;
    double known = port_use_known(u);
    double left = d->budget;
    double taken = 0;
    double weights = 0;
    for (uint32_t v = 0; v < u->vms; v++) {
        left -= u->vm[v].memory->reserve;
        weights += u->vm[v].memory->on ? weight_of(u, &u->vm[v]) : 0;
    }
    double fair = weights > 0 ? higher_of(0, left) / weights : 0;
    for (uint32_t v = 0; v < u->vms; v++)
        if (!u->vm[v].reachable && u->vm[v].memory->on)
            taken += taken_by(d, &u->vm[v], fair, known);
    d->budget = higher_of(d->budget - taken, 0.02 * (double)u->capacity);
}

/* --- shares --- */

/* Returns true for a guaranteed VM if no other guarantee is in use. */
static bool needs_no_limit(const struct decision *d, const struct policy_vm *vm)
{
    return vm->due > 0 && d->scene.in_use == (uint32_t)in_use(d->u, vm);
}

/* Returns the VM's part of what remains when all known demand is met. */
static double rest_of(const struct decision *d, const struct policy_vm *vm)
{
    return vm->memory->on ? d->rest * weight_of(d->u, vm) / (double)d->sending : 0;
}

static double want_of(const struct decision *d, const struct policy_vm *vm)
{
    return lower_of(vm->memory->wants, lower_of(d->budget, (double)max_of(d->u, vm)));
}

/* Returns the rate below which best effort is not limited, whatever is reported about a
 * bottleneck. */
static double due_anyway(const struct decision *d, const struct policy_vm *vm)
{
    return vm->due == 0 ? d->floor * weight_of(d->u, vm) : 0;
}

/* Returns the part of the host's lowest rate that exceeds the VM's guarantee and due_anyway. */
static double beyond_of(const struct decision *d, const struct policy_vm *vm)
{
    double least = (double)(d->u->vf_least * vm->by_host);
    return higher_of(0, least - (double)min_of(d->u, vm) - due_anyway(d, vm));
}

/* The host's lowest rates together get no more than the budget leaves after all guarantees, so a
 * wrong lowest rate does not cut any guarantee. */
static void plan_least(struct decision *d)
{
    const struct policy_uplink *u = d->u;
    double beside = d->budget;
    double beyond = 0;
    for (uint32_t v = 0; v < u->vms; v++) {
        beside -= (double)min_of(u, &u->vm[v]) + due_anyway(d, &u->vm[v]);
        beyond += beyond_of(d, &u->vm[v]);
    }
    d->held = beyond > beside ? higher_of(0, beside) / beyond : 1;
}

/* Returns the rate below which the VM is not limited because the host cannot enforce less. */
static double least_of(const struct decision *d, const struct policy_vm *vm)
{
    double beyond = beyond_of(d, vm);
    return beyond > 0 ? (double)vm->due + due_anyway(d, vm) + beyond * d->held : 0;
}

/* Returns what the VM gets beyond its reserve in any case, as far as its demand reaches. */
static double floor_of(const struct decision *d, const struct policy_vm *vm)
{
    if (!vm->reachable || needs_no_limit(d, vm))
        return 0;
    double floor = higher_of(due_anyway(d, vm), least_of(d, vm));
    return higher_of(0, lower_of(want_of(d, vm), floor) - vm->memory->reserve);
}

static void share_out(struct decision *d)
{
    struct policy_uplink *u = d->u;
    double reserved = 0;
    double floors = 0;
    for (uint32_t v = 0; v < u->vms; v++) {
        reserved += u->vm[v].memory->reserve;
        floors += floor_of(d, &u->vm[v]);
    }
    double through = higher_of(d->budget - d->lost, 0.02 * (double)u->capacity);
    double scale = reserved > through ? through / reserved : 1;
    double beside = higher_of(0, d->budget - scale * reserved);
    double fit = floors > beside ? beside / floors : 1;
    d->left = higher_of(0, through - scale * reserved - floors);
    for (uint32_t v = 0; v < u->vms; v++) {
        struct policy_vm *vm = &u->vm[v];
        vm->share = (daqs_bps)(scale * vm->memory->reserve + fit * floor_of(d, vm));
        add_item(d, v, vm->reachable ? want_of(d, vm) - (double)vm->share : 0);
        bool limited = vm->reachable && !needs_no_limit(d, vm);
        d->weights += limited && vm->due == 0 ? weight_of(u, vm) : 0;
        d->sending += limited && vm->memory->on ? weight_of(u, vm) : 0;
    }
    fill(d, d->left);
    d->rest = d->left;
    for (uint32_t i = 0; i < u->vms; i++) {
        u->vm[d->item[i].id].share += d->item[i].share;
        d->rest -= (double)d->item[i].share;
    }
    d->idle_part = u->memory.cautious_ms > 0 ? 0.05 : 0.5;
}

/* --- limits --- */

/* Returns the limit of a best-effort VM: its share, and a part of what remains. A VM that does not
 * use up its limit may at once use its part of half of what the guarantees leave, to answer a
 * request. All such allowances together may exceed the budget until the next report. */
static daqs_bps best_effort_limit(const struct decision *d, const struct policy_vm *vm)
{
    double weight = weight_of(d->u, vm);
    double share = (double)vm->share + rest_of(d, vm);
    bool takes_all = vm->memory->wants > d->budget;
    double burst = takes_all ? 0 : d->idle_part * d->left * weight / (double)d->weights;
    double least =
        higher_of(0.0001 * (double)d->u->capacity, lower_of(LEAST, 0.01 * (double)d->u->capacity));
    least = higher_of(least, d->floor * weight);
    double limit = higher_of(higher_of(share, burst), least) * d->fair_factor;
    return (daqs_bps)higher_of(limit, least_of(d, vm));
}

/* Returns the limit of a guaranteed VM, which needs one only while another guarantee is in use. */
static daqs_bps guaranteed_limit(const struct decision *d, struct policy_vm *vm)
{
    if (needs_no_limit(d, vm)) {
        vm->reason = POLICY_GUARANTEED;
        return DAQS_UNLIMITED;
    }
    vm->reason = in_use(d->u, vm) && vm->due < vm->min ? POLICY_OVERSUBSCRIBED : POLICY_KEEPS_ROOM;
    double limit = higher_of((double)vm->share + rest_of(d, vm), least_of(d, vm));
    return daqs_higher((daqs_bps)limit, vm->due);
}

static void set_limits(struct decision *d)
{
    struct policy_uplink *u = d->u;
    bool shared = u->mode != POLICY_MODE_MINIMUM;
    d->fair_factor = shared ? d->fair_factor : 1;
    for (uint32_t v = 0; v < u->vms; v++) {
        struct policy_vm *vm = &u->vm[v];
        daqs_bps limit;
        if (!vm->reachable) {
            vm->limit = DAQS_UNLIMITED;
            vm->reason = POLICY_OUT_OF_REACH;
            continue;
        }
        vm->reason = shared ? POLICY_FAIR_SHARE : POLICY_YIELDS;
        limit = vm->due > 0 ? guaranteed_limit(d, vm) : best_effort_limit(d, vm);
        vm->limit = daqs_lower(limit, max_of(u, vm));
        if (vm->limit < limit)
            vm->reason = POLICY_CEILING;
    }
}

/* --- decision --- */

/* No VM needs protection: only the ceilings apply. */
static void set_free(struct policy_uplink *u, enum policy_reason reason)
{
    for (uint32_t v = 0; v < u->vms; v++) {
        struct policy_vm *vm = &u->vm[v];
        bool ceiling = vm->max != DAQS_UNLIMITED && vm->reachable && reason != POLICY_OFF;
        vm->limit = ceiling ? max_of(u, vm) : DAQS_UNLIMITED;
        vm->reason = ceiling ? POLICY_CEILING : reason;
        vm->share = DAQS_UNLIMITED;
    }
}

/* Returns true if a limit may depend on the memories of the VMs, or (with guarantees in mode off)
 * the attainment. */
static bool needs_memory(const struct policy_uplink *u)
{
    if (u->mode == POLICY_MODE_FAIR || u->mode == POLICY_MODE_WEIGHTED)
        return true;
    for (uint32_t v = 0; v < u->vms; v++)
        if (u->vm[v].min > 0)
            return true;
    return false;
}

/* Starts with empty memories, and takes the last known rate of every VM as its first report. */
static void begin_memory(struct policy_uplink *u)
{
    for (uint32_t v = 0; v < u->vms; v++) {
        struct policy_vm *vm = &u->vm[v];
        if (vm->fresh || vm->lost || vm->uncounted)
            continue;
        vm->fresh = true;
        vm->span_ms = u->report_ms;
    }
}

/* Most uplinks have no guarantee, and the memories of their VMs are not even accessed. */
static void keep_or_forget(struct policy_uplink *u)
{
    bool keeps = needs_memory(u);
    if (keeps == u->memory.vms_kept)
        return;
    for (uint32_t v = 0; v < u->vms; v++)
        *u->vm[v].memory = (struct policy_memory){0};
    u->memory.vms_kept = keeps;
    u->memory.budget = 0;
    if (keeps)
        begin_memory(u);
}

static void decide_without_memory(struct decision *d)
{
    struct policy_uplink *u = d->u;
    for (uint32_t v = 0; v < u->vms; v++) {
        u->vm[v].due = 0;
        u->vm[v].wants = memory_wants_unkept(&u->vm[v], &d->scene);
    }
    set_free(u, u->mode == POLICY_MODE_OFF ? POLICY_OFF : POLICY_FREE);
}

static bool decide_with_memory(struct decision *d)
{
    struct policy_uplink *u = d->u;
    struct water_fill *item DAQS_AUTO_FREE = calloc(u->vms + 1U, sizeof *item);
    if (!item)
        return false;
    d->item = item;
    for (uint32_t v = 0; v < u->vms; v++)
        memory_note(&u->vm[v], min_of(u, &u->vm[v]), &d->scene);
    set_dues(d);
    for (uint32_t v = 0; v < u->vms; v++)
        memory_reserve(&u->vm[v], u->vm[v].due, &d->scene);
    for (uint32_t v = 0; v < u->vms; v++)
        memory_want(&u->vm[v], u->vm[v].due);
    if (u->mode == POLICY_MODE_OFF) {
        set_free(u, POLICY_OFF);
    } else if (u->mode == POLICY_MODE_MINIMUM && d->scene.in_use == 0) {
        set_free(u, POLICY_FREE);
    } else if (u->mode != POLICY_MODE_MINIMUM && !u->memory.was_full) {
        set_free(u, POLICY_UNCONTENDED);
    } else {
        take_off_unreachable(d);
        plan_least(d);
        share_out(d);
        set_limits(d);
    }
    return true;
}

/* Nothing passes the port, whatever the VMs want: their rates and unsent bytes would be taken for a
 * port that carries nothing. Limits and memories stay for the time when the link is up again, but
 * operators' orders are obeyed. */
static void keep_limits(struct policy_uplink *u)
{
    for (uint32_t v = 0; v < u->vms; v++) {
        struct policy_vm *vm = &u->vm[v];
        daqs_bps limit = vm->reachable ? daqs_lower(vm->limit, max_of(u, vm)) : DAQS_UNLIMITED;
        vm->reason = !vm->reachable      ? POLICY_OUT_OF_REACH
                     : limit < vm->limit ? POLICY_CEILING
                                         : POLICY_NO_LINK;
        vm->limit = limit;
        vm->due = 0;
        vm->share = vm->wants = DAQS_UNLIMITED;
    }
}

bool policy_decide(struct policy_uplink *u)
{
    struct decision d = {.u = u};
    if (u->link_down && u->mode != POLICY_MODE_OFF) {
        keep_limits(u);
        return true;
    }
    u->vf_least = believable(u, u->vf_least);
    u->vf_step = believable(u, u->vf_step);
    if (u->capacity == 0) {
        for (uint32_t v = 0; v < u->vms; v++)
            u->vm[v].wants = DAQS_UNLIMITED;
        set_free(u, u->mode == POLICY_MODE_OFF ? POLICY_OFF : POLICY_NO_CAPACITY);
        return true;
    }
    bound_usage(u);
    keep_or_forget(u);
    look(&d);
    if (u->memory.vms_kept)
        return decide_with_memory(&d);
    decide_without_memory(&d);
    return true;
}

struct policy_uplink_memory policy_carry_uplink(const struct policy_uplink_memory *memory,
                                                bool same_speed)
{
    return same_speed ? *memory : (struct policy_uplink_memory){.vms_kept = memory->vms_kept};
}

bool policy_worth_pushing(daqs_bps in_force, daqs_bps fresh, daqs_bps usage, bool exact)
{
    if (in_force == DAQS_UNLIMITED || fresh == DAQS_UNLIMITED || exact)
        return in_force != fresh;
    if (usage < in_force / 3 && usage < fresh / 3 && fresh < 2 * in_force && in_force < 2 * fresh)
        return false;
    return fresh > in_force + in_force / 50 || fresh < in_force - in_force / 100;
}
