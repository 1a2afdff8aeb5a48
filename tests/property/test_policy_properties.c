/* SPDX-License-Identifier: Apache-2.0 */
/* Invariants of every decision of the policy, over random uplinks. A failing case prints its seed;
 * set DAQS_SEED to it to run that case alone. */
#include "tests/lib/check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "shared/policy/policy.h"
#include "tests/lib/random.h"

enum { CASES = 4000, MOST = 24, DECISIONS = 100000 };

struct world {
    struct policy_uplink uplink;
    struct policy_vm vm[MOST];
    struct policy_memory memory[MOST];
};

/* Makes a copied world point into itself. */
static void bind_world(struct world *w)
{
    w->uplink.vm = w->vm;
    for (uint32_t v = 0; v < MOST; v++)
        w->vm[v].memory = &w->memory[v];
}

static void make_world(struct random_source *r, struct world *w, bool mins_fit)
{
    memset(w, 0, sizeof *w);
    struct policy_uplink *u = &w->uplink;
    *u = (struct policy_uplink){.capacity = (1 + random_below(r, 400)) * 100 * MBIT,
                                .headroom_ppm = (uint32_t)random_below(r, 50000),
                                .report_ms = 100,
                                .span_ms = 100,
                                .own_known = random_below(r, 2),
                                .port_known = random_below(r, 2),
                                .vms = 1 + (uint32_t)random_below(r, MOST)};
    u->vf_least = random_below(r, 2) ? random_below(r, u->capacity / 8) : 0;
    u->mode = random_below(r, 3) ? POLICY_MODE_MINIMUM
                                 : (enum policy_mode)random_below(r, POLICY_MODE_WEIGHTED + 1);
    daqs_bps left = policy_budget(u);
    for (uint32_t v = 0; v < u->vms; v++) {
        struct policy_vm *vm = &w->vm[v];
        daqs_bps most = mins_fit ? left / 2 : u->capacity;
        *vm = (struct policy_vm){.max = DAQS_UNLIMITED,
                                 .weight = 1 + (uint32_t)random_below(r, 5),
                                 .reachable = random_below(r, 10) != 0,
                                 .by_host = (uint32_t)random_below(r, 3),
                                 .limit = random_below(r, 2) ? DAQS_UNLIMITED
                                                             : random_below(r, u->capacity)};
        if (random_below(r, 3) == 0)
            vm->min = random_below(r, most);
        if (random_below(r, 6) == 0)
            vm->max = vm->min + random_below(r, u->capacity) + 1;
        left -= mins_fit ? vm->min : 0;
    }
    bind_world(w);
}

/* Makes the next report, with usage that varies. Some VMs' readings are missing. */
static void next_report(struct random_source *r, struct world *w)
{
    struct policy_uplink *u = &w->uplink;
    u->own = random_below(r, u->capacity / 4);
    u->port = random_below(r, u->capacity + u->capacity / 50);
    for (uint32_t v = 0; v < u->vms; v++) {
        struct policy_vm *vm = &w->vm[v];
        daqs_bps scale[] = {0, 10 * MBIT, u->capacity / 10, u->capacity};
        vm->lost = random_below(r, 50) == 0;
        vm->fresh = !vm->lost && random_below(r, 4) != 0;
        bool late = random_below(r, 8) == 0;
        vm->span_ms = 50 + (uint32_t)random_below(r, late ? 3500 : 100);
        if (vm->fresh && random_below(r, 3) == 0)
            vm->usage = random_below(r, scale[random_below(r, 4)] + 1);
        vm->backlog = random_below(r, 8) != 0;
    }
}

static bool decides(const struct world *w)
{
    for (uint32_t v = 0; v < w->uplink.vms; v++)
        if (w->vm[v].reason == POLICY_YIELDS || w->vm[v].reason == POLICY_KEEPS_ROOM ||
            w->vm[v].reason == POLICY_GUARANTEED || w->vm[v].reason == POLICY_OVERSUBSCRIBED)
            return true;
    return false;
}

