/* SPDX-License-Identifier: Apache-2.0 */
/* VF rates with drivers that refuse, raise or round them (FIELD.md, rows N2 and N3). */
#include "tests/lib/check.h"

#include "agentd/core/pf.h"

#include <string.h>

enum { VFS = 3, POLL_MS = 100 };

/* How a driver treats rates. */
static struct {
    uint32_t least, step, most;
    bool up;          /* rounds up; otherwise down */
    uint32_t cap;     /* lowers higher rates to this; 0: no cap */
    bool raises;      /* raises rates below the least; otherwise refuses them */
    bool reads_asked; /* reads back the rate asked for; otherwise the one in force */
    bool down;        /* the link is down: all rates but 0 are refused */
} driver;

static struct pf pf;
static uint32_t read_back[VFS];
static uint32_t in_force[VFS];
static int64_t now_ms;
static unsigned refusals;

static int setup(void **state)
{
    (void)state;
    memset(&driver, 0, sizeof driver);
    driver.most = UINT32_MAX;
    driver.step = 1;
    memset(&pf, 0, sizeof pf);
    memset(read_back, 0, sizeof read_back);
    memset(in_force, 0, sizeof in_force);
    now_ms = 1000;
    refusals = 0;
    return 0;
}

static enum pf_answer set_rate(uint32_t vf, uint32_t mbit)
{
    uint32_t set = mbit;
    if (mbit && (driver.down || mbit > driver.most || (mbit < driver.least && !driver.raises))) {
        refusals++;
        return PF_REFUSED;
    }
    if (mbit) {
        set = driver.cap && set > driver.cap ? driver.cap : set;
        set += driver.up ? driver.step - 1 : 0;
        set -= set % driver.step;
        set = set < driver.least ? driver.least : set;
    }
    in_force[vf] = set;
    read_back[vf] = driver.reads_asked ? mbit : set;
    return PF_ACCEPTED;
}

/* Visits the PF with each of 'count' polls. Returns how many rates were set in total. */
static size_t polls(int count)
{
    size_t sum = 0;
    for (int n = 0; n < count; n++) {
        struct pf_change change[PF_VFS_MAX];
        struct vf_info info[VFS];
        pf_doubt(&pf, now_ms);
        size_t changes = pf.vfs ? pf_plan(&pf, now_ms, change) : 0;
        sum += changes;
        for (size_t i = 0; i < changes; i++) {
            enum pf_answer answer = set_rate(change[i].vf, change[i].rate_mbit);
            (void)pf_changed(&pf, &change[i], answer, read_back[change[i].vf], now_ms);
        }
        for (uint32_t i = 0; i < VFS; i++)
            info[i] = (struct vf_info){
                .vf = i, .rate_mbit = read_back[i], .reading = {.at_us = now_ms * 1000}};
        pf_take(&pf, info, VFS, VFS);
        now_ms += POLL_MS;
    }
    return sum;
}

/* Sets the limit and the guarantee of a VF's VM, and makes several polls. */
static void want(uint32_t vf, uint32_t most, uint32_t own)
{
    (void)polls(1);
    pf_find_number(&pf, vf)->want_mbit = most;
    pf_find_number(&pf, vf)->own_mbit = own;
    (void)polls(15);
}

static bool obeys(uint32_t vf)
{
    return pf_vf_obeys(pf_find_number(&pf, vf), now_ms);
}

static uint32_t told(uint32_t vf)
{
    return pf_in_force(&pf, pf_find_number(&pf, vf));
}

static void n2_a_driver_that_rounds_down_is_used(void **state)
{
    (void)state;
    driver.step = 50;
    driver.least = 50;
    driver.raises = true;
    want(0, 129, 0);
    assert_true(obeys(0));
    assert_int_equal(told(0), 100);
    assert_int_equal(in_force[0], 100);
    assert_int_equal(polls(400), 0); /* it is not set again */
}

static void n2_the_rate_of_a_guaranteed_vm_is_rounded_up(void **state)
{
    (void)state;
    driver.step = 50;
    want(0, 310, 310);
    assert_in_range(in_force[0], 310, 400);
    assert_int_equal(told(0), in_force[0]);
    assert_true(obeys(0));
    want(1, 310, 310); /* the step is known by now */
    assert_int_equal(in_force[1], 350);
    want(2, 310, 0);
    assert_int_equal(in_force[2], 300);
    assert_int_equal(polls(400), 0);
    want(0, 1234, 310); /* the limit exceeds the guarantee, so it is rounded down */
    assert_int_equal(in_force[0], 1200);
}

