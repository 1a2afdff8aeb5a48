/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include "agentd/core/convergence.h"

static void before_any_orders_nothing_is_awaited(void **state)
{
    const struct convergence s = {0};
    (void)state;
    assert_false(convergence_pending(&s));
    assert_int_equal(convergence_sequence_of(&s, 0, 100), 0);
}

static void limits_are_awaited_until_they_are_in_force(void **state)
{
    struct convergence s = {0};
    (void)state;
    convergence_ordered(&s, 7, true);
    assert_true(convergence_pending(&s));
    assert_int_equal(convergence_sequence_of(&s, 900, 1000), 0);
    convergence_reached(&s, true, 1000);
    assert_false(convergence_pending(&s));
}

static void a_report_is_about_the_limits_of_most_of_its_time(void **state)
{
    struct convergence s = {0};
    (void)state;
    convergence_ordered(&s, 1, true);
    convergence_reached(&s, true, 0);
    convergence_ordered(&s, 2, false);
    convergence_reached(&s, true, 1060);
    assert_int_equal(convergence_sequence_of(&s, 1000, 1100), 1);
    assert_int_equal(convergence_sequence_of(&s, 1020, 1120), 2);
    assert_int_equal(convergence_sequence_of(&s, 1100, 1200), 2);
}

/* A renewal of the lease: the limits that it asks for have been in force all along. */
static void a_change_without_effect_is_in_force_at_once(void **state)
{
    struct convergence s = {0};
    (void)state;
    convergence_ordered(&s, 1, true);
    convergence_reached(&s, true, 0);
    convergence_ordered(&s, 2, false);
    convergence_reached(&s, false, 1090);
    assert_int_equal(convergence_sequence_of(&s, 1000, 1100), 2);
}

static void a_new_epoch_begins_with_nothing_in_force(void **state)
{
    struct convergence s = {0};
    (void)state;
    convergence_ordered(&s, 900, true);
    convergence_reached(&s, true, 0);
    convergence_ordered(&s, 1, true);
    assert_int_equal(convergence_sequence_of(&s, 1000, 1100), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(before_any_orders_nothing_is_awaited),
        cmocka_unit_test(limits_are_awaited_until_they_are_in_force),
        cmocka_unit_test(a_report_is_about_the_limits_of_most_of_its_time),
        cmocka_unit_test(a_change_without_effect_is_in_force_at_once),
        cmocka_unit_test(a_new_epoch_begins_with_nothing_in_force),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
