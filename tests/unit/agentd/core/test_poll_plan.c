/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agentd/core/poll_plan.h"

enum { INTERVAL_MS = 100 };

/* Any monotonic time, as of a host that has been up for a while. */
#define START_MS INT64_C(86400000)

static void a_new_guest_is_due_at_once(void **state)
{
    (void)state;
    struct poll_plan plan = {0};
    assert_true(poll_plan_due(&plan, 0));
    assert_true(poll_plan_due(&plan, START_MS));
    assert_false(poll_plan_suspect(&plan));
}

static void a_guest_that_is_being_asked_is_not_due(void **state)
{
    (void)state;
    struct poll_plan plan = {0};
    poll_plan_started(&plan, START_MS, INTERVAL_MS);
    assert_false(poll_plan_due(&plan, START_MS + 10 * INTERVAL_MS));
    poll_plan_ended(&plan, START_MS + 10 * INTERVAL_MS, true, 0);
    assert_true(poll_plan_due(&plan, START_MS + 10 * INTERVAL_MS));
}

/* Before its first visit, nothing is known about a guest. */
static void one_slow_visit_in_a_minute_makes_a_guest_slow(void **state)
{
    (void)state;
    struct poll_plan plan = {0};
    assert_false(plan.quick);
    assert_int_equal(poll_plan_lane(&plan, DAQS_JOB_URGENT), DAQS_JOB_SLOW);
    poll_plan_held(&plan, 5, START_MS);
    assert_true(plan.quick);
    assert_int_equal(poll_plan_lane(&plan, DAQS_JOB_URGENT), DAQS_JOB_URGENT);
    poll_plan_held(&plan, POLL_QUICK_MS + 1, START_MS + 100);
    assert_false(plan.quick);
    poll_plan_held(&plan, 2, START_MS + 200);
    assert_false(plan.quick);
    poll_plan_held(&plan, 2, START_MS + 100 + POLL_SLOW_FOR_MS);
    assert_true(plan.quick);
}

static void g6_a_frozen_guest_is_asked_once_a_second(void **state)
{
    (void)state;
    struct poll_plan plan = {0};
    for (int i = 0; i < 10; i++) {
        poll_plan_started(&plan, START_MS, INTERVAL_MS);
        poll_plan_paused(&plan, START_MS + 2, false);
        assert_false(poll_plan_due(&plan, START_MS + 2 + POLL_PAUSED_MS - 1));
        assert_true(poll_plan_due(&plan, START_MS + 2 + POLL_PAUSED_MS));
        assert_false(poll_plan_suspect(&plan));
    }
    poll_plan_started(&plan, START_MS, 5000); /* polls are less frequent */
    poll_plan_paused(&plan, START_MS + 2, false);
    assert_false(poll_plan_due(&plan, START_MS + 3000));
}

/* It may block a thread for as long again. */
static void g7_a_guest_that_somebody_else_holds_is_a_suspect(void **state)
{
    (void)state;
    struct poll_plan plan = {0};
    poll_plan_started(&plan, START_MS, INTERVAL_MS);
    assert_false(poll_plan_suspect(&plan));
    poll_plan_blocked(&plan);
    assert_true(poll_plan_suspect(&plan));
    poll_plan_paused(&plan, START_MS + 30000, true);
    assert_true(poll_plan_suspect(&plan));
    assert_true(poll_plan_due(&plan, START_MS + 30000 + POLL_PAUSED_MS));
    poll_plan_started(&plan, START_MS + 31000, INTERVAL_MS);
    poll_plan_ended(&plan, START_MS + 31002, true, 0);
    assert_false(poll_plan_suspect(&plan));
    assert_true(poll_plan_due(&plan, START_MS + 31000 + INTERVAL_MS));
    poll_plan_blocked(&plan);
    poll_plan_ended(&plan, START_MS + 32000, false, 0); /* the result counts, as one failure */
    assert_false(poll_plan_suspect(&plan));
}

static void the_next_turn_is_one_interval_later(void **state)
{
    (void)state;
    struct poll_plan plan = {0};
    poll_plan_started(&plan, START_MS, INTERVAL_MS);
    poll_plan_ended(&plan, START_MS + 2, true, 0);
    assert_false(poll_plan_due(&plan, START_MS + INTERVAL_MS / 2));
    assert_true(poll_plan_due(&plan, START_MS + INTERVAL_MS));
}

/* The timer's phase varies; no turn may be skipped because of that. */
static void a_late_turn_does_not_miss_the_next(void **state)
{
    (void)state;
    struct poll_plan plan = {0};
    for (int turn = 0; turn < 50; turn++) {
        int64_t beat_ms = START_MS + turn * INTERVAL_MS + (turn % 2 ? 0 : INTERVAL_MS / 4);
        assert_true(poll_plan_due(&plan, beat_ms));
        poll_plan_started(&plan, beat_ms, INTERVAL_MS);
        poll_plan_ended(&plan, beat_ms + 9, true, 0);
    }
}

