/* Trials: what they must not do to anybody else, and that they end. */
#include "tests/lib/check.h"

#include "controllerd/core/policy.h"

/* A 10 Gbit/s uplink, far from full. */
enum { GOLD, WEB, SILVER, VMS };

struct link {
    struct policy_uplink uplink;
    struct policy_vm vm[VMS];
    struct policy_nic nic[VMS];
};

static void add(struct link *l, daqs_bps min, daqs_bps usage)
{
    uint32_t vm = l->uplink.vms++;
    l->vm[vm] =
        (struct policy_vm){.min = min, .max = DAQS_UNLIMITED, .weight = 1, .share = DAQS_UNLIMITED};
    l->nic[l->uplink.nics++] = (struct policy_nic){
        .vm = vm, .controllable = true, .fresh = true, .usage = usage, .limit = DAQS_UNLIMITED};
}

static void decide(struct link *l)
{
    l->uplink.vm = l->vm;
    l->uplink.nic = l->nic;
    assert_true(policy_decide(&l->uplink));
    l->uplink.now_ms += 100;
}

/* gold sends less than its guarantee, web what it likes, silver nothing. */
static struct link make(daqs_bps gold_min, daqs_bps gold, daqs_bps web, daqs_bps silver_min)
{
    struct link l = {.uplink = {.capacity = 10 * GBIT, .headroom_ppm = 10000}};
    add(&l, gold_min, gold);
    add(&l, 0, web);
    add(&l, silver_min, 0);
    return l;
}

static void decide_until_trial(struct link *l)
{
    for (int i = 0; i < 20 && l->uplink.learned.trial == 0; i++)
        decide(l);
    assert_true(l->uplink.learned.trial > 0);
    assert_true(l->vm[GOLD].tried);
}

static void a_trial_costs_others_little_and_no_guarantee_anything(void **state)
{
    struct link l = make(GBIT, 400 * MBIT, 500 * MBIT, 5 * GBIT);
    (void)state;
    decide_until_trial(&l);
    for (int i = 0; i < 10; i++) {
        assert_true(l.nic[WEB].limit >= 350 * MBIT);
        assert_true(l.nic[SILVER].limit >= 5 * GBIT);
        decide(&l);
    }
}

static void a_guarantee_that_begins_during_a_trial_is_reserved_at_once(void **state)
{
    struct link l = make(GBIT, 400 * MBIT, 4 * GBIT, 5 * GBIT);
    (void)state;
    decide_until_trial(&l);
    l.nic[SILVER].usage = 300 * MBIT;
    for (int i = 0; i < 5; i++) {
        decide(&l);
        assert_true(l.vm[SILVER].reserve >= 5 * GBIT);
        assert_true(l.nic[SILVER].limit >= 5 * GBIT);
    }
}

static void a_trial_ends_with_its_suspect(void **state)
{
    struct link l = make(GBIT, 400 * MBIT, 500 * MBIT, 5 * GBIT);
    (void)state;
    decide_until_trial(&l);
    l.vm[GOLD] = l.vm[SILVER]; /* gold is unplugged */
    l.nic[GOLD] = l.nic[SILVER];
    l.nic[GOLD].vm = GOLD;
    l.nic[GOLD].usage = 300 * MBIT;
    l.uplink.vms = l.uplink.nics = 2;
    decide(&l);
    assert_int_equal(l.uplink.learned.trial, 0);
    assert_true(l.vm[GOLD].reserve >= 5 * GBIT);
}

static void a_trial_of_a_suspect_that_falls_silent_ends(void **state)
{
    struct link l = make(GBIT, 400 * MBIT, 500 * MBIT, 5 * GBIT);
    (void)state;
    decide_until_trial(&l);
    l.nic[GOLD].fresh = false;
    for (int i = 0; i < 60; i++)
        decide(&l);
    assert_int_equal(l.uplink.learned.trial, 0);
    assert_true(l.nic[WEB].limit > 2 * GBIT);
}

