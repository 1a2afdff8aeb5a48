/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include "agentd/core/pf_pace.h"

enum { MS = 1000, TICK_US = 100 * MS, SECOND_US = 1000 * MS };

/* Polls for 'for_us', and reads whenever this is allowed. Returns the time spent reading. */
static int64_t spent(int64_t took_us, bool changes, int64_t for_us)
{
    struct pf_pace pace = {0};
    int64_t sum = 0;
    int64_t busy_until = 0;
    for (int64_t now = 0; now < for_us; now += TICK_US) {
        bool may = pf_pace_rested(&pace, now) || (changes && pf_pace_spare(&pace, now));
        if (now < busy_until || !may)
            continue;
        sum += took_us;
        busy_until = now + took_us;
        pf_pace_took(&pace, took_us, busy_until);
    }
    return sum;
}

static void n5_a_tenth_of_the_time_is_spent_reading_at_most(void **state)
{
    const int64_t took[] = {1 * MS, 5 * MS, 10 * MS, 11 * MS, 30 * MS, 70 * MS, 500 * MS};
    (void)state;
    for (size_t i = 0; i < sizeof took / sizeof took[0]; i++) {
        assert_in_range(spent(took[i], false, 100 * SECOND_US), 1, 10 * SECOND_US + took[i]);
        /* also if every poll has a rate to set */
        assert_in_range(spent(took[i], true, 100 * SECOND_US), 1, 10 * SECOND_US + 2 * took[i]);
    }
}

static void n5_a_quick_driver_is_read_with_every_poll(void **state)
{
    (void)state;
    assert_int_equal(spent(10 * MS, false, 100 * TICK_US), 100 * 10 * MS);
}

static void n5_the_next_reading_is_nine_times_as_long_away(void **state)
{
    struct pf_pace pace = {0};
    (void)state;
    assert_true(pf_pace_rested(&pace, 1));
    pf_pace_took(&pace, 70 * MS, 1000 * MS);
    assert_false(pf_pace_rested(&pace, 1630 * MS - 1));
    assert_true(pf_pace_rested(&pace, 1630 * MS));
}

static void n5_a_rate_does_not_wait_unless_another_was_set_in_the_same_pause(void **state)
{
    struct pf_pace pace = {0};
    (void)state;
    pf_pace_took(&pace, 70 * MS, 70 * MS); /* rests until 700 ms */
    assert_true(pf_pace_spare(&pace, 100 * MS));
    pf_pace_took(&pace, 70 * MS, 170 * MS);
    assert_false(pf_pace_spare(&pace, 200 * MS));
    assert_false(pf_pace_rested(&pace, 1400 * MS - 1)); /* 700 ms plus ten times 70 ms */
    assert_true(pf_pace_rested(&pace, 1400 * MS));
    assert_true(pf_pace_spare(&pace, 770 * MS));
}

static void n5_an_unusable_clock_makes_no_pause(void **state)
{
    struct pf_pace pace = {0};
    (void)state;
    pf_pace_took(&pace, -5, 1000);
    assert_true(pf_pace_rested(&pace, 1000));
    assert_true(pf_pace_spare(&pace, 1000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(n5_a_tenth_of_the_time_is_spent_reading_at_most),
        cmocka_unit_test(n5_a_quick_driver_is_read_with_every_poll),
        cmocka_unit_test(n5_the_next_reading_is_nine_times_as_long_away),
        cmocka_unit_test(n5_a_rate_does_not_wait_unless_another_was_set_in_the_same_pause),
        cmocka_unit_test(n5_an_unusable_clock_makes_no_pause),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