static void reserves_are_part_of_guarantees(const struct world *w)
{
    for (uint32_t v = 0; v < w->uplink.vms; v++) {
        const struct policy_memory *m = &w->memory[v];
        assert_true(isfinite(m->reserve) && m->reserve >= 0 && !isnan(m->wants));
        assert_true(m->reserve <= (double)w->vm[v].min);
    }
}

static void no_vm_is_held_above_its_ceiling_nor_below_its_guarantee(const struct world *w)
{
    for (uint32_t v = 0; v < w->uplink.vms; v++) {
        const struct policy_vm *vm = &w->vm[v];
        bool limited = vm->reachable && w->uplink.mode != POLICY_MODE_OFF;
        daqs_bps min = w->uplink.mode == POLICY_MODE_MINIMUM ? vm->min : 0;
        if (limited && vm->max != DAQS_UNLIMITED)
            assert_true(vm->limit <= daqs_higher(vm->max, min));
        if (vm->due == vm->min)
            assert_true(vm->limit >= daqs_lower(min, vm->max));
    }
}

static void best_effort_is_held_while_a_guarantee_is_in_use(const struct world *w)
{
    if (w->uplink.mode != POLICY_MODE_MINIMUM || !decides(w))
        return;
    for (uint32_t v = 0; v < w->uplink.vms; v++)
        if (w->vm[v].min == 0 && w->vm[v].reachable)
            assert_true(w->vm[v].limit <= w->uplink.capacity);
}

static void check_all(const struct world *w)
{
    reserves_are_part_of_guarantees(w);
    no_vm_is_held_above_its_ceiling_nor_below_its_guarantee(w);
    best_effort_is_held_while_a_guarantee_is_in_use(w);
}

static void every_decision_keeps_its_promises(void **state)
{
    uint64_t seed = random_seed();
    (void)state;
    for (uint64_t c = 0; c < CASES; c++) {
        struct random_source r = {seed + c};
        struct world w;
        make_world(&r, &w, c % 2 == 0);
        for (int report = 0; report < 20; report++) {
            next_report(&r, &w);
            assert_true(policy_decide(&w.uplink));
            check_all(&w);
        }
    }
}

/* Makes four guaranteed VMs and one that cannot be limited, which report anything; the others are
 * best effort. Returns what is due to each of these per weight: its share of (budget - all
 * guarantees). */
static double make_liars(struct random_source *r, struct world *w)
{
    make_world(r, w, true);
    w->uplink.mode = POLICY_MODE_MINIMUM;
    w->uplink.own_known = w->uplink.port_known = false;
    w->uplink.vf_least = 0; /* otherwise others may get more than their share by weight */
    w->uplink.vms = 6 + (uint32_t)random_below(r, 4);
    daqs_bps left = policy_budget(&w->uplink);
    double weights = 0;
    for (uint32_t v = 0; v < w->uplink.vms; v++) {
        struct policy_vm *vm = &w->vm[v];
        vm->max = vm->limit = DAQS_UNLIMITED;
        vm->min = v < 4 ? random_below(r, left / 2) : 0;
        vm->weight = 1 + (uint32_t)random_below(r, 5);
        vm->reachable = v != 4;
        left -= vm->min;
        weights += vm->weight;
    }
    return (double)left / weights;
}

static void print_world(const struct world *w)
{
    for (uint32_t v = 0; v < w->uplink.vms; v++) {
        const struct policy_vm *vm = &w->vm[v];
        print_message("VM %u: min %.0f weight %u %s uses %.0f, reserve %.0f wants %.0f share %.0f "
                      "limit %.0f\n",
                      v, (double)vm->min, vm->weight, vm->memory->on ? "on" : "off",
                      (double)vm->usage, vm->memory->reserve, vm->memory->wants, (double)vm->share,
                      (double)vm->limit);
    }
}

