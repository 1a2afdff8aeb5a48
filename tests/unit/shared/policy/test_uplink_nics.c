/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include "shared/policy/uplink_nics.h"

enum { VMS = 2, NICS = 3, GOLD = 0, PLAIN = 1 };

/* A link of 1 Gbit/s. VM 0 has a guarantee and two nics, VM 1 has no guarantee and one nic. */
struct link {
    struct policy_vm vm[VMS];
    struct policy_memory memory[VMS];
    struct policy_nic nic[NICS];
    struct policy_uplink uplink;
};

static void link_init(struct link *l)
{
    *l = (struct link){
        .vm = {{.min = 400 * MBIT, .max = DAQS_UNLIMITED, .weight = 1, .memory = &l->memory[0]},
               {.max = DAQS_UNLIMITED, .weight = 1, .memory = &l->memory[1]}},
        .uplink = {.capacity = GBIT, .report_ms = 100, .span_ms = 100, .vms = VMS, .vm = l->vm}};
    for (uint32_t i = 0; i < NICS; i++)
        l->nic[i] = (struct policy_nic){.vm = i == 1 ? PLAIN : GOLD,
                                        .known = true,
                                        .fresh = true,
                                        .reachable = true,
                                        .span_ms = 100,
                                        .limit = DAQS_UNLIMITED};
}

static void decide(struct link *l)
{
    assert_true(policy_decide_nics(&l->uplink, l->nic, NICS));
}

static void the_nics_of_a_vm_count_together(void **state)
{
    struct link l;
    (void)state;
    link_init(&l);
    l.nic[0].usage = 100 * MBIT;
    l.nic[2].usage = 300 * MBIT;
    l.nic[2].span_ms = 120;
    l.nic[2].fresh = false;
    l.nic[1].usage = 500 * MBIT;
    decide(&l);
    assert_int_equal(l.vm[GOLD].usage, 400 * MBIT);
    assert_true(l.vm[GOLD].fresh);
    assert_int_equal(l.vm[GOLD].span_ms, 100);
    assert_int_equal(l.nic[0].limit, DAQS_UNLIMITED);
    assert_int_equal(l.nic[2].limit, DAQS_UNLIMITED);
    assert_int_equal(l.vm[PLAIN].reason, POLICY_YIELDS);
    assert_in_range(l.nic[1].limit, 1, 600 * MBIT);
}

static void old_samples_do_not_count(void **state)
{
    struct link l;
    (void)state;
    link_init(&l);
    l.nic[0].usage = l.nic[2].usage = 100 * MBIT;
    l.nic[0].known = l.nic[0].fresh = false;
    decide(&l);
    assert_int_equal(l.vm[GOLD].usage, 100 * MBIT);
    assert_false(l.vm[GOLD].lost);
    l.nic[2].known = l.nic[2].fresh = false;
    decide(&l);
    assert_true(l.vm[GOLD].lost);
    assert_int_equal(l.vm[PLAIN].reason, POLICY_YIELDS);
}

/* One of its nics is not listed, the other is listed without counters: the reserve for its lost
 * readings has no basis any longer. */
static void g5_a_guest_that_is_well_and_uncounted_holds_nothing_back(void **state)
{
    struct link l;
    (void)state;
    link_init(&l);
    l.nic[0].known = l.nic[0].fresh = l.nic[2].known = l.nic[2].fresh = false;
    l.nic[1].usage = 900 * MBIT;
    decide(&l);
    assert_true(l.vm[GOLD].lost);
    assert_in_range(l.nic[1].limit, 1, 600 * MBIT);
    l.nic[0].uncounted = l.nic[2].uncounted = true;
    l.nic[1].usage = 600 * MBIT;
    for (int i = 0; i < 100; i++)
        decide(&l);
    assert_false(l.vm[GOLD].lost);
    assert_int_equal(l.memory[GOLD].reserve, 0);
    assert_true(l.nic[1].limit >= 950 * MBIT);
}