static void turns_that_were_missed_are_not_made_up_for(void **state)
{
    (void)state;
    struct poll_plan plan = {0};
    poll_plan_started(&plan, START_MS, INTERVAL_MS);
    int64_t late_ms = START_MS + 7 * INTERVAL_MS + 30;
    poll_plan_ended(&plan, late_ms, true, 0);
    poll_plan_started(&plan, late_ms, INTERVAL_MS);
    poll_plan_ended(&plan, late_ms + 1, true, 0);
    assert_false(poll_plan_due(&plan, late_ms + INTERVAL_MS / 2));
    assert_true(poll_plan_due(&plan, late_ms + INTERVAL_MS));
}

/* Lets the guest fail once at START_MS. Returns how long it is not polled afterwards. */
static int64_t wait_after_failure(struct poll_plan *plan, uint32_t random)
{
    poll_plan_started(plan, START_MS, INTERVAL_MS);
    poll_plan_ended(plan, START_MS, false, random);
    return plan->next_ms - START_MS;
}

static void one_failure_is_forgiven(void **state)
{
    (void)state;
    struct poll_plan plan = {0};
    assert_true(wait_after_failure(&plan, 0) <= INTERVAL_MS);
    assert_false(poll_plan_suspect(&plan));
}

static void a_suspect_is_asked_ever_more_rarely_up_to_a_ceiling(void **state)
{
    (void)state;
    static const int64_t expected_ms[] = {1000, 2000, 4000, 8000, 15000, 15000, 15000};
    struct poll_plan plan = {0};
    (void)wait_after_failure(&plan, 0);
    for (size_t i = 0; i < sizeof expected_ms / sizeof expected_ms[0]; i++) {
        int64_t wait_ms = wait_after_failure(&plan, 0);
        assert_int_equal(wait_ms, expected_ms[i]);
        assert_true(poll_plan_suspect(&plan));
        assert_false(poll_plan_due(&plan, START_MS + wait_ms - 1));
        assert_true(poll_plan_due(&plan, START_MS + wait_ms));
    }
}

static void a_guest_dead_for_weeks_is_still_asked(void **state)
{
    (void)state;
    struct poll_plan plan = {.failures = UINT32_MAX - 1};
    assert_int_equal(wait_after_failure(&plan, 0), POLL_BACKOFF_MAX_MS);
}

static void waits_are_spread_by_up_to_a_quarter(void **state)
{
    (void)state;
    for (unsigned failures = 1; failures < 8; failures++) {
        struct poll_plan still = {.failures = failures};
        int64_t whole_ms = wait_after_failure(&still, 0);
        int64_t least_ms = whole_ms;
        uint32_t random = 1;
        for (int i = 0; i < 20000; i++) {
            random = random * 1664525 + 1013904223;
            struct poll_plan plan = {.failures = failures};
            int64_t wait_ms = wait_after_failure(&plan, random >> 8);
            assert_in_range(wait_ms, whole_ms * 3 / 4, whole_ms);
            least_ms = wait_ms < least_ms ? wait_ms : least_ms;
        }
        assert_true(least_ms < whole_ms * 4 / 5);
        struct poll_plan extreme = {.failures = failures};
        assert_in_range(wait_after_failure(&extreme, UINT32_MAX), whole_ms * 3 / 4, whole_ms);
    }
}

static void an_answer_makes_up_for_all_failures(void **state)
{
    (void)state;
    struct poll_plan plan = {.failures = 9};
    poll_plan_started(&plan, START_MS, INTERVAL_MS);
    poll_plan_ended(&plan, START_MS + 3, true, 0);
    assert_false(poll_plan_suspect(&plan));
    assert_true(poll_plan_due(&plan, START_MS + INTERVAL_MS));
    (void)wait_after_failure(&plan, 0);
    assert_false(poll_plan_suspect(&plan));
    assert_int_equal(wait_after_failure(&plan, 0), 1000);
}

static void failures_count_only_in_a_row(void **state)
{
    (void)state;
    struct poll_plan plan = {0};
    for (int i = 0; i < 10; i++) {
        (void)wait_after_failure(&plan, 0);
        poll_plan_started(&plan, START_MS, INTERVAL_MS);
        poll_plan_ended(&plan, START_MS, true, 0);
        assert_false(poll_plan_suspect(&plan));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_guest_is_due_at_once),
        cmocka_unit_test(a_guest_that_is_being_asked_is_not_due),
        cmocka_unit_test(one_slow_visit_in_a_minute_makes_a_guest_slow),
        cmocka_unit_test(g6_a_frozen_guest_is_asked_once_a_second),
        cmocka_unit_test(g7_a_guest_that_somebody_else_holds_is_a_suspect),
        cmocka_unit_test(the_next_turn_is_one_interval_later),
        cmocka_unit_test(a_late_turn_does_not_miss_the_next),
        cmocka_unit_test(turns_that_were_missed_are_not_made_up_for),
        cmocka_unit_test(one_failure_is_forgiven),
        cmocka_unit_test(a_suspect_is_asked_ever_more_rarely_up_to_a_ceiling),
        cmocka_unit_test(a_guest_dead_for_weeks_is_still_asked),
        cmocka_unit_test(waits_are_spread_by_up_to_a_quarter),
        cmocka_unit_test(an_answer_makes_up_for_all_failures),
        cmocka_unit_test(failures_count_only_in_a_row),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