static void best_effort_has_its_due(const struct world *w, double due_each)
{
    double may = 0;
    double due = 0;
    for (uint32_t v = 5; v < w->uplink.vms; v++) {
        may += (double)daqs_lower(w->vm[v].limit, w->uplink.capacity);
        due += due_each * w->vm[v].weight;
    }
    if (may >= 0.999 * due - 100)
        return;
    print_world(w);
    fail_msg("%.0f of %.0f, budget %.0f", may, due, (double)policy_budget(&w->uplink));
}

/* Makes the next decision. Best effort sends at most 'most' and at most its limits. */
static void next_decision(struct random_source *r, struct world *w, daqs_bps most, bool claims)
{
    next_report(r, w);
    for (uint32_t v = 0; claims && v < 5; v++) {
        w->vm[v].backlog = true;
        w->vm[v].usage = daqs_lower(w->vm[v].usage, w->vm[v].min / 3);
    }
    for (uint32_t v = 5; v < w->uplink.vms; v++) {
        w->vm[v].fresh = true;
        w->vm[v].lost = false;
        w->vm[v].usage = daqs_lower(daqs_lower(w->vm[v].limit, w->uplink.capacity), most);
    }
    assert_true(policy_decide(&w->uplink));
}

/* The sum of best effort's limits never falls below its share of (budget - all guarantees),
 * whatever the others report. */
static void no_report_takes_the_share_of_best_effort(void **state)
{
    uint64_t seed = random_seed();
    struct random_source r = {seed};
    (void)state;
    for (unsigned decisions = 0; decisions < DECISIONS; decisions += 25) {
        struct world w;
        double due = make_liars(&r, &w);
        for (int report = 0; report < 25; report++) {
            next_decision(&r, &w, DAQS_UNLIMITED, false);
            best_effort_has_its_due(&w, due);
        }
    }
}

/* Nor do false backlogs that are reported while best effort sends little, and kept up when it wants
 * all. The liars send little, so that the port is never full. */
static void no_backlog_takes_the_share_of_best_effort(void **state)
{
    uint64_t seed = random_seed();
    struct random_source r = {seed};
    unsigned believed = 0;
    (void)state;
    for (unsigned decisions = 0; decisions < DECISIONS; decisions += 60) {
        struct world w;
        double due = make_liars(&r, &w);
        for (int report = 0; report < 60; report++) {
            next_decision(&r, &w, report < 40 ? w.uplink.capacity / 200 : DAQS_UNLIMITED, true);
            if (report == 40)
                believed += w.uplink.memory.bottleneck.capacity < (double)w.uplink.capacity;
            if (report >= 42) /* its demand is visible by now */
                best_effort_has_its_due(&w, due);
        }
    }
    assert_true(believed >= DECISIONS / 600); /* of the false reports */
}

static daqs_bps sum_of_mins(const struct world *w)
{
    daqs_bps sum = 0;
    for (uint32_t v = 0; v < w->uplink.vms; v++)
        sum += w->vm[v].min;
    return sum;
}

/* In total, least rates raise the limits by no more than what all guarantees leave. */
static void least_rates_take_from_no_guarantee(void **state)
{
    uint64_t seed = random_seed();
    (void)state;
    for (uint64_t c = 0; c < CASES; c++) {
        struct random_source r = {seed + c};
        struct world w;
        make_world(&r, &w, true);
        w.uplink.mode = POLICY_MODE_MINIMUM;
        w.uplink.own_known = w.uplink.port_known = false;
        daqs_bps beside = policy_budget(&w.uplink) - sum_of_mins(&w);
        for (int report = 0; report < 20; report++) {
            next_report(&r, &w);
            struct world without = w;
            bind_world(&without);
            without.uplink.vf_least = 0;
            assert_true(policy_decide(&w.uplink));
            assert_true(policy_decide(&without.uplink));
            daqs_bps more = 0;
            for (uint32_t v = 0; v < w.uplink.vms; v++) {
                assert_int_equal(w.vm[v].due, without.vm[v].due);
                if (w.vm[v].limit > without.vm[v].limit)
                    more += w.vm[v].limit - without.vm[v].limit;
            }
            assert_true(more <= beside + MOST);
        }
    }
}

