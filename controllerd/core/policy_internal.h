/* policy_internal - what the files of the policy share. Everything is of the wire. */
#ifndef DAQS_CONTROLLERD_CORE_POLICY_INTERNAL_H
#define DAQS_CONTROLLERD_CORE_POLICY_INTERNAL_H

#include "controllerd/core/policy.h"

/* What all see while a report is decided upon. */
struct scene {
    daqs_bps configured; /* budget, before anything was learned */
    daqs_bps budget;
    daqs_bps total;
    daqs_bps floor;
    bool link_full;
};

static inline bool guarantees(const struct policy_uplink *u)
{
    return u->mode == POLICY_MODE_MINIMUM;
}

static inline daqs_bps min_of(const struct policy_uplink *u, const struct policy_vm *vm)
{
    return guarantees(u) ? daqs_rate_on_wire(vm->min) : 0;
}

/* A ceiling is exact for what a shaper counts, but leaves room for the guarantee. */
static inline daqs_bps max_of(const struct policy_uplink *u, const struct policy_vm *vm)
{
    return vm->max == DAQS_UNLIMITED ? vm->max : daqs_higher(vm->max, min_of(u, vm));
}

static inline bool in_use(const struct policy_uplink *u, const struct policy_vm *vm)
{
    return min_of(u, vm) > 0 && vm->demand.state != DEMAND_IDLE;
}

/* What a guarantee takes at most. */
static inline daqs_bps claim_of(const struct policy_uplink *u, const struct policy_vm *vm)
{
    return in_use(u, vm) ? daqs_lower(min_of(u, vm), max_of(u, vm)) : 0;
}

static inline struct demand_input input_of(const struct policy_uplink *u, const struct scene *s,
                                           const struct policy_vm *vm)
{
    return (struct demand_input){.usage = vm->usage,
                                 .share = vm->share,
                                 .min = min_of(u, vm),
                                 .floor = s->floor,
                                 .at_limit = vm->at_limit,
                                 .link_full = s->link_full};
}

/* policy_trial.c: sated, or squeezed because the budget is more than the link carries? */

/* What is reserved for a VM; a suspect's guarantee in full. */
daqs_bps policy_reserve_of(const struct policy_uplink *u, const struct policy_vm *vm);

/* Finds the suspects and, from report to report, what is the matter with them. */
void policy_try_suspects(struct policy_uplink *u, const struct scene *s);

/* No guarantee is in use, or counts. */
void policy_end_trial(struct policy_uplink *u);

#endif
