/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include "shared/policy/nic_split.h"

static void one_nic_has_all(void **state)
{
    struct nic_split nic[] = {{.usage = 5 * MBIT}};
    (void)state;
    nic_split(nic, 1, 100 * MBIT, false, MBIT);
    assert_int_equal(nic[0].limit, 100 * MBIT);
}

static void without_a_limit_there_is_none(void **state)
{
    struct nic_split nic[] = {{.usage = 5 * MBIT}, {.usage = 0}};
    (void)state;
    nic_split(nic, 2, DAQS_UNLIMITED, true, MBIT);
    assert_int_equal(nic[0].limit, DAQS_UNLIMITED);
    assert_int_equal(nic[1].limit, DAQS_UNLIMITED);
}

static void below_the_limit_each_may_send_more(void **state)
{
    struct nic_split nic[] = {{.usage = 20 * MBIT}, {.usage = 40 * MBIT}};
    (void)state;
    nic_split(nic, 2, 100 * MBIT, true, MBIT);
    assert_int_equal(nic[0].limit, 60 * MBIT);
    assert_int_equal(nic[1].limit, 80 * MBIT);
    nic_split(nic, 2, 100 * MBIT, false, MBIT);
    assert_int_equal(nic[0].limit, 40 * MBIT);
    assert_int_equal(nic[1].limit, 60 * MBIT);
}

static void at_the_limit_it_is_split_in_proportion(void **state)
{
    struct nic_split nic[] = {{.usage = 50 * MBIT}, {.usage = 150 * MBIT}};
    (void)state;
    nic_split(nic, 2, 100 * MBIT, true, MBIT);
    assert_int_equal(nic[0].limit, 25 * MBIT);
    assert_int_equal(nic[1].limit, 75 * MBIT);
}

/* The standby leg of a bond can take over most of a guarantee before the next report. */
static void a_silent_nic_can_take_over(void **state)
{
    struct nic_split nic[] = {{.usage = 80 * MBIT}, {.usage = 0}, {.usage = 1000}};
    (void)state;
    nic_split(nic, 2, 100 * MBIT, true, MBIT);
    assert_int_equal(nic[0].limit, 100 * MBIT);
    assert_int_equal(nic[1].limit, 75 * MBIT);
    nic_split(nic, 3, 100 * MBIT, false, MBIT); /* two nics share a quarter */
    assert_int_equal(nic[1].limit, 12500 * KBIT);
    assert_int_equal(nic[2].limit, 12500 * KBIT);
}

static void silent_nics_of_a_guaranteed_vm_may_each_begin(void **state)
{
    struct nic_split nic[] = {{.usage = 0}, {.usage = 0}};
    (void)state;
    nic_split(nic, 2, 100 * MBIT, true, MBIT);
    assert_int_equal(nic[0].limit, 100 * MBIT);
    assert_int_equal(nic[1].limit, 100 * MBIT);
    nic_split(nic, 2, 100 * MBIT, false, MBIT);
    assert_int_equal(nic[0].limit, 50 * MBIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_nic_has_all),
        cmocka_unit_test(without_a_limit_there_is_none),
        cmocka_unit_test(below_the_limit_each_may_send_more),
        cmocka_unit_test(at_the_limit_it_is_split_in_proportion),
        cmocka_unit_test(a_silent_nic_can_take_over),
        cmocka_unit_test(silent_nics_of_a_guaranteed_vm_may_each_begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
