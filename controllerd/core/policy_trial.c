#include "controllerd/core/policy_internal.h"

daqs_bps policy_reserve_of(const struct policy_uplink *u, const struct policy_vm *vm)
{
    daqs_bps claim = claim_of(u, vm);
    return vm->tried ? claim : daqs_lower(claim, vm->demand.want);
}

void policy_end_trial(struct policy_uplink *u)
{
    capacity_end_trial(&u->learned);
    for (uint32_t v = 0; v < u->vms; v++)
        u->vm[v].tried = false;
}

/* A trial goes on as long as one of its suspects is there and it can. */
static bool trial_goes_on(const struct policy_uplink *u)
{
    daqs_bps reserved = 0;
    bool tried = false;
    for (uint32_t v = 0; v < u->vms; v++) {
        reserved += policy_reserve_of(u, &u->vm[v]);
        tried |= u->vm[v].tried;
    }
    return u->learned.trial && tried && !capacity_trial_is_void(&u->learned, reserved, u->now_ms);
}

static void choose_suspects(struct policy_uplink *u, const struct scene *s)
{
    for (uint32_t v = 0; v < u->vms; v++) {
        struct policy_vm *vm = &u->vm[v];
        vm->tried = demand_suspect(&vm->demand, min_of(u, vm));
        if (!vm->tried || !demand_trusted(&vm->demand, u->now_ms))
            continue;
        const struct demand_input in = input_of(u, s, vm);
        demand_accept(&vm->demand, &in);
        vm->tried = false;
    }
}

static void settle(struct policy_uplink *u, const struct scene *s, enum capacity_verdict verdict,
                   bool after_trial)
{
    for (uint32_t v = 0; v < u->vms; v++) {
        struct policy_vm *vm = &u->vm[v];
        if (!vm->tried)
            continue;
        const struct demand_input in = input_of(u, s, vm);
        if (after_trial)
            demand_settle(&vm->demand, &in, verdict == CAPACITY_SQUEEZED, u->now_ms);
        else
            demand_accept(&vm->demand, &in);
        vm->tried = false;
    }
}

void policy_try_suspects(struct policy_uplink *u, const struct scene *s)
{
    struct capacity_input in = {.configured = s->configured,
                                .budget = s->budget,
                                .total = s->total,
                                .headroom_ppm = u->headroom_ppm,
                                .now_ms = u->now_ms};
    bool fresh = false;
    if (!trial_goes_on(u)) {
        policy_end_trial(u);
        choose_suspects(u, s);
    }
    for (uint32_t v = 0; v < u->vms; v++) {
        const struct policy_vm *vm = &u->vm[v];
        daqs_bps reserve = policy_reserve_of(u, vm);
        in.reserved += reserve;
        if (vm->tried) {
            fresh |= vm->fresh;
            in.suspects += vm->usage;
            in.missing += reserve > vm->usage ? reserve - vm->usage : 0;
        } else if (vm->usage > reserve) {
            in.others += vm->usage - reserve;
        }
    }
    if (!fresh)
        return;
    bool after_trial = u->learned.trial > 0;
    enum capacity_verdict verdict = capacity_try(&u->learned, &in);
    if (verdict != CAPACITY_NOTHING_YET)
        settle(u, s, verdict, after_trial);
}