static void n2_a_rate_below_the_least_becomes_the_least_and_is_reported(void **state)
{
    struct daqs_nic_reading reading = {.state = DAQS_NIC_UNMANAGED};
    (void)state;
    driver.least = 50;
    driver.raises = true;
    want(0, 5, 0);
    assert_true(obeys(0));
    assert_int_equal(told(0), 50);
    pf_merge(&pf, pf_find_number(&pf, 0), now_ms, &reading);
    assert_int_equal(reading.state, DAQS_NIC_OK);
    assert_int_equal(reading.cause, DAQS_CAUSE_HOST_LEAST);
    assert_int_equal(pf.rates.least_mbit, 50);
}

static void n2_a_refused_low_rate_becomes_a_higher_one_and_never_none(void **state)
{
    (void)state;
    driver.least = 11;
    want(0, 3, 0);
    assert_true(obeys(0));
    assert_in_range(in_force[0], 11, 40);
    assert_in_range(polls(1200), 1, 8); /* tried again within two minutes */
    assert_in_range(in_force[0], 11, 40);
    want(1, 12, 0);
    assert_int_equal(in_force[1], 12);
    refusals = 0;
    want(1, 3, 0); /* 12 is the lowest rate known to be accepted */
    assert_int_equal(in_force[1], 12);
    assert_int_equal(refusals, 0);
    want(2, 200, 0);
    want(2, 2, 0);
    assert_int_equal(in_force[2], 12);
}

static void n2_while_a_higher_rate_is_looked_for_the_old_one_stays(void **state)
{
    (void)state;
    driver.least = 500;
    want(0, 800, 0);
    pf_find_number(&pf, 0)->want_mbit = 1;
    for (int i = 0; i < 100; i++) {
        (void)polls(1);
        assert_in_range(in_force[0], 500, 800);
        assert_true(obeys(0));
    }
}

static void n2_a_refusal_ends_when_the_link_changes(void **state)
{
    (void)state;
    pf_link(&pf, 0);
    driver.down = true;
    want(0, 100, 0);
    assert_false(obeys(0));
    assert_int_equal(in_force[0], 0);
    assert_true(pf_refuses(&pf));
    unsigned before = refusals;
    (void)polls(100);
    assert_int_equal(refusals, before); /* it is not tried all the time */
    driver.down = false;
    pf_link(&pf, 10000000000);
    (void)polls(1);
    assert_int_equal(in_force[0], 100);
    assert_true(obeys(0));
    assert_int_equal(pf.rates.refused_mbit, 0); /* this was not about low rates */
}

static void n2_a_refusal_is_about_a_value(void **state)
{
    (void)state;
    driver.most = 1000;
    want(0, 2000, 0);
    assert_false(obeys(0));
    pf_find_number(&pf, 0)->want_mbit = 900;
    (void)polls(1);
    assert_int_equal(in_force[0], 900);
    assert_true(obeys(0));
}

static void n2_a_rate_that_was_taken_before_is_tried_again_within_a_second(void **state)
{
    (void)state;
    want(0, 100, 0);
    driver.down = true;
    pf_find_number(&pf, 0)->want_mbit = 200;
    (void)polls(5);
    assert_int_equal(told(0), 100); /* the old rate still limits it */
    assert_true(obeys(0));
    driver.down = false;
    (void)polls(PF_RETRY_MS / POLL_MS);
    assert_int_equal(in_force[0], 200);
}

/* Otherwise its VM would count as out of reach, and lose its limit. */
static void n2_a_vf_keeps_its_old_limit_while_a_lower_one_is_refused(void **state)
{
    struct daqs_nic_reading reading = {.state = DAQS_NIC_UNMANAGED};
    (void)state;
    pf_link(&pf, 10000000000);
    want(0, 200, 0);
    driver.down = true;
    pf_link(&pf, 0);
    pf_find_number(&pf, 0)->want_mbit = 100;
    (void)polls(5);
    assert_int_equal(told(0), 200);
    assert_true(obeys(0));
    pf_merge(&pf, pf_find_number(&pf, 0), now_ms, &reading);
    assert_int_equal(reading.state, DAQS_NIC_OK);
    assert_int_equal(reading.cause, DAQS_CAUSE_HOST_REFUSED);
    driver.down = false;
    pf_link(&pf, 10000000000);
    (void)polls(1);
    assert_int_equal(in_force[0], 100);
}