/* Makes VMs that cannot be limited send much. The port shows it, and guarantees are short. */
static void make_squeeze(struct random_source *r, struct world *w)
{
    make_world(r, w, true);
    struct policy_uplink *u = &w->uplink;
    u->mode = POLICY_MODE_MINIMUM;
    u->port_known = true;
    u->vf_least = random_below(r, u->capacity / 10);
    for (uint32_t v = 0; v < u->vms; v++) {
        struct policy_vm *vm = &w->vm[v];
        vm->reachable = random_below(r, 3) != 0;
        vm->backlog = true;
    }
}

static void shares_fit_the_budget(const struct world *w)
{
    double taken = w->uplink.own_known ? (double)w->uplink.own : 0;
    double shares = 0;
    for (uint32_t v = 0; v < w->uplink.vms; v++) {
        const struct policy_vm *vm = &w->vm[v];
        shares += (double)vm->share;
        if (!vm->reachable && vm->memory->on)
            taken += fmax(0, (double)vm->usage - vm->memory->reserve);
    }
    double left =
        fmax((double)policy_budget(&w->uplink) - taken, 0.02 * (double)w->uplink.capacity);
    if (shares <= left + MOST)
        return;
    print_world(w);
    fail_msg("%.0f of %.0f, of %.0f", shares, left, (double)w->uplink.capacity);
}

/* The sum of all shares fits into what is left of the port. */
static void no_more_is_shared_out_than_there_is(void **state)
{
    uint64_t seed = random_seed();
    unsigned shared = 0;
    (void)state;
    for (uint64_t c = 0; c < CASES / 10; c++) {
        struct random_source r = {seed + c};
        struct world w;
        make_squeeze(&r, &w);
        for (int report = 0; report < 60; report++) {
            next_report(&r, &w);
            for (uint32_t v = 0; v < w.uplink.vms; v++) {
                w.vm[v].lost = false;
                w.vm[v].fresh = w.vm[v].backlog = true;
                w.vm[v].usage = daqs_lower(w.vm[v].usage, w.uplink.capacity / w.uplink.vms);
            }
            w.uplink.port = w.uplink.own_known ? w.uplink.own : 0;
            for (uint32_t v = 0; v < w.uplink.vms; v++)
                w.uplink.port += w.vm[v].usage;
            assert_true(policy_decide(&w.uplink));
            if (!decides(&w))
                continue;
            shared++;
            shares_fit_the_budget(&w);
        }
    }
    assert_true(shared > CASES / 10);
}

/* The same VMs in another order get the same limits. */
static void order_changes_nothing(void **state)
{
    uint64_t seed = random_seed();
    (void)state;
    for (uint64_t c = 0; c < CASES; c++) {
        struct random_source r = {seed + c};
        struct world w;
        struct world turned;
        make_world(&r, &w, true);
        for (int report = 0; report < 5; report++) {
            next_report(&r, &w);
            turned = w;
            for (uint32_t v = 0; v < w.uplink.vms; v++) {
                turned.vm[v] = w.vm[w.uplink.vms - 1 - v];
                turned.memory[v] = w.memory[w.uplink.vms - 1 - v];
            }
            bind_world(&turned);
            assert_true(policy_decide(&w.uplink));
            assert_true(policy_decide(&turned.uplink));
            for (uint32_t v = 0; v < w.uplink.vms; v++) {
                const struct policy_vm *a = &w.vm[v];
                const struct policy_vm *b = &turned.vm[w.uplink.vms - 1 - v];
                assert_int_equal(a->reason, b->reason);
                if (a->limit != b->limit)
                    assert_true(llabs((long long)(a->limit - b->limit)) <=
                                MOST + (long long)(a->limit / 1000000000));
            }
        }
    }
}