/* The standby leg of a bond has no counters, the other leg has: the VM's usage is that of the other
 * leg. */
static void g2_a_leg_that_is_counted_speaks_for_its_vm(void **state)
{
    struct link l;
    (void)state;
    link_init(&l);
    l.nic[2].known = l.nic[2].fresh = false;
    l.nic[2].uncounted = true;
    l.nic[0].usage = 350 * MBIT;
    l.nic[1].usage = 600 * MBIT;
    decide(&l);
    assert_false(l.vm[GOLD].lost);
    assert_false(l.vm[GOLD].uncounted);
    assert_int_equal(l.vm[GOLD].usage, 350 * MBIT);
    assert_in_range(l.nic[1].limit, 1, 600 * MBIT);
}

static void g5_only_guests_that_answer_are_uncounted(void **state)
{
    (void)state;
    assert_true(policy_nic_uncounted(DAQS_CAUSE_NO_NIC));
    assert_true(policy_nic_uncounted(DAQS_CAUSE_AMBIGUOUS));
    assert_true(policy_nic_uncounted(DAQS_CAUSE_NO_COUNTERS));
    assert_true(policy_nic_uncounted(DAQS_CAUSE_NO_ADDRESS));
    assert_false(policy_nic_uncounted(DAQS_CAUSE_NONE));
    assert_false(policy_nic_uncounted(DAQS_CAUSE_NO_AGENT));
    assert_false(policy_nic_uncounted(DAQS_CAUSE_TIMEOUT));
    assert_false(policy_nic_uncounted(DAQS_CAUSE_EXEC_BLOCKED));
    assert_false(policy_nic_uncounted(200)); /* a newer agent's cause */
}

static void a_limit_is_split_over_the_nics_of_its_vm(void **state)
{
    struct link l;
    (void)state;
    link_init(&l);
    l.vm[PLAIN].min = 300 * MBIT;
    l.nic[0].usage = 500 * MBIT;
    l.nic[1].usage = 300 * MBIT;
    l.nic[2].usage = 200 * MBIT;
    decide(&l);
    decide(&l);
    assert_int_not_equal(l.vm[GOLD].limit, DAQS_UNLIMITED);
    assert_true(l.nic[0].limit > l.nic[2].limit);
    assert_int_equal(l.nic[1].limit, l.vm[PLAIN].limit);
}

static void a_nic_out_of_reach_has_no_limit(void **state)
{
    struct link l;
    (void)state;
    link_init(&l);
    l.vm[GOLD].max = 100 * MBIT;
    l.vm[GOLD].min = 0;
    l.nic[2].reachable = false;
    decide(&l);
    assert_int_not_equal(l.nic[0].limit, DAQS_UNLIMITED);
    assert_int_equal(l.nic[2].limit, DAQS_UNLIMITED);
}

static void a_small_change_is_left_alone(void **state)
{
    struct link l;
    (void)state;
    link_init(&l);
    l.nic[0].usage = 400 * MBIT;
    l.nic[1].usage = 550 * MBIT;
    decide(&l);
    daqs_bps fresh = l.vm[PLAIN].limit;
    link_init(&l);
    l.nic[0].usage = 400 * MBIT;
    l.nic[1].usage = 550 * MBIT;
    l.nic[1].limit = fresh - fresh / 100;
    decide(&l);
    assert_int_equal(l.nic[1].limit, fresh - fresh / 100);
    l.nic[1].limit = fresh / 2;
    decide(&l);
    assert_true(l.nic[1].limit > fresh / 2);
}