static void n2_a_refusal_for_another_reason_teaches_nothing_for_long(void **state)
{
    (void)state;
    want(0, 200, 0);
    driver.down = true; /* without a link event */
    want(0, 100, 0);
    driver.down = false;
    (void)polls(PF_REFUSED_MS / POLL_MS);
    assert_int_equal(in_force[0], 100);
}

static void n2_no_rate_is_above_the_link_or_below_the_nics_own_guarantee(void **state)
{
    (void)state;
    driver.most = 1000;
    pf_link(&pf, 1000000000);
    want(0, 5000, 0);
    assert_int_equal(in_force[0], 1000);
    (void)polls(1);
    pf.vf[1].min_mbit = 300; /* rtnetlink refuses a maximum below the minimum */
    pf.vf[1].want_mbit = 100;
    struct pf_change change[PF_VFS_MAX];
    assert_int_equal(pf_plan(&pf, now_ms, change), 1);
    assert_int_equal(change[0].rate_mbit, 300);
    assert_int_equal(change[0].min_mbit, 300);
}

static void n2_a_driver_that_refuses_everything_is_left_alone(void **state)
{
    (void)state;
    driver.most = 0;
    want(0, 5, 0);
    want(1, 700, 0);
    (void)polls(3000);
    assert_false(obeys(0) && obeys(1) && in_force[0]);
    assert_in_range(refusals, 1, 60);
}

static void n2_impossible_answers_are_not_a_least_rate(void **state)
{
    struct pf_change change[PF_VFS_MAX];
    (void)state;
    (void)polls(1);
    pf.vf[0].want_mbit = 20;
    assert_int_equal(pf_plan(&pf, now_ms, change), 1);
    assert_false(pf_changed(&pf, &change[0], PF_ACCEPTED, UINT32_MAX, now_ms));
    assert_int_equal(pf.rates.least_mbit, 0);
    assert_false(obeys(0));
}

/* --- what the policy receives --- */

static void n2_without_an_answer_neither_a_least_rate_nor_a_step_is_reported(void **state)
{
    (void)state;
    want(0, 129, 0);
    want(1, 3, 0);
    assert_int_equal(pf_rates_least(&pf.rates), 0);
    assert_int_equal(pf_rates_step(&pf.rates), 0);
}

static void n2_a_least_rate_is_reported_once_a_lower_one_became_it(void **state)
{
    (void)state;
    driver.least = 50;
    driver.raises = true;
    want(0, 60, 0);
    assert_int_equal(pf_rates_least(&pf.rates), 0);
    want(0, 5, 0);
    assert_int_equal(pf_rates_least(&pf.rates), 50);
    driver.least = 20; /* there was another reason for 50 */
    want(1, 30, 0);
    assert_int_equal(pf_rates_least(&pf.rates), 0);
}

static void n2_rounding_up_teaches_no_least_rate_where_a_lower_one_is_in_force(void **state)
{
    (void)state;
    driver.step = 100;
    driver.up = true;
    want(0, 200, 0);
    want(1, 760, 0);
    assert_int_equal(in_force[1], 800);
    assert_int_equal(pf_rates_least(&pf.rates), 0);
    want(0, 30, 0);
    want(1, 460, 0);
    assert_int_equal(in_force[1], 500);
    assert_int_equal(pf_rates_least(&pf.rates), 100);
}

/* The driver first tries a rate just above the refused ones, because the plan then asks for nothing
 * lower. */
static void n2_a_least_rate_is_reported_once_a_rate_near_it_was_refused(void **state)
{
    (void)state;
    driver.least = 30;
    want(0, 800, 0);
    assert_int_equal(pf_rates_least(&pf.rates), 0);
    want(0, 2, 0);
    assert_int_equal(in_force[0], 32);
    assert_int_equal(pf_rates_least(&pf.rates), 32);
    want(1, 30, 0);
    assert_int_equal(pf_rates_least(&pf.rates), 30);
}

static void n2_learned_rates_are_tried_again_ever_more_rarely(void **state)
{
    static const unsigned after_s[] = {30, 60, 120, 240, 480, 480};
    unsigned polls_told = 0;
    (void)state;
    driver.least = 50;
    driver.raises = true;
    want(0, 5, 0);
    for (size_t i = 0; i < sizeof after_s / sizeof after_s[0]; i++) {
        for (polls_told = 0; polls_told < 5000 && pf_rates_least(&pf.rates); polls_told++)
            (void)polls(1);
        assert_in_range(polls_told, (after_s[i] - 2) * 10, after_s[i] * 10 + 1);
        pf_find_number(&pf, 0)->want_mbit = i % 2 ? 5 : 4; /* the next plan's rate */
        (void)polls(1);
        assert_int_equal(pf_rates_least(&pf.rates), 50);
    }
    driver.least = 1;
    (void)polls(4801);
    pf_find_number(&pf, 0)->want_mbit = 3;
    (void)polls(2);
    assert_int_equal(in_force[0], 3);
    assert_int_equal(pf_rates_least(&pf.rates), 0);
}

