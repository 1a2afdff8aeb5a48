#include "tests/lib/check.h"

#include "controllerd/core/policy.h"

/* A 4 Gbit/s uplink with 1 % of headroom: 3.96 Gbit/s to give. */
enum { MOST = 8 };
static const daqs_bps budget = 3960 * MBIT;

struct link {
    struct policy_uplink uplink;
    struct policy_vm vm[MOST];
    struct policy_nic nic[MOST];
};

static void add_nic(struct link *l, uint32_t vm, daqs_bps usage)
{
    l->nic[l->uplink.nics++] = (struct policy_nic){
        .vm = vm, .controllable = true, .fresh = true, .usage = usage, .share = DAQS_UNLIMITED};
}

/* The next VM, with one nic of the same number. */
static void add(struct link *l, daqs_bps min, daqs_bps usage)
{
    l->vm[l->uplink.vms] = (struct policy_vm){.min = min, .max = DAQS_UNLIMITED, .weight = 1};
    add_nic(l, l->uplink.vms++, usage);
}

static void decide(struct link *l)
{
    l->uplink.capacity = 4 * GBIT;
    l->uplink.headroom_ppm = 10000;
    l->uplink.vm = l->vm;
    l->uplink.nic = l->nic;
    assert_true(policy_decide(&l->uplink));
}

static void nobody_is_limited_while_no_guarantee_is_in_use(void **state)
{
    struct link l = {0};
    (void)state;
    add(&l, 0, 3 * GBIT);
    add(&l, 0, 900 * MBIT);
    add(&l, GBIT, 0); /* guaranteed, and silent */
    decide(&l);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(l.nic[i].limit, DAQS_UNLIMITED);
        assert_int_equal(l.nic[i].reason, POLICY_FREE);
    }
}

static void one_report_is_enough_to_free_a_guarantee(void **state)
{
    struct link l = {0};
    (void)state;
    add(&l, 1500 * MBIT, 450 * MBIT);
    add(&l, 0, 3400 * MBIT);
    decide(&l);
    assert_int_equal(l.nic[0].limit, DAQS_UNLIMITED);
    assert_int_equal(l.nic[0].reason, POLICY_GUARANTEED);
    assert_int_equal(l.nic[1].reason, POLICY_YIELDS);
    /* Both want more than can be seen: what exceeds the guarantee is shared equally. */
    assert_int_equal(l.nic[1].limit, (budget - 1500 * MBIT) / 2);
    assert_int_equal(l.nic[0].share, 1500 * MBIT + (budget - 1500 * MBIT) / 2);
}

static void weights_divide_what_exceeds_the_guarantees(void **state)
{
    struct link l = {0};
    (void)state;
    add(&l, 1500 * MBIT, 450 * MBIT);
    add(&l, 0, 3400 * MBIT);
    l.vm[1].weight = 2;
    decide(&l);
    assert_int_equal(l.nic[1].limit, (budget - 1500 * MBIT) / 3 * 2);
}

static void idle_best_effort_is_limited_too_but_may_begin(void **state)
{
    struct link l = {0};
    (void)state;
    add(&l, 1500 * MBIT, 450 * MBIT);
    add(&l, 0, 3400 * MBIT);
    add(&l, 0, 0);
    decide(&l);
    assert_true(l.nic[2].limit >= MBIT);
    assert_true(l.nic[2].limit < 10 * MBIT);
    assert_int_equal(l.nic[2].reason, POLICY_YIELDS);
}

static void what_a_guaranteed_vm_does_not_want_goes_to_the_others(void **state)
{
    struct link l = {0};
    (void)state;
    add(&l, 2 * GBIT, 400 * MBIT);
    add(&l, 0, 2 * GBIT);
    l.nic[1].share = 2 * GBIT; /* it pushes */
    l.nic[0].share = 1960 * MBIT;
    for (int i = 0; i < DEMAND_PATIENCE; i++)
        decide(&l);
    assert_true(l.nic[1].limit > 3400 * MBIT);
    assert_true(l.nic[1].limit + l.nic[0].share <= budget);
}

