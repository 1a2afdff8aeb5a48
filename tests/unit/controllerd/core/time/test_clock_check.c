/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a wall clock is trusted, with clocks that the test sets. */
#include "tests/lib/check.h"

#include "controllerd/core/time/clock_check.h"
#include "tests/lib/random.h"

#define MINUTE (INT64_C(60) * 1000)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define YEAR (365 * DAY)

static const int64_t newest = 56 * YEAR;

struct clocks {
    struct clock_check check;
    int64_t mono;
    int64_t offset; /* of the wall clock from the right time */
};

static int64_t right_time(const struct clocks *c)
{
    return newest + c->mono;
}

/* Starts a controller whose clock is off, at the time that the database has. */
static struct clocks start(int64_t offset)
{
    struct clocks c = {.offset = offset};
    clock_check_begin(&c.check, newest, c.mono, right_time(&c) + offset);
    return c;
}

/* Lets time pass, a second at a time. Returns the last change. */
static enum clock_change pass(struct clocks *c, int64_t ms)
{
    enum clock_change last = CLOCK_AS_BEFORE;
    for (int64_t end = c->mono + ms; c->mono < end; c->mono += 1000) {
        enum clock_change change = clock_check_tick(&c->check, c->mono, right_time(c) + c->offset);
        last = change == CLOCK_AS_BEFORE ? last : change;
    }
    return last;
}

static void a_clock_within_a_week_is_trusted(void **state)
{
    static const int64_t offset[] = {0, HOUR, 2 * DAY, 7 * DAY, -HOUR, -8 * DAY, -3 * YEAR};
    (void)state;
    for (size_t i = 0; i < sizeof offset / sizeof offset[0]; i++) {
        struct clocks c = start(offset[i]);
        assert_int_equal(pass(&c, 2 * HOUR), CLOCK_AS_BEFORE);
        assert_false(clock_check_doubtful(&c.check));
        assert_int_equal(clock_check_expected(&c.check, c.mono), right_time(&c) + offset[i]);
    }
}

static void a_clock_that_is_far_ahead_is_doubted_for_an_hour(void **state)
{
    static const int64_t offset[] = {8 * DAY, 3 * YEAR};
    (void)state;
    for (size_t i = 0; i < sizeof offset / sizeof offset[0]; i++) {
        struct clocks c = start(offset[i]);
        assert_int_equal(pass(&c, HOUR), CLOCK_DOUBTED);
        assert_true(clock_check_doubtful(&c.check));
        assert_int_equal(clock_check_expected(&c.check, c.mono), right_time(&c));
        assert_true(clock_check_latest(&c.check, c.mono) < right_time(&c) + offset[i]);
        assert_int_equal(pass(&c, MINUTE), CLOCK_LASTED);
        assert_true(clock_check_latest(&c.check, c.mono) > right_time(&c) + offset[i]);
    }
}

static void a_clock_that_is_corrected_is_trusted(void **state)
{
    (void)state;
    struct clocks c = start(3 * YEAR);
    assert_int_equal(pass(&c, 59 * MINUTE), CLOCK_DOUBTED);
    c.offset = 0;
    assert_int_equal(pass(&c, MINUTE), CLOCK_CORRECTED);
    assert_int_equal(clock_check_expected(&c.check, c.mono), right_time(&c));
    c.offset = 3 * YEAR; /* the hour begins again */
    assert_int_equal(pass(&c, 59 * MINUTE), CLOCK_DOUBTED);
    assert_true(clock_check_doubtful(&c.check));
}

static void a_step_while_running_is_doubted(void **state)
{
    (void)state;
    struct clocks c = start(0);
    assert_int_equal(pass(&c, 5 * HOUR), CLOCK_AS_BEFORE);
    c.offset = 8 * DAY;
    assert_int_equal(pass(&c, 1000), CLOCK_DOUBTED);
}

/* Before the time service runs, a machine may begin far in the past. */
static void a_clock_that_was_behind_and_is_set_is_trusted(void **state)
{
    (void)state;
    struct clocks c = start(-10 * YEAR);
    assert_int_equal(pass(&c, 30 * MINUTE), CLOCK_AS_BEFORE);
    c.offset = 3 * DAY;
    assert_int_equal(pass(&c, 2 * HOUR), CLOCK_AS_BEFORE);
    assert_false(clock_check_doubtful(&c.check));
}

