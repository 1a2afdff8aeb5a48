/* SPDX-License-Identifier: Apache-2.0 */
/* The accounting compared with what simulated VMs really sent and wanted, second by second, over
 * the catalogue: a verdict may be unknown, but otherwise it is true. */
#include "tests/lib/check.h"

#include "controllerd/core/history/attainment.h"
#include "shared/policy/wire_bytes.h"
#include "tests/sim/catalogue.h"

enum { SEED = 4711 };

static struct sim_account account(const struct sim_setup *setup)
{
    static struct sim_setup perfect;
    struct sim_result result;
    struct sim_result oracle;
    struct sim_account sum = {0};
    perfect = *setup;
    perfect.rule = SIM_ORACLE;
    assert_true(sim_run(setup, &result));
    assert_true(sim_run(&perfect, &oracle));
    for (unsigned i = 0; i < setup->vms; i++)
        if (!setup->vm[i].another_nic)
            sim_account(&result, &oracle, i, &sum);
    sim_result_done(&result);
    sim_result_done(&oracle);
    return sum;
}

static void say(const char *name, const struct sim_account *a)
{
    print_message("%s: %u s: met %u (false %u), missed %u (false %u), idle %u (false %u), "
                  "unknown %u\n",
                  name, a->seconds, a->met, a->false_met, a->missed, a->false_missed, a->idle,
                  a->false_idle, a->unknown);
}

/* Returns whether perfect limits would not give the VMs more: they are limited elsewhere, claim a
 * false backlog, or the link is too slow. */
static bool is_out_of_our_hands(const struct sim_setup *setup)
{
    const struct sim_change *speed = &setup->speed_change[0];
    for (unsigned i = 0; i < setup->vms; i++)
        if (setup->vm[i].policed || setup->vm[i].claims_backlog ||
            (speed->at_ms && setup->vm[i].min > speed->rate))
            return true;
    return false;
}

/* If reports are rare or late, they belong to another second than is assumed here. */
static void over_the_catalogue_the_ledgers_verdict_is_true(void **state)
{
    static struct sim_setup setup;
    struct sim_account sum = {0};
    (void)state;
    for (unsigned i = 0; i < catalogue_count; i++) {
        setup = sim_default();
        setup.seed = SEED;
        catalogue[i].make(&setup);
        if (is_out_of_our_hands(&setup))
            continue;
        struct sim_account here = account(&setup);
        if (here.false_met + here.false_missed > 0)
            say(catalogue[i].name, &here);
        sum.seconds += here.seconds;
        sum.met += here.met;
        sum.missed += here.missed;
        sum.idle += here.idle;
        sum.unknown += here.unknown;
        sum.false_met += here.false_met;
        sum.false_missed += here.false_missed;
        sum.false_idle += here.false_idle;
    }
    say("all", &sum);
    assert_true(sum.false_met * 1000 <= sum.seconds);
    assert_true(sum.false_missed * 100 <= sum.seconds); /* VMs that begin or stop within it */
    assert_true(sum.false_idle * 30 <= sum.seconds);    /* starts that take less than a second */
    assert_true(sum.unknown * 50 <= sum.seconds);
}

/* "gold" on a link of 4 Gbit/s, with a guarantee of 2, next to eight greedy flows. */
static struct sim_setup beside_greedy(daqs_bps rate)
{
    struct sim_setup setup = sim_default();
    setup.seed = SEED;
    setup.backlog_unknown = true;
    setup.vms = 2;
    setup.vm[0] = (struct sim_vm){
        .name = "gold", .min = 2000 * MBIT, .flows = 1, .phases = 1, .phase = {{0, rate}}};
    setup.vm[1] = (struct sim_vm){.name = "noisy", .flows = 8};
    return setup;
}

static void a_guarantee_that_nobody_keeps_is_never_idle(void **state)
{
    (void)state;
    struct sim_setup off = beside_greedy(DAQS_UNLIMITED);
    off.mode = POLICY_MODE_OFF;
    struct sim_account sum = account(&off);
    say("off", &sum);
    assert_int_equal(sum.met + sum.idle, 0);
    off.backlog_unknown = false;
    sum = account(&off);
    say("off, asked", &sum);
    assert_true(sum.missed + 3 >= sum.seconds);
    struct sim_setup out_of_reach = beside_greedy(DAQS_UNLIMITED);
    out_of_reach.vm[1].out_of_reach = true;
    sum = account(&out_of_reach);
    say("out of reach", &sum);
    assert_true(sum.met + sum.idle <= 2); /* while it starts */
    out_of_reach.backlog_unknown = false;
    sum = account(&out_of_reach);
    say("out of reach, asked", &sum);
    assert_true(sum.missed + 3 >= sum.seconds);
}

static void a_vm_that_wants_half_misses_nothing(void **state)
{
    (void)state;
    struct sim_setup kept = beside_greedy(1000 * MBIT);
    struct sim_account sum = account(&kept);
    say("content", &sum);
    assert_int_equal(sum.idle, sum.seconds);
    struct sim_setup off = beside_greedy(300 * MBIT); /* which eight flows leave it completely */
    off.mode = POLICY_MODE_OFF;
    sum = account(&off);
    say("content, off", &sum);
    assert_int_equal(sum.missed + sum.met, 0);
    off.backlog_unknown = false;
    sum = account(&off);
    say("content, off, asked", &sum);
    assert_true(sum.idle + 1 >= sum.seconds);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(over_the_catalogue_the_ledgers_verdict_is_true),
        cmocka_unit_test(a_guarantee_that_nobody_keeps_is_never_idle),
        cmocka_unit_test(a_vm_that_wants_half_misses_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