static void which_nics_a_limit_reaches(void **state)
{
    (void)state;
    assert_true(policy_nic_reachable(DAQS_NIC_WAITING, 0, DAQS_UNLIMITED));
    assert_true(policy_nic_reachable(DAQS_NIC_OK, 0, DAQS_UNLIMITED));
    assert_true(policy_nic_reachable(DAQS_NIC_TAMPERED, 0, DAQS_UNLIMITED));
    assert_false(policy_nic_reachable(DAQS_NIC_UNMANAGED, 0, MBIT));
    assert_false(policy_nic_reachable(DAQS_NIC_UNRESPONSIVE, 0, DAQS_UNLIMITED));
    assert_true(policy_nic_reachable(DAQS_NIC_UNRESPONSIVE, 0, MBIT));
    assert_false(policy_nic_reachable(DAQS_NIC_FROZEN, 0, DAQS_UNLIMITED));
    assert_true(policy_nic_reachable(DAQS_NIC_FROZEN, 0, MBIT));
    assert_false(policy_nic_reachable(DAQS_NIC_BUSY, 0, DAQS_UNLIMITED));
    assert_true(policy_nic_reachable(DAQS_NIC_BUSY, 0, MBIT));
    assert_true(policy_nic_reachable(200, 0, DAQS_UNLIMITED)); /* a newer agent's state */
}

static void g6_in_grace_a_vf_can_be_limited(void **state)
{
    (void)state;
    assert_true(policy_nic_reachable(DAQS_NIC_FROZEN, DAQS_CAUSE_HOST_SIDE, DAQS_UNLIMITED));
    assert_true(policy_nic_reachable(DAQS_NIC_FROZEN, DAQS_CAUSE_HOST_LEAST, DAQS_UNLIMITED));
    assert_true(policy_nic_reachable(DAQS_NIC_FROZEN, DAQS_CAUSE_HOST_REFUSED, DAQS_UNLIMITED));
    assert_false(policy_nic_reachable(DAQS_NIC_FROZEN, DAQS_CAUSE_FROZEN, DAQS_UNLIMITED));
    assert_false(policy_nic_reachable(DAQS_NIC_UNMANAGED, DAQS_CAUSE_HOST_REFUSED, MBIT));
}

/* --- nics that the host limits --- */

static void by_host(struct link *l, daqs_bps least, daqs_bps step)
{
    l->uplink.vf_least = least;
    l->uplink.vf_step = step;
    for (uint32_t i = 0; i < NICS; i++)
        l->nic[i].by_host = true;
}

/* GOLD uses its whole guarantee, and PLAIN sends 600 Mbit/s. */
static void report(struct link *l)
{
    l->nic[0].usage = l->nic[2].usage = 200 * MBIT;
    l->nic[1].usage = 600 * MBIT;
    for (uint32_t i = 0; i < NICS; i++)
        l->nic[i].fresh = true;
    decide(l);
}

static void n2_the_limit_of_best_effort_is_a_rate_that_the_host_has(void **state)
{
    struct link l;
    (void)state;
    link_init(&l);
    report(&l);
    daqs_bps without = l.nic[1].limit;
    assert_int_not_equal(without % (70 * MBIT), 0);
    link_init(&l);
    by_host(&l, 0, 70 * MBIT);
    report(&l);
    assert_int_equal(l.nic[1].limit, without - without % (70 * MBIT));
    link_init(&l);
    by_host(&l, 0, 70 * MBIT);
    l.nic[1].by_host = false; /* its guest can be limited to any rate */
    report(&l);
    assert_int_equal(l.nic[1].limit, without);
}

static void n2_a_guarantee_is_rounded_up_where_less_would_cut_it(void **state)
{
    struct link l;
    (void)state;
    link_init(&l);
    by_host(&l, 0, 70 * MBIT);
    l.vm[PLAIN].min = 500 * MBIT;
    l.vm[PLAIN].max = 500 * MBIT;
    report(&l);
    assert_int_equal(l.vm[PLAIN].limit, 500 * MBIT);
    assert_int_equal(l.nic[1].limit, 560 * MBIT);
    l.vm[PLAIN].max = 580 * MBIT;
    for (int i = 0; i < 20; i++)
        report(&l);
    assert_in_range(l.vm[PLAIN].limit, 561 * MBIT, 580 * MBIT);
    assert_int_equal(l.nic[1].limit, 560 * MBIT); /* which is enough for the guarantee */
}

