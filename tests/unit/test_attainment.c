#include "tests/lib/check.h"

#include "controllerd/core/attainment.h"

enum { MIN = 1000000 };

/* A second with so many reports, all of them alike. */
static enum attainment_change second(struct attainment *a, daqs_bps usage, bool wants_more,
                                     int64_t time_s, enum attainment_verdict expected)
{
    enum attainment_verdict verdict;
    uint64_t seconds;
    for (int i = 0; i < 10; i++)
        attainment_note(a, usage, MIN, wants_more);
    enum attainment_change change =
        attainment_close(a, usage, 1000, MIN, time_s, &verdict, &seconds);
    assert_int_equal(verdict, expected);
    assert_int_equal(seconds, 1);
    return change;
}

static void a_guarantee_that_is_used_up_is_met(void **state)
{
    struct attainment a = {0};
    (void)state;
    second(&a, MIN, true, 1, ATTAINMENT_MET);
    second(&a, MIN * 2, true, 2, ATTAINMENT_MET);
    second(&a, MIN / 100 * 99, true, 3, ATTAINMENT_MET); /* counters are read at odd moments */
    second(&a, MIN / 100 * 98, true, 4, ATTAINMENT_MISSED);
}

static void less_is_a_miss_only_if_more_was_wanted(void **state)
{
    struct attainment a = {0};
    (void)state;
    second(&a, MIN / 2, true, 1, ATTAINMENT_MISSED);
    second(&a, MIN / 2, false, 2, ATTAINMENT_IDLE);
    second(&a, 0, false, 3, ATTAINMENT_IDLE);
}

/* A VM that begins is taken for hungry until it shows otherwise: some reports. */
static void a_moment_of_hunger_is_no_missed_second(void **state)
{
    struct attainment a = {0};
    enum attainment_verdict verdict;
    uint64_t seconds;
    (void)state;
    for (int i = 0; i < 10; i++)
        attainment_note(&a, MIN / 10, MIN, i < 4);
    attainment_close(&a, MIN / 10, 1000, MIN, 1, &verdict, &seconds);
    assert_int_equal(verdict, ATTAINMENT_IDLE);
    for (int i = 0; i < 10; i++)
        attainment_note(&a, MIN / 10, MIN, i < 5);
    attainment_close(&a, MIN / 10, 1000, MIN, 2, &verdict, &seconds);
    assert_int_equal(verdict, ATTAINMENT_MISSED);
    attainment_close(&a, MIN / 10, 1000, MIN, 3, &verdict, &seconds); /* no report was decided on */
    assert_int_equal(verdict, ATTAINMENT_IDLE);
}

static void parts_of_seconds_are_carried_on(void **state)
{
    static const struct {
        uint64_t ms;
        uint64_t seconds;
    } closed[] = {{900, 0}, {1100, 2}, {500, 0}, {499, 0}, {1, 1}, {2500, 2}, {500, 1}};
    struct attainment a = {0};
    (void)state;
    for (size_t i = 0; i < sizeof closed / sizeof closed[0]; i++) {
        enum attainment_verdict verdict;
        uint64_t seconds;
        attainment_close(&a, MIN, closed[i].ms, MIN, (int64_t)i, &verdict, &seconds);
        assert_int_equal(seconds, closed[i].seconds);
    }
}

static void a_violation_begins_with_two_missed_seconds_and_ends_with_three_others(void **state)
{
    struct attainment a = {0};
    (void)state;
    assert_int_equal(second(&a, 0, true, 10, ATTAINMENT_MISSED), ATTAINMENT_SAME);
    assert_int_equal(second(&a, MIN, true, 11, ATTAINMENT_MET), ATTAINMENT_SAME);
    assert_int_equal(second(&a, 0, true, 12, ATTAINMENT_MISSED), ATTAINMENT_SAME);
    assert_int_equal(second(&a, 0, true, 13, ATTAINMENT_MISSED), ATTAINMENT_VIOLATED);
    assert_int_equal(a.since_s, 12);
    assert_int_equal(second(&a, 0, true, 14, ATTAINMENT_MISSED), ATTAINMENT_SAME);
    assert_int_equal(second(&a, MIN, true, 15, ATTAINMENT_MET), ATTAINMENT_SAME);
    assert_int_equal(second(&a, 0, false, 16, ATTAINMENT_IDLE), ATTAINMENT_SAME);
    assert_int_equal(second(&a, 0, true, 17, ATTAINMENT_MISSED),
                     ATTAINMENT_SAME); /* not yet over */
    assert_int_equal(a.since_s, 12);
    assert_int_equal(second(&a, MIN, true, 18, ATTAINMENT_MET), ATTAINMENT_SAME);
    assert_int_equal(second(&a, MIN, true, 19, ATTAINMENT_MET), ATTAINMENT_SAME);
    assert_int_equal(second(&a, 0, false, 20, ATTAINMENT_IDLE), ATTAINMENT_HELD_AGAIN);
    assert_int_equal(a.since_s, 12); /* for whoever tells how long it was */
    assert_int_equal(second(&a, MIN, true, 21, ATTAINMENT_MET), ATTAINMENT_SAME);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_guarantee_that_is_used_up_is_met),
        cmocka_unit_test(less_is_a_miss_only_if_more_was_wanted),
        cmocka_unit_test(a_moment_of_hunger_is_no_missed_second),
        cmocka_unit_test(parts_of_seconds_are_carried_on),
        cmocka_unit_test(a_violation_begins_with_two_missed_seconds_and_ends_with_three_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