static void a_trial_ends_when_guarantees_no_longer_count(void **state)
{
    struct link l = make(GBIT, 400 * MBIT, 20 * GBIT, 5 * GBIT);
    (void)state;
    l.nic[WEB].usage = 9 * GBIT;
    decide_until_trial(&l);
    l.uplink.mode = POLICY_MODE_FAIR;
    for (int i = 0; i < 5; i++)
        decide(&l);
    assert_int_equal(l.uplink.learned.trial, 0);
    assert_true(l.nic[GOLD].limit >= 400 * MBIT);
}

/* It would have sent more anyhow: that looks as if it had been squeezed. */
static void a_coincidence_teaches_no_capacity_far_from_what_is_known(void **state)
{
    struct link l = make(GBIT, 400 * MBIT, 500 * MBIT, 5 * GBIT);
    (void)state;
    decide_until_trial(&l);
    l.nic[GOLD].usage = 700 * MBIT;
    for (int i = 0; i < 5; i++) {
        decide(&l);
        assert_true(l.uplink.learned.learned == 0 || l.uplink.learned.learned > 7 * GBIT);
        assert_true(l.nic[WEB].limit >= 350 * MBIT);
    }
}

/* One trial is no proof. */
static void a_capacity_is_learned_from_two_trials(void **state)
{
    struct link l = make(4 * GBIT, GBIT, 5 * GBIT, 0);
    (void)state;
    for (int trial = 1; trial <= 2; trial++) {
        assert_int_equal(l.uplink.learned.learned, 0);
        decide_until_trial(&l);
        l.nic[GOLD].usage += 500 * MBIT; /* takes what web leaves */
        l.nic[WEB].usage -= 500 * MBIT;
        while (l.uplink.learned.trial > 0)
            decide(&l);
    }
    assert_in_range(l.uplink.learned.learned, 1, 9 * GBIT);
}

/* The whole host stood still, and goes on in the middle of a trial. */
static void what_all_can_do_again_teaches_nothing(void **state)
{
    struct link l = make(4 * GBIT, GBIT, 2 * GBIT, 0);
    (void)state;
    for (int trial = 1; trial <= 3; trial++) {
        l.nic[GOLD].usage = GBIT;
        l.nic[WEB].usage = 2 * GBIT;
        decide_until_trial(&l);
        l.nic[GOLD].usage = 3 * GBIT;
        l.nic[WEB].usage = 5 * GBIT;
        while (l.uplink.learned.trial > 0)
            decide(&l);
        assert_int_equal(l.uplink.learned.learned, 0);
    }
}

/* gold is content with little, as trial after trial has shown. silver is squeezed. */
static void what_one_vm_does_is_no_evidence_about_another(void **state)
{
    struct link l = make(2 * GBIT, 400 * MBIT, 7 * GBIT, 4 * GBIT);
    (void)state;
    l.nic[SILVER].usage = 4 * GBIT;
    for (int i = 0; i < 10; i++)
        decide(&l);
    l.vm[GOLD].demand.trust_ms = l.uplink.now_ms + 60000;
    l.nic[SILVER].usage = 2 * GBIT;
    bool tried = false;
    for (int i = 0; i < 20; i++) {
        decide(&l);
        tried |= l.vm[SILVER].tried;
        assert_false(l.vm[GOLD].tried);
    }
    assert_true(tried);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_trial_costs_others_little_and_no_guarantee_anything),
        cmocka_unit_test(a_guarantee_that_begins_during_a_trial_is_reserved_at_once),
        cmocka_unit_test(a_trial_ends_with_its_suspect),
        cmocka_unit_test(a_trial_of_a_suspect_that_falls_silent_ends),
        cmocka_unit_test(a_trial_ends_when_guarantees_no_longer_count),
        cmocka_unit_test(a_coincidence_teaches_no_capacity_far_from_what_is_known),
        cmocka_unit_test(a_capacity_is_learned_from_two_trials),
        cmocka_unit_test(what_all_can_do_again_teaches_nothing),
        cmocka_unit_test(what_one_vm_does_is_no_evidence_about_another),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
