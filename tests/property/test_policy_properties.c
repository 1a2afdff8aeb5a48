/* What the policy promises of every decision, over random uplinks. A failing case prints its
 * seed; run again with DAQS_SEED to see it alone. */
#include "tests/lib/check.h"

#include "controllerd/core/policy.h"
#include "tests/lib/random.h"

#include <stdlib.h>
#include <string.h>

enum { CASES = 4000, MOST = 24 };

struct world {
    struct policy_uplink uplink;
    struct policy_vm vm[MOST];
    struct policy_nic nic[MOST];
};

static void make_world(struct random_source *r, struct world *w, bool mins_fit)
{
    memset(w, 0, sizeof *w);
    struct policy_uplink *u = &w->uplink;
    u->capacity = (1 + random_below(r, 400)) * 100 * MBIT;
    u->headroom_ppm = (uint32_t)random_below(r, 50000);
    u->mode = random_below(r, 3) ? POLICY_MODE_MINIMUM
                                 : (enum policy_mode)random_below(r, POLICY_MODE_WEIGHTED + 1);
    u->vms = 1 + (uint32_t)random_below(r, MOST / 2);
    u->nics = u->vms + (uint32_t)random_below(r, MOST - u->vms);
    u->vm = w->vm;
    u->nic = w->nic;
    daqs_bps left = policy_budget(u);
    for (uint32_t v = 0; v < u->vms; v++) {
        struct policy_vm *vm = &w->vm[v];
        daqs_bps most = mins_fit ? daqs_rate_counted(left) / 2 : u->capacity;
        *vm = (struct policy_vm){.max = DAQS_UNLIMITED,
                                 .weight = 1 + (uint32_t)random_below(r, 5),
                                 .share = random_below(r, 2) ? DAQS_UNLIMITED
                                                             : random_below(r, u->capacity)};
        if (random_below(r, 3) == 0)
            vm->min = random_below(r, most);
        if (random_below(r, 6) == 0)
            vm->max = vm->min + random_below(r, u->capacity) + 1;
        left -= mins_fit ? daqs_rate_on_wire(vm->min) : 0;
    }
    for (uint32_t i = 0; i < u->nics; i++) {
        daqs_bps scale[] = {0, 10 * MBIT, u->capacity / 10, u->capacity};
        w->nic[i] = (struct policy_nic){.vm = i < u->vms ? i : (uint32_t)random_below(r, u->vms),
                                        .controllable = random_below(r, 10) != 0,
                                        .fresh = true,
                                        .usage = random_below(r, scale[random_below(r, 4)] + 1),
                                        .limit = random_below(r, 2) ? DAQS_UNLIMITED
                                                                    : random_below(r, u->capacity)};
    }
}

/* Reports follow each other, with usage that wanders. */
static void next_report(struct random_source *r, struct world *w)
{
    w->uplink.now_ms += (int64_t)random_below(r, 1000);
    for (uint32_t i = 0; i < w->uplink.nics; i++) {
        w->nic[i].fresh = random_below(r, 4) != 0;
        if (w->nic[i].fresh && random_below(r, 3) == 0)
            w->nic[i].usage = random_below(r, w->uplink.capacity / (1 + random_below(r, 50)));
    }
}

static bool anyone_yields(const struct world *w)
{
    for (uint32_t i = 0; i < w->uplink.nics; i++)
        if (w->nic[i].reason == POLICY_YIELDS || w->nic[i].reason == POLICY_KEEPS_ROOM ||
            w->nic[i].reason == POLICY_GUARANTEED || w->nic[i].reason == POLICY_OUT_OF_REACH ||
            w->nic[i].reason == POLICY_FAIR_SHARE || w->nic[i].reason == POLICY_OVERSUBSCRIBED)
            return true;
    return false;
}

static daqs_bps vm_share(const struct world *w, uint32_t v)
{
    daqs_bps sum = 0;
    for (uint32_t i = 0; i < w->uplink.nics; i++)
        if (w->nic[i].vm == v)
            sum += w->nic[i].share;
    return sum;
}

