/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include "shared/policy/policy.h"

enum { GOLD = 0, PLAIN = 1, OTHER = 2, VMS = 6, SECOND = 10 };

struct link {
    struct policy_uplink uplink;
    struct policy_vm vm[VMS];
    struct policy_memory memory[VMS];
    bool was_found;
};

/* 10 Gbit/s, 1 % headroom, a report every 100 ms. GOLD has a guarantee of 3 Gbit/s; the four VMs
 * from OTHER on are idle. */
static struct link link_with_gold(void)
{
    struct link l = {.uplink = {.capacity = 10 * GBIT,
                                .headroom_ppm = 10000,
                                .report_ms = 100,
                                .span_ms = 100,
                                .vms = VMS}};
    for (uint32_t v = 0; v < VMS; v++)
        l.vm[v] = (struct policy_vm){
            .max = DAQS_UNLIMITED, .weight = 1, .reachable = true, .limit = DAQS_UNLIMITED};
    l.vm[GOLD].min = 3 * GBIT;
    return l;
}

static double found(const struct link *l)
{
    return l->uplink.memory.bottleneck.capacity;
}

static bool is_found(const struct link *l)
{
    return found(l) < (double)l->uplink.capacity;
}

static void decide(struct link *l)
{
    l->uplink.vm = l->vm;
    for (uint32_t v = 0; v < VMS; v++)
        l->vm[v].memory = &l->memory[v];
    assert_true(policy_decide(&l->uplink));
}

static void reports(struct link *l, unsigned count, daqs_bps gold, daqs_bps plain)
{
    while (count-- > 0) {
        l->vm[GOLD].usage = gold;
        l->vm[PLAIN].usage = plain;
        for (uint32_t v = 0; v < VMS; v++) {
            l->vm[v].fresh = true;
            l->vm[v].span_ms = 100;
        }
        decide(l);
        l->was_found |= is_found(l);
    }
}

/* 6 Gbit/s get through, and GOLD has 1 of them. */
static struct link squeezed(bool backlog, unsigned count)
{
    struct link l = link_with_gold();
    l.vm[GOLD].backlog = backlog;
    reports(&l, count, 1 * GBIT, 5 * GBIT);
    return l;
}

static void the_rate_of_a_bottleneck_is_found_within_three_seconds(void **state)
{
    struct link l = squeezed(true, 15);
    (void)state;
    assert_false(is_found(&l)); /* the shortage has lasted too briefly */
    reports(&l, 15, 1 * GBIT, 5 * GBIT);
    assert_true(found(&l) > 5.99e9 && found(&l) < 6.01e9);
    /* 6 Gbit/s less headroom less the guarantee. */
    assert_true(l.vm[PLAIN].limit <= 2910 * MBIT && l.vm[PLAIN].limit >= 2850 * MBIT);
    assert_int_equal(l.vm[PLAIN].reason, POLICY_YIELDS);
    assert_true(l.memory[GOLD].reserve >= 3e9);
}

static void nothing_is_found_without_a_backlog(void **state)
{
    struct link l = squeezed(false, 10 * SECOND);
    (void)state;
    assert_false(l.was_found);
    assert_true(l.vm[PLAIN].limit > 5 * GBIT);
}

static void a_full_port_is_the_bottleneck_itself(void **state)
{
    struct link l = link_with_gold();
    (void)state;
    l.vm[GOLD].backlog = true;
    reports(&l, 10 * SECOND, 1 * GBIT, 8700 * MBIT);
    assert_false(l.was_found);
    l.uplink.port_known = true; /* the port carries more than the VMs' known traffic */
    l.uplink.port = 9700 * MBIT;
    reports(&l, 10 * SECOND, 1 * GBIT, 5 * GBIT);
    assert_false(l.was_found);
}

/* Both guarantees are in use: each VM has a limit, and its own shaper delays its bytes. */
static void one_that_our_limit_holds_proves_nothing(void **state)
{
    struct link l = link_with_gold();
    (void)state;
    l.vm[GOLD].backlog = true;
    for (unsigned i = 0; i < 10 * SECOND; i++) {
        l.vm[GOLD].limit = 1040 * MBIT;
        reports(&l, 1, 1 * GBIT, 5 * GBIT);
    }
    assert_false(l.was_found);
}