static void n2_a_least_rate_is_doubted_when_the_link_changes(void **state)
{
    (void)state;
    driver.least = 50;
    driver.raises = true;
    pf_link(&pf, 10000000000);
    want(0, 5, 0);
    assert_int_equal(pf_rates_least(&pf.rates), 50);
    pf_link(&pf, 1000000000);
    assert_int_equal(pf_rates_least(&pf.rates), 0);
}

/* Otherwise the plan would ask for multiples of a step that is too long, and never notice. */
static void n2_a_step_is_never_taken_for_longer_than_it_is(void **state)
{
    (void)state;
    driver.step = 50;
    want(0, 423, 0);
    want(0, 210, 0);
    assert_int_equal(in_force[0], 200);
    assert_in_range(pf_rates_step(&pf.rates), 24, 50); /* 23 were cut off; divides 200 */
    want(0, 649, 0);
    assert_int_equal(pf_rates_step(&pf.rates), 50);
    driver.step = 1;
    want(0, 423, 0);
    assert_int_equal(pf_rates_step(&pf.rates), 0); /* no divisor of 423 is above 49 */
}

static void n2_a_rate_that_a_cap_cuts_teaches_no_step(void **state)
{
    (void)state;
    driver.cap = 10000;
    want(0, 2000, 0);
    want(0, 10500, 0);
    assert_int_equal(in_force[0], 10000);
    assert_int_equal(pf_rates_step(&pf.rates), 0);
    want(1, 4000, 0);
    want(2, 10900, 0);
    assert_int_equal(pf_rates_step(&pf.rates), 0);
}

/* A cap may have been the link's. */
static void n2_a_step_is_learned_again_when_the_link_changes(void **state)
{
    (void)state;
    driver.step = 50;
    pf_link(&pf, 10000000000);
    want(0, 600, 0);
    want(0, 449, 0);
    assert_int_equal(pf_rates_step(&pf.rates), 50);
    pf_link(&pf, 25000000000);
    assert_int_equal(pf_rates_step(&pf.rates), 0);
    driver.step = 20;
    want(0, 600, 0);
    want(0, 459, 0);
    assert_int_equal(pf_rates_step(&pf.rates), 20);
}

static void n2_a_rate_set_by_somebody_else_teaches_no_step(void **state)
{
    (void)state;
    driver.most = 5000;
    want(0, 4000, 0);
    want(0, 2000, 0);
    assert_int_equal(pf_rates_step(&pf.rates), 0); /* all set as asked */
    (void)polls(1);
    read_back[0] = 1500; /* by another program */
    struct pf_change change = {.vf = 0, .rate_mbit = 3600};
    (void)pf_changed(&pf, &change, PF_ACCEPTED, 1500, now_ms);
    assert_int_equal(pf_rates_step(&pf.rates), 0);
}

/* --- the table --- */

static void use_i40e(void)
{
    pf_driver(&pf, nic_driver_find("i40e"));
    driver.least = driver.step = 50;
    driver.raises = driver.reads_asked = true;
}

static void n3_the_table_is_printed_for_drivers_in_it(void **state)
{
    (void)state;
    use_i40e();
    assert_int_equal(pf_rates_least(&pf.rates), 50);
    assert_int_equal(pf_rates_step(&pf.rates), 50);
    pf_driver(&pf, nic_driver_find("ixgbe"));
    assert_int_equal(pf_rates_least(&pf.rates), 11);
    assert_int_equal(pf_rates_step(&pf.rates), 1);
    pf_driver(&pf, nic_driver_find("sfc"));
    assert_int_equal(pf_rates_least(&pf.rates), 0);
    assert_int_equal(pf_rates_step(&pf.rates), 0);
}

static void n3_i40e_is_asked_for_multiples_of_its_step(void **state)
{
    (void)state;
    use_i40e();
    want(0, 149, 0);
    assert_int_equal(read_back[0], 100);
    want(1, 310, 310);
    assert_int_equal(in_force[1], 350);
    want(2, 7, 0);
    assert_int_equal(in_force[2], 50);
    for (uint32_t i = 0; i < VFS; i++)
        assert_int_equal(told(i), in_force[i]);
}

