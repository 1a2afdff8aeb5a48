/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include "controllerd/core/history/settled.h"

static void what_an_earlier_life_stored_is_settled_at_once(void **state)
{
    struct settled s = {0};
    (void)state;
    assert_int_equal(settled_note(&s, 7, 5000), 5000);
    assert_int_equal(settled_note(&s, 40, 5033), 5000);
    assert_int_equal(settled_note(&s, 66, 5059), 5000);
    assert_int_equal(settled_note(&s, 67, 5060), 5000);
    assert_int_equal(settled_note(&s, 68, 5061), 5001);
    assert_int_equal(settled_note(&s, 1068, 6061), 6001); /* history was not stored meanwhile */
}

static void a_clock_that_is_put_ahead_settles_nothing_at_once(void **state)
{
    struct settled s = {0};
    (void)state;
    for (int64_t t = 0; t < 100; t++)
        (void)settled_note(&s, t, 5000 + t);
    assert_int_equal(settled_note(&s, 100, 5100), 5040);
    assert_int_equal(settled_note(&s, 101, 8701), 5040); /* seconds before 5100 still come */
    assert_int_equal(settled_note(&s, 160, 8760), 5040);
    assert_int_equal(settled_note(&s, 161, 8761), 8701);
}

static void each_step_of_the_clock_counts(void **state)
{
    struct settled s = {0};
    (void)state;
    (void)settled_note(&s, 0, 5000);
    assert_int_equal(settled_note(&s, 100, 5100), 5040);
    assert_int_equal(settled_note(&s, 101, 6000), 5040);
    assert_int_equal(settled_note(&s, 150, 5150), 5040); /* and back */
    assert_int_equal(settled_note(&s, 209, 5209), 5040);
    assert_int_equal(settled_note(&s, 210, 5210), 5150);
}

static void a_clock_that_is_set_back_is_followed(void **state)
{
    struct settled s = {0};
    (void)state;
    (void)settled_note(&s, 0, 5000);
    assert_int_equal(settled_note(&s, 100, 5100), 5040);
    assert_int_equal(settled_note(&s, 101, 1101), 5040);
    assert_int_equal(settled_note(&s, 161, 1161), 1101);
}

static void a_gradual_correction_is_no_step(void **state)
{
    struct settled s = {0};
    (void)state;
    (void)settled_note(&s, 0, 5000);
    assert_int_equal(settled_note(&s, 100, 5103), 5043);
    assert_int_equal(settled_note(&s, 200, 5200), 5140);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_an_earlier_life_stored_is_settled_at_once),
        cmocka_unit_test(a_clock_that_is_put_ahead_settles_nothing_at_once),
        cmocka_unit_test(each_step_of_the_clock_counts),
        cmocka_unit_test(a_clock_that_is_set_back_is_followed),
        cmocka_unit_test(a_gradual_correction_is_no_step),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