/* Rounding down any one of several nics would cut the sum of their limits. */
static void n2_the_nics_of_a_guarantee_are_all_rounded_up(void **state)
{
    struct link l;
    (void)state;
    link_init(&l);
    by_host(&l, 0, 70 * MBIT);
    l.vm[GOLD].max = 400 * MBIT;
    report(&l);
    assert_int_equal(l.nic[0].limit, 210 * MBIT);
    assert_int_equal(l.nic[2].limit, 210 * MBIT);
}

/* The limit exceeds the guarantee by enough to round all nics down without cutting the
 * guarantee. */
static void n2_the_nics_of_a_guarantee_are_rounded_down_where_that_leaves_it_whole(void **state)
{
    struct link l;
    (void)state;
    link_init(&l);
    by_host(&l, 0, 70 * MBIT);
    l.vm[GOLD].max = 400 * MBIT;
    l.vm[GOLD].min = 260 * MBIT;
    report(&l);
    assert_int_equal(l.vm[GOLD].limit, 400 * MBIT);
    assert_int_equal(l.nic[0].limit, 140 * MBIT);
    assert_int_equal(l.nic[2].limit, 140 * MBIT);
    l.vm[GOLD].min = 261 * MBIT;
    report(&l);
    assert_int_equal(l.nic[0].limit, 210 * MBIT);
    assert_int_equal(l.nic[2].limit, 210 * MBIT);
    l.vm[GOLD].min = 100 * MBIT;
    l.vm[GOLD].max = 240 * MBIT;
    l.nic[0].usage = 230 * MBIT;
    l.nic[2].usage = 10 * MBIT;
    decide(&l);
    assert_int_equal(l.nic[0].limit, 210 * MBIT);
    assert_int_equal(l.nic[2].limit, 70 * MBIT); /* the lowest rate that the host has */
}

static void n2_no_nic_is_held_below_the_least_rate_of_the_host(void **state)
{
    struct link l;
    (void)state;
    link_init(&l);
    by_host(&l, 50 * MBIT, 70 * MBIT);
    l.vm[PLAIN].max = 60 * MBIT;
    report(&l);
    assert_int_equal(l.nic[1].limit, 50 * MBIT);
    l.vm[GOLD].min = 0; /* its quiet nic gets a part of the VM's limit */
    l.vm[GOLD].max = 110 * MBIT;
    l.nic[0].usage = 110 * MBIT;
    l.nic[2].usage = 0;
    decide(&l);
    assert_int_equal(l.nic[0].limit, 70 * MBIT);
    assert_int_equal(l.nic[2].limit, 50 * MBIT);
    l.nic[2].limit = 27500 * KBIT; /* set before the least rate was known */
    decide(&l);
    assert_int_equal(l.nic[2].limit, 50 * MBIT);
}

/* Otherwise the agent could not report that the ceiling is not kept. */
static void n2_a_ceiling_that_the_host_cannot_hold_is_pushed_as_it_is(void **state)
{
    struct link l;
    (void)state;
    link_init(&l);
    by_host(&l, 50 * MBIT, 50 * MBIT);
    l.vm[PLAIN].max = 2 * MBIT;
    report(&l);
    assert_int_equal(l.nic[1].limit, 2 * MBIT);
    by_host(&l, 0, 50 * MBIT);
    report(&l);
    assert_int_equal(l.nic[1].limit, 2 * MBIT);
}

/* Although the nic is idle, and an idle nic's small change would not be pushed. */
static void n2_a_limit_that_the_host_does_not_hold_is_corrected(void **state)
{
    struct link l;
    (void)state;
    link_init(&l);
    l.vm[GOLD].min = 950 * MBIT;
    l.nic[0].usage = 950 * MBIT;
    l.nic[1].limit = 30 * MBIT;
    decide(&l);
    assert_int_equal(l.nic[1].limit, 30 * MBIT);
    by_host(&l, 45 * MBIT, 0);
    decide(&l);
    assert_int_equal(l.nic[1].limit, 45 * MBIT);
}