static void shares_never_exceed_the_budget(const struct world *w)
{
    daqs_bps sum = 0;
    if (!anyone_yields(w))
        return;
    for (uint32_t i = 0; i < w->uplink.nics; i++)
        sum += w->nic[i].share;
    assert_true(sum <= policy_budget(&w->uplink));
}

static void best_effort_is_always_held_while_a_guarantee_is_in_use(const struct world *w)
{
    if (!anyone_yields(w))
        return;
    for (uint32_t i = 0; i < w->uplink.nics; i++)
        if (w->vm[w->nic[i].vm].min == 0 && w->nic[i].controllable)
            assert_true(w->nic[i].limit <= policy_budget(&w->uplink));
}

/* The limits of a VM's nics together; DAQS_UNLIMITED if one has none. */
static daqs_bps vm_limit(const struct world *w, uint32_t v)
{
    daqs_bps sum = 0;
    for (uint32_t i = 0; i < w->uplink.nics; i++) {
        if (w->nic[i].vm == v && w->nic[i].limit == DAQS_UNLIMITED)
            return DAQS_UNLIMITED;
        sum += w->nic[i].vm == v ? w->nic[i].limit : 0;
    }
    return sum;
}

/* As long as the guarantees fit what the uplink is known to carry. */
static void no_vm_is_held_below_its_guarantee_nor_above_its_ceiling(const struct world *w)
{
    double promised = 0;
    double budget = (double)policy_budget(&w->uplink);
    for (uint32_t v = 0; v < w->uplink.vms; v++)
        promised += (double)daqs_rate_on_wire(w->vm[v].min);
    for (uint32_t v = 0; v < w->uplink.vms; v++) {
        const struct policy_vm *vm = &w->vm[v];
        bool in_reach = true;
        for (uint32_t i = 0; i < w->uplink.nics; i++)
            in_reach &= w->nic[i].vm != v || w->nic[i].controllable;
        double due = (double)vm->min * (w->uplink.mode == POLICY_MODE_MINIMUM);
        if (promised > budget || w->uplink.learned.learned)
            due = 0;
        double limit = (double)vm_limit(w, v) + MOST; /* rounding: 1 bit/s a nic */
        if (vm->max == DAQS_UNLIMITED)
            assert_true(vm->min == 0 || limit * (1 + 1e-9) >= due);
        else if (in_reach && w->uplink.mode != POLICY_MODE_OFF)
            assert_true(vm_limit(w, v) <= vm->max || vm_limit(w, v) <= daqs_rate_on_wire(vm->min));
    }
}

static bool in_use(const struct policy_vm *vm)
{
    return vm->min > 0 && vm->demand.state != DEMAND_IDLE;
}

/* Each VM that uses its guarantee has min(want, min, max) if all of that fits. */
static void guarantees_in_use_are_reserved(const struct world *w)
{
    daqs_bps promised = 0;
    if (!anyone_yields(w) || w->uplink.mode != POLICY_MODE_MINIMUM || w->uplink.learned.learned)
        return;
    for (uint32_t v = 0; v < w->uplink.vms; v++)
        promised += in_use(&w->vm[v]) ? daqs_rate_on_wire(w->vm[v].min) : 0;
    if (promised > policy_budget(&w->uplink))
        return;
    for (uint32_t v = 0; v < w->uplink.vms; v++) {
        const struct policy_vm *vm = &w->vm[v];
        daqs_bps due = daqs_rate_on_wire(vm->min);
        due = vm->demand.want < due ? vm->demand.want : due;
        if (in_use(vm))
            assert_true(vm_share(w, v) + w->uplink.nics >= due); /* rounding: 1 bit/s a nic */
    }
}