static void one_that_has_its_guarantee_proves_nothing(void **state)
{
    struct link l = link_with_gold();
    (void)state;
    l.vm[GOLD].backlog = true;
    reports(&l, 10 * SECOND, 3 * GBIT, 3 * GBIT);
    assert_false(l.was_found);
}

static void modes_without_guarantees_look_for_none(void **state)
{
    struct link l = link_with_gold();
    (void)state;
    l.vm[GOLD].backlog = true;
    l.uplink.mode = POLICY_MODE_FAIR;
    reports(&l, 10 * SECOND, 1 * GBIT, 5 * GBIT);
    assert_false(l.was_found);
}

/* The others yielded, but the VM sends no more than before: something else slows it down. */
static void one_that_does_not_use_yielded_capacity_is_doubted(void **state)
{
    struct link l = squeezed(true, 3 * SECOND);
    (void)state;
    assert_true(is_found(&l));
    reports(&l, 3 * SECOND + 1, 1 * GBIT, 2900 * MBIT);
    assert_false(is_found(&l));
    assert_true(l.vm[PLAIN].limit > 5 * GBIT);
    reports(&l, 50 * SECOND, 1 * GBIT, 5 * GBIT);
    assert_false(is_found(&l));
    for (unsigned i = 0; i < 15 * SECOND && !is_found(&l); i++)
        reports(&l, 1, 1 * GBIT, 5 * GBIT);
    assert_true(is_found(&l)); /* a minute later its backlog counts again */
}

/* The evidence of one VM does not depend on another's. */
static void a_doubted_one_does_not_refute_the_evidence_of_another(void **state)
{
    struct link l = squeezed(true, 3 * SECOND);
    (void)state;
    reports(&l, 2 * SECOND, 3 * GBIT, 2900 * MBIT);
    l.vm[OTHER].min = 1 * GBIT;
    l.memory[OTHER].shortage = (struct policy_shortage){.doubted_ms = 60000};
    reports(&l, 2 * SECOND, 3 * GBIT, 2900 * MBIT);
    assert_true(is_found(&l));
}

static void it_is_raised_while_no_harm_shows_and_fast_once_more_gets_through(void **state)
{
    struct link l = squeezed(true, 3 * SECOND);
    (void)state;
    l.vm[GOLD].backlog = false;
    reports(&l, 2 * SECOND, 3100 * MBIT, 2900 * MBIT);
    double before = found(&l);
    reports(&l, 5 * SECOND, 3100 * MBIT, 2900 * MBIT); /* 0.4 % per second */
    assert_true(found(&l) > 1.015 * before && found(&l) < 1.025 * before);
    reports(&l, 60, 3100 * MBIT, 2900 * MBIT); /* but not far above what gets through */
    assert_true(found(&l) <= 1.04 * 6e9 + 1);
    for (unsigned i = 0; i < 35 * SECOND && is_found(&l); i++) /* now everything gets through */
        reports(&l, 1, 9900 * MBIT - daqs_lower(l.vm[PLAIN].limit, 6900 * MBIT),
                daqs_lower(l.vm[PLAIN].limit, 6900 * MBIT));
    assert_false(is_found(&l));
}

static void it_is_taken_back_as_soon_as_the_guarantee_is_short(void **state)
{
    struct link l = squeezed(true, 3 * SECOND);
    (void)state;
    l.vm[GOLD].backlog = false;
    reports(&l, 2 * SECOND, 3100 * MBIT, 2900 * MBIT);
    double proven = l.memory[GOLD].shortage.proven;
    reports(&l, 4 * SECOND, 3050 * MBIT, 2950 * MBIT);
    assert_true(found(&l) > 1.01 * proven);
    reports(&l, 3, 2900 * MBIT, 3100 * MBIT); /* the others fill the gap: it was displaced */
    assert_true(found(&l) < 1.002 * proven);
}

/* If its usage falls and the others do not fill the gap, the VM wants less. */
static void one_that_wants_less_takes_nothing_back(void **state)
{
    struct link l = squeezed(true, 3 * SECOND);
    (void)state;
    l.vm[GOLD].backlog = false;
    reports(&l, 6 * SECOND, 3050 * MBIT, 2950 * MBIT);
    double before = found(&l);
    reports(&l, 5, 2000 * MBIT, 2950 * MBIT);
    assert_true(found(&l) >= before);
}