static void several_guarantees_hold_each_other_within_bounds(void **state)
{
    struct link l = {0};
    (void)state;
    add(&l, GBIT, 3 * GBIT);
    add(&l, 1500 * MBIT, 400 * MBIT);
    add(&l, 0, 500 * MBIT);
    decide(&l);
    assert_int_equal(l.nic[0].reason, POLICY_KEEPS_ROOM);
    assert_true(l.nic[0].limit >= GBIT && l.nic[0].limit != DAQS_UNLIMITED);
    assert_true(l.nic[1].limit >= 1500 * MBIT && l.nic[1].limit != DAQS_UNLIMITED);
    assert_true(l.nic[0].limit + l.nic[1].limit + l.nic[2].limit <= budget);
}

static void a_silent_guaranteed_vm_may_use_its_guarantee_at_once(void **state)
{
    struct link l = {0};
    (void)state;
    add(&l, GBIT, 2 * GBIT);
    add(&l, 1500 * MBIT, 0);
    decide(&l);
    assert_int_equal(l.nic[1].limit >= 1500 * MBIT, 1);
}

static void a_ceiling_holds_with_and_without_guarantees_in_use(void **state)
{
    struct link l = {0};
    (void)state;
    add(&l, 0, 900 * MBIT);
    add(&l, GBIT, 0);
    l.vm[0].max = 500 * MBIT;
    decide(&l);
    assert_int_equal(l.nic[0].limit, 500 * MBIT);
    assert_int_equal(l.nic[0].reason, POLICY_CEILING);
    l.nic[1].usage = 900 * MBIT;
    decide(&l);
    assert_true(l.nic[0].limit <= 500 * MBIT);
}

static void a_guaranteed_vm_is_held_to_its_own_ceiling(void **state)
{
    struct link l = {0};
    (void)state;
    add(&l, GBIT, 900 * MBIT);
    add(&l, 0, 2 * GBIT);
    l.vm[0].max = 2 * GBIT;
    decide(&l);
    assert_int_equal(l.nic[0].limit, 2 * GBIT);
    assert_int_equal(l.nic[0].reason, POLICY_CEILING);
}

static void guarantees_that_do_not_fit_shrink_alike(void **state)
{
    struct link l = {0};
    (void)state;
    add(&l, 3 * GBIT, 2 * GBIT);
    add(&l, 3 * GBIT, 1900 * MBIT);
    l.nic[0].share = l.nic[1].share = 1900 * MBIT;
    decide(&l);
    assert_int_equal(l.nic[0].share, budget / 2);
    assert_int_equal(l.nic[1].share, budget / 2);
}

static void what_cannot_be_limited_is_set_aside(void **state)
{
    struct link l = {0};
    (void)state;
    add(&l, GBIT, 900 * MBIT);
    add(&l, 0, GBIT);
    add(&l, 0, 2 * GBIT);
    l.nic[1].controllable = false;
    decide(&l);
    assert_int_equal(l.nic[1].limit, DAQS_UNLIMITED);
    assert_int_equal(l.nic[1].reason, POLICY_OUT_OF_REACH);
    assert_true(l.nic[2].limit <= budget - GBIT - GBIT);
}

static void the_nics_of_a_vm_share_its_guarantee(void **state)
{
    struct link l = {0};
    (void)state;
    add(&l, 2 * GBIT, 600 * MBIT);
    add(&l, 0, 3 * GBIT);
    add_nic(&l, 0, 100 * MBIT);
    decide(&l);
    daqs_bps vm = l.nic[0].share + l.nic[2].share;
    assert_true(vm >= 2 * GBIT - 2);
    assert_true(vm + l.nic[1].limit <= budget);
}

/* One nic of two does all the sending: it may have all of what its VM may have. */
static void a_ceiling_follows_the_nic_that_is_used(void **state)
{
    struct link l = {0};
    (void)state;
    add(&l, 0, 500 * MBIT);
    add_nic(&l, 0, 0);
    l.vm[0].max = 500 * MBIT;
    decide(&l);
    assert_true(l.nic[0].limit >= 490 * MBIT);
    assert_true(l.nic[1].limit > 0);
    assert_true(l.nic[0].limit + l.nic[1].limit <= 500 * MBIT);
}

/* What it claims to send the others are seen to use: it cannot be true, and takes nothing. */
static void a_liar_out_of_reach_takes_nothing_that_is_used(void **state)
{
    struct link l = {0};
    (void)state;
    add(&l, GBIT, 1500 * MBIT);
    add(&l, 0, 2300 * MBIT);
    add(&l, 0, 4 * GBIT);
    l.nic[2].controllable = false;
    decide(&l);
    assert_true(l.nic[2].share <= budget - 3800 * MBIT);
    assert_int_equal(l.nic[1].limit, (budget - GBIT - l.nic[2].share) / 2);
}

