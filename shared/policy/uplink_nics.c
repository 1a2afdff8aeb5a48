/* SPDX-License-Identifier: Apache-2.0 */
#include "shared/policy/uplink_nics.h"

#include <stdlib.h>

#include "shared/base/cleanup.h"
#include "shared/policy/nic_split.h"
#include "shared/policy/wire_bytes.h"

daqs_bps policy_nic_usage(const struct daqs_sample *sample, uint32_t mtu)
{
    return daqs_rate_of(wire_bytes(sample->tx_bytes, sample->tx_packets, mtu), sample->interval_us);
}

bool policy_nic_by_host(uint8_t cause)
{
    return cause == DAQS_CAUSE_HOST_SIDE || cause == DAQS_CAUSE_HOST_LEAST ||
           cause == DAQS_CAUSE_HOST_REFUSED;
}

bool policy_nic_reachable(uint8_t state, uint8_t cause, daqs_bps applied)
{
    if (state == DAQS_NIC_UNRESPONSIVE)
        return applied != DAQS_UNLIMITED;
    if (daqs_nic_in_grace(state))
        return applied != DAQS_UNLIMITED || policy_nic_by_host(cause);
    return state != DAQS_NIC_UNMANAGED;
}

int64_t policy_nic_patience_ms(uint8_t state, int64_t patience_ms)
{
    return daqs_nic_in_grace(state) && patience_ms < POLICY_GRACE_MS ? POLICY_GRACE_MS
                                                                     : patience_ms;
}

bool policy_nic_uncounted(uint8_t cause)
{
    return cause == DAQS_CAUSE_NO_NIC || cause == DAQS_CAUSE_AMBIGUOUS ||
           cause == DAQS_CAUSE_NO_COUNTERS || cause == DAQS_CAUSE_NO_ADDRESS;
}

/* Adds a nic to its VM. The VM is known if one of its nics is, and its usage is fresh if that of
 * one nic is; the others keep their last usage. The VM is lost if none of its nics has been known
 * for a long time, unless its guest is well. */
static void add_nic(struct policy_vm *vm, const struct policy_nic *nic)
{
    vm->nics++;
    vm->lost &= !nic->known && !nic->uncounted;
    vm->uncounted &= !nic->known;
    vm->usage += nic->known ? nic->usage : 0;
    vm->fresh |= nic->fresh;
    vm->span_ms = nic->fresh && nic->span_ms > vm->span_ms ? nic->span_ms : vm->span_ms;
    vm->reachable |= nic->reachable;
    vm->backlog |= nic->backlog;
    vm->by_host += nic->by_host;
    if (nic->limit == DAQS_UNLIMITED || vm->limit == DAQS_UNLIMITED)
        vm->limit = DAQS_UNLIMITED;
    else
        vm->limit += nic->limit;
}

static void add_nics(struct policy_uplink *u, const struct policy_nic *nic, uint32_t nics)
{
    for (uint32_t v = 0; v < u->vms; v++) {
        struct policy_vm *vm = &u->vm[v];
        vm->lost = vm->uncounted = true;
        vm->fresh = vm->reachable = vm->backlog = false;
        vm->span_ms = vm->nics = vm->by_host = 0;
        vm->usage = vm->limit = 0;
    }
    for (uint32_t i = 0; i < nics; i++)
        add_nic(&u->vm[nic[i].vm], &nic[i]);
    for (uint32_t v = 0; v < u->vms; v++)
        u->vm[v].uncounted &= !u->vm[v].lost;
}

/* Nics grouped by VM. */
struct groups {
    struct nic_split *nic;
    uint32_t *place; /* index in 'nic' of each nic */
    uint32_t *end;   /* end of the filled part of each VM's group */
};

static void group(const struct policy_uplink *u, const struct policy_nic *nic, uint32_t nics,
                  const struct groups *g)
{
    uint32_t begin = 0;
    for (uint32_t v = 0; v < u->vms; v++) {
        g->end[v] = begin;
        begin += u->vm[v].nics;
    }
    for (uint32_t i = 0; i < nics; i++) {
        g->place[i] = g->end[nic[i].vm]++;
        g->nic[g->place[i]] = (struct nic_split){.usage = nic[i].usage};
    }
}

