/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include "controllerd/core/diagnosis/flapping.h"

#define DAY_MS INT64_C(86400000)

/* How many events a day of changes at an interval makes. */
static int events_of_a_day(int64_t interval_ms)
{
    struct flapping f = {0};
    int events = 0;
    int64_t next_ms = 1000000;
    for (int64_t now_ms = next_ms; now_ms < 1000000 + DAY_MS; now_ms += 1000) {
        bool changed = now_ms >= next_ms;
        if (changed) {
            flapping_change(&f, now_ms, now_ms);
            next_ms += interval_ms;
        }
        enum flapping_report due = flapping_due(&f, now_ms);
        events += due == FLAPPING_NOT && changed;
        if (due == FLAPPING_BEGINS || due == FLAPPING_ENDS) {
            flapping_reported(&f);
            events++;
        }
    }
    return events;
}

static void a_day_of_changes_is_a_few_events(void **state)
{
    (void)state;
    assert_int_equal(events_of_a_day(15000), 7); /* 5760 changes */
    assert_int_equal(events_of_a_day(60000), 7);
    assert_int_equal(events_of_a_day(FLAPPING_CALM_MS), 144);
    assert_int_equal(events_of_a_day(FLAPPING_CALM_MS + 1000), 144);
    assert_int_equal(events_of_a_day(DAY_MS / 10), 10);
    assert_in_range(events_of_a_day(FLAPPING_CALM_MS - 1000), 7, 144 + FLAPPING_CHANGES);
    for (int64_t interval_ms = 10000; interval_ms < 2 * FLAPPING_CALM_MS; interval_ms += 7000)
        assert_in_range(events_of_a_day(interval_ms), 7, 144 + FLAPPING_CHANGES);
}

static void a_report_is_due_until_it_is_made(void **state)
{
    struct flapping f = {0};
    (void)state;
    for (int i = 0; i < 6; i++) {
        flapping_change(&f, 1000 + i, 50 + i);
        assert_int_equal(flapping_due(&f, 1000 + i), FLAPPING_NOT);
    }
    flapping_change(&f, 2000, 60);
    assert_int_equal(flapping_due(&f, 2000), FLAPPING_BEGINS);
    assert_int_equal(flapping_due(&f, 3000), FLAPPING_BEGINS);
    assert_int_equal(f.changes, 7);
    assert_int_equal(f.since_wall_ms, 50);
    flapping_reported(&f);
    assert_int_equal(flapping_due(&f, 3000), FLAPPING_LASTS);
    assert_int_equal(flapping_due(&f, 2000 + FLAPPING_CALM_MS - 1), FLAPPING_LASTS);
    assert_int_equal(flapping_due(&f, 2000 + FLAPPING_CALM_MS), FLAPPING_ENDS);
    assert_int_equal(flapping_due(&f, 9000 + FLAPPING_CALM_MS), FLAPPING_ENDS);
    flapping_reported(&f);
    assert_int_equal(flapping_due(&f, 9000 + FLAPPING_CALM_MS), FLAPPING_NOT);
}

static void what_was_not_reported_to_begin_does_not_end(void **state)
{
    struct flapping f = {0};
    (void)state;
    for (int i = 0; i < 9; i++)
        flapping_change(&f, 1000, 50);
    assert_int_equal(flapping_due(&f, 1000), FLAPPING_BEGINS);
    assert_int_equal(flapping_due(&f, 1000 + FLAPPING_CALM_MS), FLAPPING_NOT);
    flapping_change(&f, 1001 + FLAPPING_CALM_MS, 77);
    assert_int_equal(f.changes, 1);
    assert_int_equal(f.since_wall_ms, 77);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_day_of_changes_is_a_few_events),
        cmocka_unit_test(a_report_is_due_until_it_is_made),
        cmocka_unit_test(what_was_not_reported_to_begin_does_not_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
