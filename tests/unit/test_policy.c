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
        .vm = vm, .controllable = true, .fresh = true, .usage = usage, .limit = DAQS_UNLIMITED};
}

/* The next VM, with one nic of the same number. */
static void add(struct link *l, daqs_bps min, daqs_bps usage)
{
    l->vm[l->uplink.vms] =
        (struct policy_vm){.min = min, .max = DAQS_UNLIMITED, .weight = 1, .share = DAQS_UNLIMITED};
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

/* Reports follow each other. */
static void decide_often(struct link *l, unsigned reports)
{
    for (unsigned i = 0; i < reports; i++) {
        decide(l);
        l->uplink.now_ms += 100;
    }
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
    /* It fills what it is given: both want more than can be seen, and what exceeds the guarantee
     * is shared equally. */
    l.nic[0].usage = 2 * GBIT;
    l.nic[1].usage = 1600 * MBIT;
    decide(&l);
    assert_int_equal(l.nic[1].limit, (budget - daqs_rate_on_wire(1500 * MBIT)) / 2);
}

static void weights_divide_what_exceeds_the_guarantees(void **state)
{
    struct link l = {0};
    (void)state;
    add(&l, 1500 * MBIT, 450 * MBIT);
    add(&l, 0, 3400 * MBIT);
    l.vm[1].weight = 2;
    decide(&l);
    l.nic[0].usage = 2 * GBIT;
    l.nic[1].usage = 1900 * MBIT;
    decide(&l);
    assert_in_range(l.nic[1].limit, (budget - daqs_rate_on_wire(1500 * MBIT)) / 3 * 2,
                    (budget - daqs_rate_on_wire(1500 * MBIT)) / 3 * 2 + 2);
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

/* 3 reports of patience, 3 of a trial, and it is settled that it wants no more. */
static void what_a_guaranteed_vm_does_not_want_goes_to_the_others(void **state)
{
    struct link l = {0};
    (void)state;
    add(&l, 2 * GBIT, 400 * MBIT);
    add(&l, 0, 1700 * MBIT);
    decide_often(&l, 4);
    assert_true(l.nic[1].limit <= budget - daqs_rate_on_wire(2 * GBIT));
    decide_often(&l, 4);
    assert_true(l.nic[1].limit > 3400 * MBIT);
    assert_true(l.nic[1].limit + daqs_rate_on_wire(400 * MBIT) <= budget);
    assert_int_equal(l.uplink.learned.learned, 0);
}

/* The others fill their limits, it gets less than its guarantee, and takes what a trial frees: the
 * link carries less than was configured. */
static void a_guarantee_that_is_squeezed_teaches_the_capacity(void **state)
{
    struct link l = {0};
    const daqs_bps carried = 3 * GBIT; /* as counted */
    (void)state;
    add(&l, 2 * GBIT, 500 * MBIT);
    add(&l, 0, 2500 * MBIT);
    for (int i = 0; i < 30; i++) {
        decide(&l);
        l.uplink.now_ms += 100;
        daqs_bps limit = daqs_rate_counted(l.nic[1].limit);
        l.nic[1].usage = limit < carried ? limit : carried;
        l.nic[0].usage = carried - l.nic[1].usage;
    }
    assert_true(l.nic[0].usage >= 2 * GBIT);
    assert_in_range(l.uplink.learned.learned, daqs_rate_on_wire(2900 * MBIT),
                    daqs_rate_on_wire(carried));
}

static void what_was_learned_is_doubted_again_in_time(void **state)
{
    struct link l = {0};
    (void)state;
    add(&l, 2 * GBIT, 2 * GBIT);
    add(&l, 0, 900 * MBIT);
    l.uplink.learned =
        (struct capacity){.learned = 3 * GBIT, .grow_at_ms = 30000, .grow_wait_ms = 30000};
    decide_often(&l, 299);
    assert_int_equal(l.uplink.learned.learned, 3 * GBIT);
    decide_often(&l, 3000);
    assert_int_equal(l.uplink.learned.learned, 0); /* as configured */
}

/* Cut by weight, and their limits are what is left of them. */
static void guarantees_in_use_that_do_not_fit_are_held_to_their_parts(void **state)
{
    struct link l = {0};
    (void)state;
    add(&l, 3 * GBIT, 3 * GBIT);
    add(&l, 3 * GBIT, 900 * MBIT);
    l.vm[0].weight = 10;
    decide_often(&l, 3);
    assert_int_equal(l.nic[0].reason, POLICY_OVERSUBSCRIBED);
    assert_true(l.nic[0].limit >= 3 * GBIT);
    assert_true(l.nic[0].limit + l.nic[1].limit <= budget);
}

static void best_effort_at_its_own_ceiling_yields_to_nobody(void **state)
{
    struct link l = {0};
    (void)state;
    add(&l, GBIT, GBIT);
    add(&l, 0, 100 * MBIT);
    l.vm[1].max = 100 * MBIT;
    decide(&l);
    assert_int_equal(l.nic[1].limit, 100 * MBIT);
    assert_int_equal(l.nic[1].reason, POLICY_CEILING);
}

static void an_uplink_is_not_shared_out_before_it_is_full(void **state)
{
    struct link l = {.uplink = {.mode = POLICY_MODE_FAIR}};
    (void)state;
    add(&l, 0, 100 * MBIT);
    add(&l, 0, 200 * MBIT);
    decide(&l);
    assert_int_equal(l.nic[0].limit, DAQS_UNLIMITED);
    assert_int_equal(l.nic[0].reason, POLICY_UNCONTENDED);
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
    decide(&l);
    assert_int_equal(l.nic[0].share, budget / 2);
    assert_int_equal(l.nic[1].share, budget / 2);
    assert_int_equal(l.nic[0].reason, POLICY_OVERSUBSCRIBED);
    l.vm[0].weight = 2;
    decide(&l);
    assert_int_equal(l.nic[0].share, budget / 3 * 2); /* by weight */
}

static void what_cannot_be_limited_is_left_room(void **state)
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
    assert_true(l.nic[2].limit <= budget - daqs_rate_on_wire(GBIT) - GBIT);
}

/* A guarantee of a VM that has not been heard of holds: its guest agent may be hung. */
static void a_guarantee_not_heard_of_counts_as_in_use(void **state)
{
    struct link l = {0};
    (void)state;
    add(&l, GBIT, 0);
    add(&l, 0, 3 * GBIT);
    l.nic[0].fresh = false;
    decide(&l);
    assert_int_equal(l.nic[1].reason, POLICY_YIELDS);
    assert_true(l.nic[1].limit <= budget - daqs_rate_on_wire(GBIT));
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

/* What cannot be limited is left its fair share, whatever it claims to send. */
static void a_liar_out_of_reach_takes_no_more_than_its_share(void **state)
{
    struct link l = {0};
    (void)state;
    add(&l, GBIT, 60 * MBIT);
    add(&l, 0, 0);
    add(&l, 0, 4 * GBIT);
    l.nic[2].controllable = false;
    decide_often(&l, 8);
    for (int i = 0; i < 3; i++) {
        l.nic[1].usage = l.nic[1].limit;
        decide(&l);
    }
    assert_true(l.nic[1].limit > 1300 * MBIT);
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

static void where_the_links_speed_is_not_known_only_maxima_limit(void **state)
{
    struct link l = {0};
    (void)state;
    add(&l, GBIT, 900 * MBIT);
    add(&l, 0, 3 * GBIT);
    add(&l, 0, 3 * GBIT);
    l.vm[2].max = 2 * GBIT;
    decide_often(&l, 3);
    assert_int_not_equal(l.nic[1].limit, DAQS_UNLIMITED);
    l.uplink.capacity = 0;
    assert_true(policy_decide(&l.uplink));
    assert_int_equal(l.nic[0].limit, DAQS_UNLIMITED);
    assert_int_equal(l.nic[1].limit, DAQS_UNLIMITED);
    assert_int_equal(l.nic[1].reason, POLICY_NO_CAPACITY);
    assert_int_equal(l.nic[2].limit, 2 * GBIT);
    assert_int_equal(l.nic[2].reason, POLICY_CEILING);
    l.uplink.mode = POLICY_MODE_OFF;
    assert_true(policy_decide(&l.uplink));
    assert_int_equal(l.nic[2].limit, DAQS_UNLIMITED);
    l.uplink.mode = POLICY_MODE_MINIMUM;
    add_nic(&l, 2, GBIT); /* a second one for the same VM: they share its maximum */
    assert_true(policy_decide(&l.uplink));
    assert_true(l.nic[3].limit > 0 && l.nic[2].limit + l.nic[3].limit <= 2 * GBIT);
}

static void an_uplink_without_nics_is_survived(void **state)
{
    struct link l = {0};
    (void)state;
    l.uplink.vm = l.vm;
    l.uplink.nic = l.nic;
    assert_true(policy_decide(&l.uplink));
    decide(&l);
}

/* --- fair and weighted --- */

static void fair_splits_a_full_uplink_evenly_and_ignores_guarantees(void **state)
{
    struct link l = {.uplink.mode = POLICY_MODE_FAIR};
    (void)state;
    add(&l, 3 * GBIT, 500 * MBIT);
    add(&l, 0, 3200 * MBIT);
    l.vm[1].weight = 7;
    decide(&l);
    assert_int_equal(l.nic[0].limit, budget / 2);
    assert_int_equal(l.nic[1].limit, budget / 2);
    assert_int_equal(l.nic[0].reason, POLICY_FAIR_SHARE);
}

static void weighted_splits_it_by_weight(void **state)
{
    struct link l = {.uplink.mode = POLICY_MODE_WEIGHTED};
    (void)state;
    add(&l, 0, 500 * MBIT);
    add(&l, 0, 3200 * MBIT);
    l.vm[0].weight = 3;
    decide(&l);
    assert_int_equal(l.nic[0].limit, budget / 4 * 3);
    assert_int_equal(l.nic[1].limit, budget / 4);
}

static void what_an_idle_vm_leaves_the_others_use(void **state)
{
    struct link l = {.uplink.mode = POLICY_MODE_FAIR};
    (void)state;
    add(&l, 0, 0);
    add(&l, 0, 2 * GBIT);
    add(&l, 0, 1700 * MBIT);
    decide(&l);
    assert_true(l.nic[1].limit > 1950 * MBIT);
    assert_true(l.nic[2].limit > 1950 * MBIT);
    assert_true(l.nic[0].limit >= MBIT);
}

static void an_uplink_with_room_for_all_is_left_alone(void **state)
{
    struct link l = {.uplink.mode = POLICY_MODE_WEIGHTED};
    (void)state;
    add(&l, 0, 500 * MBIT);
    add(&l, 0, 3200 * MBIT);
    decide(&l);
    assert_int_equal(l.nic[1].reason, POLICY_FAIR_SHARE);
    l.nic[1].usage = 900 * MBIT;
    decide_often(&l, 2);
    assert_int_equal(l.nic[1].reason, POLICY_FAIR_SHARE); /* it may be a moment's quiet */
    decide(&l);
    assert_int_equal(l.nic[0].limit, DAQS_UNLIMITED);
    assert_int_equal(l.nic[1].limit, DAQS_UNLIMITED);
    assert_int_equal(l.nic[1].reason, POLICY_UNCONTENDED);
}

static void modes_have_names(void **state)
{
    enum policy_mode mode = POLICY_MODE_OFF;
    (void)state;
    assert_true(policy_mode_parse("weighted", &mode));
    assert_int_equal(mode, POLICY_MODE_WEIGHTED);
    assert_false(policy_mode_parse("Weighted", &mode));
    assert_false(policy_mode_parse("", &mode));
    assert_string_equal(policy_mode_name(POLICY_MODE_FAIR), "fair");
    assert_string_equal(policy_mode_name((enum policy_mode)77), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_is_limited_while_no_guarantee_is_in_use),
        cmocka_unit_test(one_report_is_enough_to_free_a_guarantee),
        cmocka_unit_test(weights_divide_what_exceeds_the_guarantees),
        cmocka_unit_test(idle_best_effort_is_limited_too_but_may_begin),
        cmocka_unit_test(what_a_guaranteed_vm_does_not_want_goes_to_the_others),
        cmocka_unit_test(guarantees_in_use_that_do_not_fit_are_held_to_their_parts),
        cmocka_unit_test(best_effort_at_its_own_ceiling_yields_to_nobody),
        cmocka_unit_test(an_uplink_is_not_shared_out_before_it_is_full),
        cmocka_unit_test(several_guarantees_hold_each_other_within_bounds),
        cmocka_unit_test(a_silent_guaranteed_vm_may_use_its_guarantee_at_once),
        cmocka_unit_test(a_ceiling_holds_with_and_without_guarantees_in_use),
        cmocka_unit_test(a_guaranteed_vm_is_held_to_its_own_ceiling),
        cmocka_unit_test(guarantees_that_do_not_fit_shrink_alike),
        cmocka_unit_test(what_cannot_be_limited_is_left_room),
        cmocka_unit_test(a_guarantee_not_heard_of_counts_as_in_use),
        cmocka_unit_test(a_guarantee_that_is_squeezed_teaches_the_capacity),
        cmocka_unit_test(what_was_learned_is_doubted_again_in_time),
        cmocka_unit_test(fair_splits_a_full_uplink_evenly_and_ignores_guarantees),
        cmocka_unit_test(weighted_splits_it_by_weight),
        cmocka_unit_test(what_an_idle_vm_leaves_the_others_use),
        cmocka_unit_test(an_uplink_with_room_for_all_is_left_alone),
        cmocka_unit_test(modes_have_names),
        cmocka_unit_test(the_nics_of_a_vm_share_its_guarantee),
        cmocka_unit_test(a_ceiling_follows_the_nic_that_is_used),
        cmocka_unit_test(a_liar_out_of_reach_takes_no_more_than_its_share),
        cmocka_unit_test(what_is_out_of_reach_takes_nothing_from_a_guarantee),
        cmocka_unit_test(a_guarantee_squeezed_to_almost_nothing_is_restored),
        cmocka_unit_test(guaranteed_vms_are_held_to_what_fits),
        cmocka_unit_test(a_nic_not_heard_of_yet_may_begin),
        cmocka_unit_test(off_limits_nobody),
        cmocka_unit_test(where_the_links_speed_is_not_known_only_maxima_limit),
        cmocka_unit_test(an_uplink_without_nics_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