static void n3_the_rate_in_force_is_reported_for_i40e_not_the_one_read_back(void **state)
{
    (void)state;
    use_i40e();
    (void)set_rate(0, 149); /* by another program */
    (void)set_rate(1, 20);
    (void)polls(1);
    assert_int_equal(told(0), 100);
    assert_int_equal(told(1), 50);
    assert_int_equal(told(2), 0);
}

static void n3_ixgbe_is_not_asked_for_rates_that_it_refuses(void **state)
{
    (void)state;
    pf_driver(&pf, nic_driver_find("ixgbe"));
    driver.least = 11;
    want(0, 4, 0);
    assert_int_equal(in_force[0], 11);
    assert_int_equal(refusals, 0);
}

static void n3_facts_of_one_driver_do_not_hold_for_another(void **state)
{
    (void)state;
    driver.step = 50;
    want(0, 129, 0);
    assert_true(pf.rates.step_mbit > 1);
    pf_driver(&pf, nic_driver_find("ice"));
    assert_int_equal(pf.rates.step_mbit, 0);
}

/* In switchdev mode: the driver starts without rates, and sets them by other rules. */
static void n9_a_driver_in_another_mode_is_reported_again(void **state)
{
    (void)state;
    read_back[0] = 700;
    driver.step = 50;
    driver.most = 150;
    want(0, 129, 0);
    assert_int_equal(in_force[0], 100);
    want(1, 160, 0);
    assert_false(obeys(1));
    driver.step = 1;
    driver.most = UINT32_MAX;
    read_back[0] = 0;
    pf_other_way(&pf);
    assert_int_equal(pf.rates.step_mbit, 0);
    (void)polls(3);
    assert_int_equal(in_force[0], 129);
    assert_int_equal(in_force[1], 160);
    want(0, 0, 0);
    assert_int_equal(read_back[0], 0); /* the rate found in this mode */
}

#define CASE(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(n2_a_driver_that_rounds_down_is_used),
        CASE(n2_the_rate_of_a_guaranteed_vm_is_rounded_up),
        CASE(n2_a_rate_below_the_least_becomes_the_least_and_is_reported),
        CASE(n2_a_refused_low_rate_becomes_a_higher_one_and_never_none),
        CASE(n2_while_a_higher_rate_is_looked_for_the_old_one_stays),
        CASE(n2_a_refusal_ends_when_the_link_changes),
        CASE(n2_a_refusal_is_about_a_value),
        CASE(n2_a_rate_that_was_taken_before_is_tried_again_within_a_second),
        CASE(n2_a_vf_keeps_its_old_limit_while_a_lower_one_is_refused),
        CASE(n2_a_refusal_for_another_reason_teaches_nothing_for_long),
        CASE(n2_no_rate_is_above_the_link_or_below_the_nics_own_guarantee),
        CASE(n2_a_driver_that_refuses_everything_is_left_alone),
        CASE(n2_impossible_answers_are_not_a_least_rate),
        CASE(n2_without_an_answer_neither_a_least_rate_nor_a_step_is_reported),
        CASE(n2_a_least_rate_is_reported_once_a_lower_one_became_it),
        CASE(n2_rounding_up_teaches_no_least_rate_where_a_lower_one_is_in_force),
        CASE(n2_a_least_rate_is_reported_once_a_rate_near_it_was_refused),
        CASE(n2_learned_rates_are_tried_again_ever_more_rarely),
        CASE(n2_a_least_rate_is_doubted_when_the_link_changes),
        CASE(n2_a_step_is_never_taken_for_longer_than_it_is),
        CASE(n2_a_rate_that_a_cap_cuts_teaches_no_step),
        CASE(n2_a_step_is_learned_again_when_the_link_changes),
        CASE(n2_a_rate_set_by_somebody_else_teaches_no_step),
        CASE(n3_the_table_is_printed_for_drivers_in_it),
        CASE(n3_i40e_is_asked_for_multiples_of_its_step),
        CASE(n3_the_rate_in_force_is_reported_for_i40e_not_the_one_read_back),
        CASE(n3_ixgbe_is_not_asked_for_rates_that_it_refuses),
        CASE(n3_facts_of_one_driver_do_not_hold_for_another),
        CASE(n9_a_driver_in_another_mode_is_reported_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
