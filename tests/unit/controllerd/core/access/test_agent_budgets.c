/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include <stdio.h>

#include "controllerd/core/access/agent_budgets.h"

enum { PER_SECOND = 1000, REPORT_BYTES = 1000, HELLO_BYTES = 1 << 20, SECOND_MS = 1000 };

static int make(void **state)
{
    *state = agent_budgets_new();
    return *state ? 0 : -1;
}

static int end(void **state)
{
    agent_budgets_free(*state);
    return 0;
}

static enum agent_verdict report(struct agent_budgets *budgets, const char *agent, size_t bytes,
                                 int64_t now_ms)
{
    return agent_budgets_take(budgets, agent, PER_SECOND, bytes, false, now_ms);
}

static enum agent_verdict hello(struct agent_budgets *budgets, const char *agent, int64_t now_ms)
{
    return agent_budgets_take(budgets, agent, PER_SECOND, HELLO_BYTES, true, now_ms);
}

static void five_hellos_are_taken_at_once_and_then_two_a_second(void **state)
{
    int taken = 0;
    for (int i = 0; i < 10; i++)
        taken += hello(*state, "evil", 0) == AGENT_WITHIN;
    assert_int_equal(taken, AGENT_HELLOS_AT_ONCE);
    assert_int_equal(hello(*state, "evil", 0), AGENT_GREETS);
    for (int64_t at_ms = 100; at_ms <= 10000; at_ms += 100)
        taken += hello(*state, "evil", at_ms) == AGENT_WITHIN;
    assert_int_equal(taken, AGENT_HELLOS_AT_ONCE + 10 * AGENT_HELLOS_PER_SECOND);
}

/* 4096 new VMs each time take 9 ms. */
static void hellos_take_a_two_hundredth_of_the_time(void **state)
{
    int64_t used_us = 0;
    for (int64_t now_ms = 0; now_ms < 60 * SECOND_MS; now_ms++)
        if (hello(*state, "evil", now_ms) == AGENT_WITHIN) {
            agent_budgets_charge(*state, "evil", true, 9000, now_ms);
            used_us += 9000;
        }
    const int64_t part_us = 60 * INT64_C(1000000) / AGENT_HELLO_TIME_PART;
    assert_in_range(used_us, part_us, part_us + 3 * 9000);
}

/* A hello that is dropped is sent again with the next report, five times a second. */
static void an_honest_agent_whose_hello_is_dropped_gets_in_within_half_a_second(void **state)
{
    int64_t now_ms = 0;
    while (hello(*state, "honest", now_ms) == AGENT_WITHIN)
        continue;
    while (hello(*state, "honest", now_ms += 200) != AGENT_WITHIN)
        assert_int_equal(report(*state, "honest", REPORT_BYTES, now_ms), AGENT_WITHIN);
    assert_in_range(now_ms, 1, 600);
}

static void too_many_messages_are_a_flood(void **state)
{
    int taken = 0;
    for (int i = 0; i < 10000; i++)
        taken += report(*state, "evil", 10, 0) == AGENT_WITHIN;
    assert_int_equal(taken, 2 * PER_SECOND);
    assert_int_equal(report(*state, "evil", 10, 0), AGENT_FLOODS);
}

static void too_many_bytes_are_a_flood(void **state)
{
    int64_t bytes = 0;
    while (report(*state, "evil", HELLO_BYTES, 0) == AGENT_WITHIN)
        bytes += HELLO_BYTES;
    assert_int_equal(bytes, AGENT_BYTES_PER_SECOND);
    assert_int_equal(report(*state, "evil", HELLO_BYTES, 0), AGENT_FLOODS);
    assert_int_equal(report(*state, "evil", HELLO_BYTES, SECOND_MS), AGENT_WITHIN);
}

/* A hundred reports a second of 4096 nics with 25 bytes each, which take 0.8 ms each. */
static void the_largest_host_at_the_fastest_pace_is_within_its_budgets(void **state)
{
    for (int64_t now_ms = 0; now_ms < 60 * SECOND_MS; now_ms += 10) {
        assert_int_equal(report(*state, "large", (size_t)4096 * 25, now_ms), AGENT_WITHIN);
        agent_budgets_charge(*state, "large", false, 800, now_ms);
    }
}

static void who_takes_more_time_than_its_part_is_not_heard_until_it_has_earned_some(void **state)
{
    int64_t used_us = 0;
    for (int64_t now_ms = 0; now_ms < 60 * SECOND_MS; now_ms++)
        if (report(*state, "evil", REPORT_BYTES, now_ms) == AGENT_WITHIN) {
            agent_budgets_charge(*state, "evil", false, 5000, now_ms);
            used_us += 5000;
        }
    const int64_t part_us = 60 * INT64_C(1000000) / AGENT_TIME_PART;
    assert_in_range(used_us, part_us, part_us + AGENT_TIME_AT_ONCE_US + 5000);
    agent_budgets_charge(*state, "evil", false, AGENT_TIME_AT_ONCE_US, 60 * SECOND_MS);
    assert_int_equal(report(*state, "evil", REPORT_BYTES, 60 * SECOND_MS), AGENT_COSTLY);
    assert_int_equal(report(*state, "evil", REPORT_BYTES, 70 * SECOND_MS), AGENT_WITHIN);
}

static void what_one_agent_uses_up_is_not_taken_from_another(void **state)
{
    while (report(*state, "evil", HELLO_BYTES, 0) == AGENT_WITHIN)
        agent_budgets_charge(*state, "evil", false, 1000000, 0);
    assert_int_equal(hello(*state, "honest", 0), AGENT_WITHIN);
    assert_int_equal(report(*state, "honest", REPORT_BYTES, 0), AGENT_WITHIN);
}

/* All agents of a fleet say hello to a controller that has just started. */
static void a_fleet_that_says_hello_at_once_is_taken(void **state)
{
    char name[16];
    for (int i = 0; i < 5000; i++) {
        (void)snprintf(name, sizeof name, "host%d", i);
        assert_int_equal(hello(*state, name, 1000), AGENT_WITHIN);
        agent_budgets_charge(*state, name, true, 10000, 1000);
    }
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, make, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(five_hellos_are_taken_at_once_and_then_two_a_second),
        CASE(hellos_take_a_two_hundredth_of_the_time),
        CASE(an_honest_agent_whose_hello_is_dropped_gets_in_within_half_a_second),
        CASE(too_many_messages_are_a_flood),
        CASE(too_many_bytes_are_a_flood),
        CASE(the_largest_host_at_the_fastest_pace_is_within_its_budgets),
        CASE(who_takes_more_time_than_its_part_is_not_heard_until_it_has_earned_some),
        CASE(what_one_agent_uses_up_is_not_taken_from_another),
        CASE(a_fleet_that_says_hello_at_once_is_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