static void split_limits(const struct policy_uplink *u, const struct groups *g)
{
    uint32_t begin = 0;
    for (uint32_t v = 0; v < u->vms; v++) {
        const struct policy_vm *vm = &u->vm[v];
        nic_split(&g->nic[begin], vm->nics, vm->limit, vm->due > 0, u->capacity / 2000);
        begin += vm->nics;
    }
}

/* Returns the rate below which a nic of the VM must not be rounded. Of several nics, any may carry
 * the guarantee. */
static daqs_bps whole_of(const struct policy_uplink *u, const struct policy_vm *vm, daqs_bps limit)
{
    if (vm->nics == 1)
        return vm->due;
    return vm->limit >= vm->due + vm->by_host * u->vf_step ? u->vf_step : limit;
}

/* Returns the limit as a multiple of the step, rounded down unless that would cut the VM's
 * guarantee. */
static daqs_bps stepped(const struct policy_uplink *u, const struct policy_vm *vm, daqs_bps limit)
{
    daqs_bps whole = whole_of(u, vm, limit);
    daqs_bps down = limit - limit % u->vf_step;
    return vm->due > 0 && down < whole ? down + u->vf_step : down;
}

/* Returns the rate that the host sets for a limit. A limit that the host cannot enforce stays
 * unchanged, so that the agent reports it. */
static daqs_bps rate_of(const struct policy_uplink *u, const struct policy_vm *vm, daqs_bps limit)
{
    if (limit < u->vf_least && vm->limit >= u->vf_least * vm->by_host)
        return u->vf_least;
    daqs_bps rate = u->vf_step > 0 ? stepped(u, vm, limit) : limit;
    rate = daqs_higher(rate, u->vf_least);
    return rate == 0 || limit < u->vf_least ? limit : rate;
}

/* Both the limit and its rounded rate are compared with the limit in force, so that a limit at the
 * edge of a step does not alternate. */
static void take_limit(const struct policy_uplink *u, struct policy_nic *nic, daqs_bps limit)
{
    const struct policy_vm *vm = &u->vm[nic->vm];
    if (vm->reason == POLICY_NO_LINK)
        return;
    if (!nic->reachable)
        limit = DAQS_UNLIMITED;
    bool rounded = nic->by_host && limit != DAQS_UNLIMITED;
    daqs_bps rate = rounded ? rate_of(u, vm, limit) : limit;
    bool sets_free = nic->limit < vm->due / vm->nics && rate > nic->limit;
    bool ordered = vm->reason == POLICY_CEILING; /* by an operator, who expects to see it */
    bool not_held = nic->by_host && nic->limit < u->vf_least && rate >= u->vf_least;
    bool exact = sets_free || ordered || not_held;
    bool moves = exact || policy_worth_pushing(nic->limit, limit, nic->usage, false);
    if (moves && policy_worth_pushing(nic->limit, rate, nic->usage, exact))
        nic->limit = rate;
}

static bool split_among_nics(const struct policy_uplink *u, struct policy_nic *nic, uint32_t nics)
{
    struct nic_split *split DAQS_AUTO_FREE = calloc(nics + 1U, sizeof *split);
    uint32_t *place DAQS_AUTO_FREE = calloc(nics + 1U, sizeof *place);
    uint32_t *end DAQS_AUTO_FREE = calloc(u->vms + 1U, sizeof *end);
    const struct groups g = {split, place, end};
    if (!split || !place || !end)
        return false;
    group(u, nic, nics, &g);
    split_limits(u, &g);
    for (uint32_t i = 0; i < nics; i++)
        take_limit(u, &nic[i], split[place[i]].limit);
    return true;
}

static bool any_shares(const struct policy_uplink *u)
{
    for (uint32_t v = 0; v < u->vms; v++)
        if (u->vm[v].nics > 1)
            return true;
    return false;
}

bool policy_decide_nics(struct policy_uplink *u, struct policy_nic *nic, uint32_t nics)
{
    add_nics(u, nic, nics);
    if (!policy_decide(u))
        return false;
    if (any_shares(u))
        return split_among_nics(u, nic, nics);
    for (uint32_t i = 0; i < nics; i++)
        take_limit(u, &nic[i], u->vm[nic[i].vm].limit);
    return true;
}