static void it_is_forgotten_after_a_minute(void **state)
{
    struct link l = squeezed(true, 3 * SECOND);
    (void)state;
    l.vm[GOLD].backlog = false;
    reports(&l, 55 * SECOND, 3 * GBIT, 2900 * MBIT);
    assert_true(is_found(&l));
    reports(&l, 10 * SECOND, 3 * GBIT, 2900 * MBIT);
    assert_false(is_found(&l));
}

/* Whatever GOLD reports, no VM gets less than a sixth of what the guarantees leave. */
static void best_effort_keeps_its_share_of_the_rest(void **state)
{
    struct link l = link_with_gold();
    (void)state;
    l.vm[GOLD].backlog = true;
    reports(&l, 20 * SECOND, 200 * MBIT, 100 * MBIT);
    daqs_bps due = (9900 - 3000) * MBIT / VMS;
    reports(&l, 1, 200 * MBIT, 100 * MBIT);
    for (unsigned i = 0; i < 70 * SECOND && !is_found(&l); i++) /* it is doubted at times */
        reports(&l, 1, 200 * MBIT, 100 * MBIT);
    assert_true(l.vm[PLAIN].limit >= due - 1000 && l.vm[OTHER].limit >= due - 1000);
    for (unsigned i = 0; i < 20; i++) {
        reports(&l, 1, 200 * MBIT, l.vm[PLAIN].limit);
        assert_true(l.vm[PLAIN].limit >= due - 1000);
    }
}

static void no_guarantee_is_cut_for_it(void **state)
{
    struct link l = squeezed(true, 3 * SECOND);
    (void)state;
    l.vm[OTHER].min = 4 * GBIT;
    l.vm[OTHER].usage = 2 * GBIT;
    reports(&l, 5, 1 * GBIT, 2 * GBIT);
    assert_true(is_found(&l));
    assert_int_equal(l.vm[GOLD].due, 3 * GBIT);
    assert_int_equal(l.vm[OTHER].due, 4 * GBIT);
}

/* A report that spans a minute is not evidence about a second. */
static void a_long_silence_is_not_a_shortage(void **state)
{
    struct link l = squeezed(true, 15);
    (void)state;
    l.vm[GOLD].span_ms = UINT32_MAX;
    l.vm[GOLD].fresh = true;
    decide(&l);
    assert_false(is_found(&l));
}

/* A gap does not undo what was found either: the VM's evidence restarts, the bottleneck stays. */
static void a_gap_in_the_reports_keeps_the_findings(void **state)
{
    struct link l = squeezed(true, 3 * SECOND);
    (void)state;
    l.vm[GOLD].span_ms = 500;
    l.vm[GOLD].fresh = true;
    decide(&l);
    assert_true(is_found(&l));
    reports(&l, SECOND, 3100 * MBIT, 2900 * MBIT);
    assert_true(is_found(&l));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_rate_of_a_bottleneck_is_found_within_three_seconds),
        cmocka_unit_test(nothing_is_found_without_a_backlog),
        cmocka_unit_test(a_full_port_is_the_bottleneck_itself),
        cmocka_unit_test(one_that_our_limit_holds_proves_nothing),
        cmocka_unit_test(one_that_has_its_guarantee_proves_nothing),
        cmocka_unit_test(modes_without_guarantees_look_for_none),
        cmocka_unit_test(one_that_does_not_use_yielded_capacity_is_doubted),
        cmocka_unit_test(a_doubted_one_does_not_refute_the_evidence_of_another),
        cmocka_unit_test(it_is_raised_while_no_harm_shows_and_fast_once_more_gets_through),
        cmocka_unit_test(it_is_taken_back_as_soon_as_the_guarantee_is_short),
        cmocka_unit_test(one_that_wants_less_takes_nothing_back),
        cmocka_unit_test(it_is_forgotten_after_a_minute),
        cmocka_unit_test(best_effort_keeps_its_share_of_the_rest),
        cmocka_unit_test(no_guarantee_is_cut_for_it),
        cmocka_unit_test(a_long_silence_is_not_a_shortage),
        cmocka_unit_test(a_gap_in_the_reports_keeps_the_findings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