static void steps_do_not_add_up(void **state)
{
    (void)state;
    struct clocks c = start(0);
    assert_int_equal(pass(&c, MINUTE), CLOCK_AS_BEFORE);
    c.offset = 6 * DAY;
    assert_int_equal(pass(&c, MINUTE), CLOCK_AS_BEFORE);
    c.offset = 12 * DAY;
    assert_int_equal(pass(&c, MINUTE), CLOCK_DOUBTED);
}

static void the_correction_of_a_rate_is_no_step(void **state)
{
    (void)state;
    struct clocks c = start(8 * DAY);
    for (int i = 0; i < 60; i++) { /* 5 s a minute */
        (void)pass(&c, MINUTE);
        c.offset -= 5000;
    }
    (void)pass(&c, MINUTE);
    assert_false(clock_check_doubtful(&c.check));
}

static void an_operator_is_trusted(void **state)
{
    (void)state;
    struct clocks c = start(3 * YEAR);
    assert_int_equal(pass(&c, MINUTE), CLOCK_DOUBTED);
    clock_check_confirm(&c.check, c.mono, right_time(&c) + c.offset);
    assert_int_equal(pass(&c, MINUTE), CLOCK_AS_BEFORE);
    assert_false(clock_check_doubtful(&c.check));
    assert_int_equal(clock_check_expected(&c.check, c.mono), right_time(&c) + c.offset);
}

static void an_empty_database_is_compared_with_nothing(void **state)
{
    struct clocks c = {.offset = 3 * YEAR};
    (void)state;
    clock_check_begin(&c.check, 0, 0, right_time(&c) + c.offset);
    assert_int_equal(pass(&c, MINUTE), CLOCK_AS_BEFORE);
    assert_false(clock_is_ahead(0, 3 * YEAR));
    assert_false(clock_is_ahead(newest, newest + 7 * DAY));
    assert_true(clock_is_ahead(newest, newest + 7 * DAY + 1));
    assert_false(clock_is_ahead(newest, newest - 3 * YEAR));
}

/* Whatever a clock does within an hour of a right one, and however often the controller starts
 * again, no time is trusted that is more than a week and a day from now. */
static void no_far_time_is_trusted_at_random_steps(void **state)
{
    static const int64_t offset[] = {0,    HOUR,     DAY,       6 * DAY,  8 * DAY,  12 * DAY,
                                     YEAR, 3 * YEAR, -2 * HOUR, -6 * DAY, -8 * DAY, -30 * YEAR};
    (void)state;
    for (uint64_t seed = 1; seed <= 200; seed++) {
        struct random_source random = {seed};
        struct clocks c = start(0);
        for (int step = 0; step < 40; step++) {
            const int64_t before = c.offset; /* none lasts for an hour */
            while (c.offset == before)
                c.offset = offset[random_below(&random, sizeof offset / sizeof offset[0])];
            if (random_below(&random, 3) == 0)
                clock_check_begin(&c.check, clock_check_expected(&c.check, c.mono), c.mono,
                                  right_time(&c) + c.offset);
            for (uint64_t ticks = 1 + random_below(&random, 100); ticks > 0; ticks--) {
                c.mono += 10000;
                (void)clock_check_tick(&c.check, c.mono, right_time(&c) + c.offset);
                int64_t latest = clock_check_latest(&c.check, c.mono);
                if (latest > right_time(&c) + 8 * DAY)
                    fail_msg("seed %llu, step %d", (unsigned long long)seed, step);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_clock_within_a_week_is_trusted),
        cmocka_unit_test(a_clock_that_is_far_ahead_is_doubted_for_an_hour),
        cmocka_unit_test(a_clock_that_is_corrected_is_trusted),
        cmocka_unit_test(a_step_while_running_is_doubted),
        cmocka_unit_test(a_clock_that_was_behind_and_is_set_is_trusted),
        cmocka_unit_test(steps_do_not_add_up),
        cmocka_unit_test(the_correction_of_a_rate_is_no_step),
        cmocka_unit_test(an_operator_is_trusted),
        cmocka_unit_test(an_empty_database_is_compared_with_nothing),
        cmocka_unit_test(no_far_time_is_trusted_at_random_steps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