/* Whatever the others do, two reports are enough to reserve a whole guarantee, from silence and
 * from 15 % of it. */
static void the_second_report_reserves_the_guarantee(void **state)
{
    uint64_t seed = random_seed();
    (void)state;
    for (uint64_t c = 0; c < CASES; c++) {
        struct random_source r = {seed + c};
        struct world w;
        make_world(&r, &w, true);
        w.uplink.mode = POLICY_MODE_MINIMUM;
        w.uplink.own_known = w.uplink.port_known = false;
        struct policy_vm *vm = &w.vm[0];
        vm->min = vm->min / 2 + 20 * MBIT;
        vm->max = DAQS_UNLIMITED;
        daqs_bps little = c % 2 ? 0 : vm->min * 15 / 100;
        for (int report = 0; report < 30; report++) {
            next_report(&r, &w);
            vm->fresh = true;
            vm->lost = false;
            vm->span_ms = 100;
            vm->usage = report < 28
                            ? little
                            : daqs_higher((daqs_bps)vm->memory->reserve, little + vm->min / 10);
            assert_true(policy_decide(&w.uplink));
        }
        assert_true(vm->memory->reserve >= (double)vm->due - 1);
    }
}

/* Two pasts with the same present cannot be told apart after twenty seconds. The last difference to
 * vanish is that in the budget's mean over three seconds, of which a little decides whether
 * guarantees are cut. */
static void nothing_is_remembered_for_long(void **state)
{
    uint64_t seed = random_seed();
    (void)state;
    for (uint64_t c = 0; c < CASES / 20; c++) {
        struct random_source r = {seed + c};
        struct world w;
        struct world other;
        make_world(&r, &w, true);
        other = w;
        bind_world(&other);
        for (int report = 0; report < 400; report++) {
            struct random_source branch = {seed + c + 1000 * (uint64_t)report};
            next_report(&branch, &w);
            struct random_source second = {seed + c +
                                           (report < 200 ? 999 : 1000) * (uint64_t)report};
            next_report(&second, &other);
            for (uint32_t v = 0; v < w.uplink.vms; v++) {
                w.vm[v].fresh = other.vm[v].fresh = true;
                w.vm[v].lost = other.vm[v].lost = false;
                w.vm[v].backlog = other.vm[v].backlog = false; /* a bottleneck is kept for longer */
                if (report >= 200)
                    other.vm[v].usage = w.vm[v].usage;
                if (report == 200) /* from now on they send the same */
                    w.vm[v].usage = other.vm[v].usage = random_below(&r, w.uplink.capacity / 5);
            }
            if (report >= 200) {
                other.uplink.own = w.uplink.own;
                other.uplink.port = w.uplink.port;
            }
            assert_true(policy_decide(&w.uplink));
            assert_true(policy_decide(&other.uplink));
        }
        for (uint32_t v = 0; v < w.uplink.vms; v++) {
            double a = (double)w.vm[v].limit;
            double b = (double)other.vm[v].limit;
            /* What is left next to guarantees that are cut differs by parts of the budget. */
            double most = fmax(0.02 * fmax(a, b), 0.001 * (double)w.uplink.capacity);
            if (fabs(a - b) > most)
                fail_msg("VM %u: %.0f, %.0f", v, a, b);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_decision_keeps_its_promises),
        cmocka_unit_test(no_report_takes_the_share_of_best_effort),
        cmocka_unit_test(no_backlog_takes_the_share_of_best_effort),
        cmocka_unit_test(the_second_report_reserves_the_guarantee),
        cmocka_unit_test(nothing_is_remembered_for_long),
        cmocka_unit_test(least_rates_take_from_no_guarantee),
        cmocka_unit_test(no_more_is_shared_out_than_there_is),
        cmocka_unit_test(order_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
