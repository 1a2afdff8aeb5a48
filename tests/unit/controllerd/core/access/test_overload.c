/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include "controllerd/core/access/overload.h"

static void a_sender_that_keeps_up_drops_nothing(void **state)
{
    struct overload overload = {0};
    (void)state;
    for (int64_t t = 100000; t < 200000; t += 100)
        assert_false(overload_turn(&overload, false, t));
}

static void five_seconds_behind_is_too_long(void **state)
{
    struct overload overload = {0};
    (void)state;
    for (int64_t t = 100000; t < 105000; t += 100)
        assert_false(overload_turn(&overload, true, t));
    assert_true(overload_turn(&overload, true, 105000));
}

static void it_starts_again_afterwards(void **state)
{
    struct overload overload = {0};
    (void)state;
    assert_false(overload_turn(&overload, true, 100000));
    assert_true(overload_turn(&overload, true, 105000));
    assert_false(overload_turn(&overload, true, 105001));
    assert_false(overload_turn(&overload, true, 110000));
    assert_true(overload_turn(&overload, true, 110001));
}

static void one_turn_that_leaves_nothing_is_enough(void **state)
{
    struct overload overload = {0};
    (void)state;
    assert_false(overload_turn(&overload, true, 100000));
    assert_false(overload_turn(&overload, false, 104000));
    assert_false(overload_turn(&overload, true, 105000));
    assert_false(overload_turn(&overload, true, 109999));
    assert_true(overload_turn(&overload, true, 110000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sender_that_keeps_up_drops_nothing),
        cmocka_unit_test(five_seconds_behind_is_too_long),
        cmocka_unit_test(it_starts_again_afterwards),
        cmocka_unit_test(one_turn_that_leaves_nothing_is_enough),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