static void what_is_out_of_reach_takes_nothing_from_a_guarantee(void **state)
{
    struct link l = {0};
    (void)state;
    add(&l, 3 * GBIT, 500 * MBIT);
    add(&l, 0, 3 * GBIT);
    l.nic[1].controllable = false;
    decide(&l);
    assert_true(l.nic[0].share >= 3 * GBIT);
}

/* Squeezed to less than chatter by others that fill the link, it is not taken for idle. */
static void a_guarantee_squeezed_to_almost_nothing_is_restored(void **state)
{
    struct link l = {0};
    (void)state;
    add(&l, GBIT, MBIT);
    add(&l, 0, 3900 * MBIT);
    decide(&l);
    assert_int_equal(l.nic[1].reason, POLICY_YIELDS);
    assert_true(l.nic[1].limit <= budget - GBIT);
}

static void guaranteed_vms_are_held_to_what_fits(void **state)
{
    struct link l = {0};
    (void)state;
    add(&l, 3 * GBIT, 2 * GBIT);
    add(&l, 3 * GBIT, 1900 * MBIT);
    decide(&l);
    assert_true(l.nic[0].limit + l.nic[1].limit <= budget);
}

/* A nic that was plugged in since the last report. */
static void a_nic_not_heard_of_yet_may_begin(void **state)
{
    struct link l = {0};
    (void)state;
    add(&l, GBIT, 900 * MBIT);
    add(&l, 0, 3 * GBIT);
    decide(&l);
    add(&l, 0, 0);
    for (uint32_t i = 0; i < l.uplink.nics; i++)
        l.nic[i].fresh = false;
    assert_true(policy_decide(&l.uplink));
    assert_true(l.nic[2].limit >= MBIT);
    assert_true(l.nic[2].limit < 10 * MBIT);
}

static void off_limits_nobody(void **state)
{
    struct link l = {0};
    (void)state;
    l.uplink.mode = POLICY_MODE_OFF;
    add(&l, GBIT, 900 * MBIT);
    add(&l, 0, 3 * GBIT);
    l.vm[1].max = GBIT;
    decide(&l);
    assert_int_equal(l.nic[1].limit, DAQS_UNLIMITED);
    assert_int_equal(l.nic[1].reason, POLICY_OFF);
}

static void an_uplink_without_capacity_or_nics_is_survived(void **state)
{
    struct link l = {0};
    (void)state;
    l.uplink.vm = l.vm;
    l.uplink.nic = l.nic;
    assert_true(policy_decide(&l.uplink));
    add(&l, GBIT, 900 * MBIT);
    add(&l, 0, 900 * MBIT);
    assert_true(policy_decide(&l.uplink));
    assert_int_equal(l.nic[1].limit, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_is_limited_while_no_guarantee_is_in_use),
        cmocka_unit_test(one_report_is_enough_to_free_a_guarantee),
        cmocka_unit_test(weights_divide_what_exceeds_the_guarantees),
        cmocka_unit_test(idle_best_effort_is_limited_too_but_may_begin),
        cmocka_unit_test(what_a_guaranteed_vm_does_not_want_goes_to_the_others),
        cmocka_unit_test(several_guarantees_hold_each_other_within_bounds),
        cmocka_unit_test(a_silent_guaranteed_vm_may_use_its_guarantee_at_once),
        cmocka_unit_test(a_ceiling_holds_with_and_without_guarantees_in_use),
        cmocka_unit_test(a_guaranteed_vm_is_held_to_its_own_ceiling),
        cmocka_unit_test(guarantees_that_do_not_fit_shrink_alike),
        cmocka_unit_test(what_cannot_be_limited_is_set_aside),
        cmocka_unit_test(the_nics_of_a_vm_share_its_guarantee),
        cmocka_unit_test(a_ceiling_follows_the_nic_that_is_used),
        cmocka_unit_test(a_liar_out_of_reach_takes_nothing_that_is_used),
        cmocka_unit_test(what_is_out_of_reach_takes_nothing_from_a_guarantee),
        cmocka_unit_test(a_guarantee_squeezed_to_almost_nothing_is_restored),
        cmocka_unit_test(guaranteed_vms_are_held_to_what_fits),
        cmocka_unit_test(a_nic_not_heard_of_yet_may_begin),
        cmocka_unit_test(off_limits_nobody),
        cmocka_unit_test(an_uplink_without_capacity_or_nics_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