/* Otherwise a guarantee whose usage varies a little would change its neighbours' rates all the
 * time. */
static void n2_a_limit_at_the_edge_of_a_step_does_not_swing(void **state)
{
    struct link l;
    (void)state;
    link_init(&l);
    report(&l);
    daqs_bps without = l.nic[1].limit;
    daqs_bps step = (without + without / 200) / 7;
    link_init(&l);
    by_host(&l, 0, step);
    l.nic[1].limit = 7 * step;
    report(&l);
    assert_int_equal(l.nic[1].limit, 7 * step);
    l.nic[1].limit = 8 * step;
    report(&l);
    assert_int_equal(l.nic[1].limit, 6 * step);
}

static void n2_a_step_of_more_than_a_tenth_of_a_port_is_not_believed(void **state)
{
    struct link l;
    (void)state;
    link_init(&l);
    report(&l);
    daqs_bps without = l.nic[1].limit;
    link_init(&l);
    by_host(&l, 0, 101 * MBIT);
    report(&l);
    assert_int_equal(l.nic[1].limit, without);
}

static void n2_which_nics_the_host_limits(void **state)
{
    (void)state;
    assert_true(policy_nic_by_host(DAQS_CAUSE_HOST_SIDE));
    assert_true(policy_nic_by_host(DAQS_CAUSE_HOST_LEAST));
    assert_true(policy_nic_by_host(DAQS_CAUSE_HOST_REFUSED));
    assert_false(policy_nic_by_host(DAQS_CAUSE_HOST_CANNOT));
    assert_false(policy_nic_by_host(DAQS_CAUSE_NONE));
    assert_false(policy_nic_by_host(200)); /* a newer agent's cause */
}

static void n12_usage_is_of_the_wire(void **state)
{
    const struct daqs_sample sample = {
        .interval_us = 100000, .tx_bytes = 1514000, .tx_packets = 1000};
    (void)state;
    assert_int_equal(policy_nic_usage(&sample, 1500), UINT64_C(1538) * 1000 * 8 * 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_nics_of_a_vm_count_together),
        cmocka_unit_test(old_samples_do_not_count),
        cmocka_unit_test(g5_a_guest_that_is_well_and_uncounted_holds_nothing_back),
        cmocka_unit_test(g2_a_leg_that_is_counted_speaks_for_its_vm),
        cmocka_unit_test(g5_only_guests_that_answer_are_uncounted),
        cmocka_unit_test(a_limit_is_split_over_the_nics_of_its_vm),
        cmocka_unit_test(a_nic_out_of_reach_has_no_limit),
        cmocka_unit_test(a_small_change_is_left_alone),
        cmocka_unit_test(which_nics_a_limit_reaches),
        cmocka_unit_test(g6_in_grace_a_vf_can_be_limited),
        cmocka_unit_test(n2_the_limit_of_best_effort_is_a_rate_that_the_host_has),
        cmocka_unit_test(n2_a_guarantee_is_rounded_up_where_less_would_cut_it),
        cmocka_unit_test(n2_the_nics_of_a_guarantee_are_all_rounded_up),
        cmocka_unit_test(n2_the_nics_of_a_guarantee_are_rounded_down_where_that_leaves_it_whole),
        cmocka_unit_test(n2_no_nic_is_held_below_the_least_rate_of_the_host),
        cmocka_unit_test(n2_a_ceiling_that_the_host_cannot_hold_is_pushed_as_it_is),
        cmocka_unit_test(n2_a_limit_that_the_host_does_not_hold_is_corrected),
        cmocka_unit_test(n2_a_limit_at_the_edge_of_a_step_does_not_swing),
        cmocka_unit_test(n2_a_step_of_more_than_a_tenth_of_a_port_is_not_believed),
        cmocka_unit_test(n2_which_nics_the_host_limits),
        cmocka_unit_test(n12_usage_is_of_the_wire),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