/* If they do not fit they are cut, and so are the limits. */
static void limits_of_guarantees_that_do_not_fit_do(const struct world *w)
{
    daqs_bps claims = 0;
    double limits = 0;
    if (!anyone_yields(w) || w->uplink.mode != POLICY_MODE_MINIMUM || w->uplink.learned.learned)
        return;
    uint32_t used = 0;
    for (uint32_t v = 0; v < w->uplink.vms; v++) {
        claims += in_use(&w->vm[v]) ? daqs_rate_on_wire(w->vm[v].min) : 0;
        used += in_use(&w->vm[v]);
    }
    if (used < 2 || claims <= policy_budget(&w->uplink)) /* one alone needs no limit */
        return;
    for (uint32_t i = 0; i < w->uplink.nics; i++)
        if (in_use(&w->vm[w->nic[i].vm]) && w->nic[i].controllable)
            limits += (double)w->nic[i].limit;
    assert_true(limits <= (double)policy_budget(&w->uplink) * (1 + 1e-9));
}

/* What is not handed out is where a VM without a limit can take it, or nobody may have more. */
static void nothing_idles_while_someone_wants_it(const struct world *w)
{
    daqs_bps sum = 0;
    bool someone_could = false;
    if (!anyone_yields(w) || w->uplink.learned.trial || w->uplink.learned.learned)
        return;
    for (uint32_t v = 0; v < w->uplink.vms; v++) {
        sum += vm_share(w, v);
        someone_could |= w->vm[v].max == DAQS_UNLIMITED && vm_limit(w, v) != DAQS_UNLIMITED;
    }
    if (someone_could)
        assert_true(sum + 2U * MOST >= policy_budget(&w->uplink));
}

static void check_all(const struct world *w)
{
    shares_never_exceed_the_budget(w);
    best_effort_is_always_held_while_a_guarantee_is_in_use(w);
    no_vm_is_held_below_its_guarantee_nor_above_its_ceiling(w);
    guarantees_in_use_are_reserved(w);
    limits_of_guarantees_that_do_not_fit_do(w);
    nothing_idles_while_someone_wants_it(w);
}

static void every_decision_keeps_its_promises(void **state)
{
    uint64_t seed = random_seed();
    (void)state;
    for (uint64_t c = 0; c < CASES; c++) {
        struct random_source r = {seed + c};
        struct world w;
        make_world(&r, &w, c % 2 == 0);
        for (int report = 0; report < 4; report++) {
            assert_true(policy_decide(&w.uplink));
            check_all(&w);
            next_report(&r, &w);
        }
    }
}

/* Whatever happens to the VMs of an uplink, a trial ends soon, and nobody is left in one that has
 * ended. */
static void trials_end(void **state)
{
    enum { DECISIONS = 200, TRIAL_MOST_MS = 5000 };
    uint64_t seed = random_seed();
    (void)state;
    for (uint64_t c = 0; c < CASES / 40; c++) {
        struct random_source r = {seed + c};
        struct world w;
        int64_t since_ms = -1;
        make_world(&r, &w, true);
        for (int i = 0; i < DECISIONS; i++) {
            const struct capacity *learned = &w.uplink.learned;
            assert_true(policy_decide(&w.uplink));
            check_all(&w);
            since_ms = learned->trial == 0 ? -1 : since_ms < 0 ? w.uplink.now_ms : since_ms;
            assert_true(since_ms < 0 || w.uplink.now_ms - since_ms <= 3 * TRIAL_MOST_MS);
            for (uint32_t v = 0; v < w.uplink.vms && w.uplink.mode != POLICY_MODE_MINIMUM; v++)
                assert_false(w.vm[v].tried);
            next_report(&r, &w);
            if (random_below(&r, 50) == 0)
                w.uplink.mode = (enum policy_mode)random_below(&r, POLICY_MODE_WEIGHTED + 1);
            if (random_below(&r, 50) == 0) { /* another VM in its place */
                struct policy_vm *vm = &w.vm[random_below(&r, w.uplink.vms)];
                *vm = (struct policy_vm){.max = DAQS_UNLIMITED,
                                         .weight = 1,
                                         .min = vm->min ? random_below(&r, vm->min) : 0};
            }
        }
    }
}

/* The same VMs and nics in another order get the same. */
static void order_changes_nothing(void **state)
{
    uint64_t seed = random_seed();
    (void)state;
    for (uint64_t c = 0; c < CASES; c++) {
        struct random_source r = {seed + c};
        struct world w;
        struct world turned;
        make_world(&r, &w, true);
        turned = w;
        turned.uplink.vm = turned.vm;
        turned.uplink.nic = turned.nic;
        for (uint32_t v = 0; v < w.uplink.vms; v++)
            turned.vm[v] = w.vm[w.uplink.vms - 1 - v];
        for (uint32_t i = 0; i < w.uplink.nics; i++) {
            turned.nic[i] = w.nic[w.uplink.nics - 1 - i];
            turned.nic[i].vm = w.uplink.vms - 1 - turned.nic[i].vm;
        }
        assert_true(policy_decide(&w.uplink));
        assert_true(policy_decide(&turned.uplink));
        for (uint32_t i = 0; i < w.uplink.nics; i++) {
            const struct policy_nic *a = &w.nic[i];
            const struct policy_nic *b = &turned.nic[w.uplink.nics - 1 - i];
            assert_int_equal(a->reason, b->reason);
            if (a->reason != POLICY_OUT_OF_REACH && a->limit != b->limit)
                assert_true(llabs((long long)(a->limit - b->limit)) <= MOST);
        }
    }
}

/* More weight never gives less. */
static void more_weight_never_gives_less(void **state)
{
    uint64_t seed = random_seed();
    (void)state;
    for (uint64_t c = 0; c < CASES; c++) {
        struct random_source r = {seed + c};
        struct world w;
        struct world heavier;
        make_world(&r, &w, true);
        heavier = w;
        heavier.uplink.vm = heavier.vm;
        heavier.uplink.nic = heavier.nic;
        uint32_t v = (uint32_t)random_below(&r, w.uplink.vms);
        heavier.vm[v].weight += 1 + (uint32_t)random_below(&r, 5);
        assert_true(policy_decide(&w.uplink));
        assert_true(policy_decide(&heavier.uplink));
        if (anyone_yields(&w))
            assert_true(vm_share(&heavier, v) + 4U * MOST >= vm_share(&w, v));
    }
}

/* However the others are, one report that shows a guarantee in use is enough to reserve it. */
static void the_first_report_reserves_a_guarantee(void **state)
{
    uint64_t seed = random_seed();
    (void)state;
    for (uint64_t c = 0; c < CASES; c++) {
        struct random_source r = {seed + c};
        struct world w;
        make_world(&r, &w, true);
        w.uplink.mode = POLICY_MODE_MINIMUM;
        uint32_t v = (uint32_t)random_below(&r, w.uplink.vms);
        struct policy_vm *vm = &w.vm[v];
        vm->min = vm->min / 2 + MBIT;
        vm->max = DAQS_UNLIMITED;
        for (int report = 0; report < 3; report++) { /* silent */
            w.nic[v].usage = 0;
            for (uint32_t i = 0; i < w.uplink.nics; i++)
                if (w.nic[i].vm == v)
                    w.nic[i].usage = 0;
            assert_true(policy_decide(&w.uplink));
            next_report(&r, &w);
        }
        for (uint32_t i = 0; i < w.uplink.nics; i++) {
            w.nic[i].fresh = true;
            if (w.nic[i].vm == v)
                w.nic[i].usage = 0;
        }
        w.nic[v].usage = vm->min / 3 + 5 * MBIT;
        assert_true(policy_decide(&w.uplink));
        daqs_bps promised = 0;
        for (uint32_t k = 0; k < w.uplink.vms; k++)
            promised += in_use(&w.vm[k]) ? daqs_rate_on_wire(w.vm[k].min) : 0;
        if (promised <= policy_budget(&w.uplink) && !w.uplink.learned.learned)
            assert_true(vm->reserve + w.uplink.nics >= daqs_rate_on_wire(vm->min));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_decision_keeps_its_promises),
        cmocka_unit_test(the_first_report_reserves_a_guarantee),
        cmocka_unit_test(trials_end),
        cmocka_unit_test(order_changes_nothing),
        cmocka_unit_test(more_weight_never_gives_less),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
