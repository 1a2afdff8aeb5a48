/* SPDX-License-Identifier: Apache-2.0 */
/* The sum of what the PFs of a LAG sent (FIELD.md, row N7). */
#include "tests/lib/check.h"

#include "agentd/core/traffic_sum.h"

enum { POLL_US = 100000 };

static struct traffic_sum sum;

static int setup(void **state)
{
    (void)state;
    sum = (struct traffic_sum){0};
    return 0;
}

static void a_single_value_is_reported(void **state)
{
    const struct port_sample one = {POLL_US, 1000, 10};
    const struct port_sample none = {0};
    (void)state;
    for (int i = 0; i < 3; i++) {
        const struct port_sample all = traffic_sum_take(&sum, &one, 1);
        assert_int_equal(all.interval_us, POLL_US);
        assert_int_equal(all.bytes, 1000);
        assert_int_equal(all.packets, 10);
        assert_int_equal(traffic_sum_take(&sum, &none, 1).interval_us, 0);
    }
    assert_int_equal(traffic_sum_take(&sum, &none, 0).bytes, 0);
}

static void n7_those_of_several_are_added(void **state)
{
    const struct port_sample part[] = {{POLL_US, 1000, 10}, {POLL_US, 5, 1}, {2 * POLL_US, 80, 8}};
    (void)state;
    const struct port_sample all = traffic_sum_take(&sum, part, 3);
    assert_int_equal(all.interval_us, 2 * POLL_US);
    assert_int_equal(all.bytes, 2090);
    assert_int_equal(all.packets, 30);
}

/* One PF has a sample with every poll, the other one every second. */
static void n7_they_need_not_report_at_the_same_time(void **state)
{
    uint64_t bytes = 0;
    uint64_t us = 0;
    (void)state;
    for (int i = 0; i < 100; i++) {
        const struct port_sample part[] = {{POLL_US, 1000, 10},
                                           {i % 10 ? 0 : 1000000, i % 10 ? 0 : 50000, 0}};
        const struct port_sample all = traffic_sum_take(&sum, part, 2);
        bytes += all.bytes;
        us += all.interval_us;
    }
    assert_in_range(us, 9000000, 10000000);
    assert_in_range(bytes * 1000000 / us, 58000, 60000); /* bytes/s, of 60,000 */
}

static void n7_a_value_unknown_for_one_is_unknown_for_all(void **state)
{
    (void)state;
    for (int i = 0; i < 200; i++) {
        const struct port_sample part[] = {{POLL_US, 1000, 10}, {0, 0, 0}};
        assert_int_equal(traffic_sum_take(&sum, part, 2).interval_us, 0);
        assert_in_range(sum.held[0].interval_us, 0, TRAFFIC_SUM_HELD_US);
    }
}

#define CASE(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_single_value_is_reported),
        CASE(n7_those_of_several_are_added),
        CASE(n7_they_need_not_report_at_the_same_time),
        CASE(n7_a_value_unknown_for_one_is_unknown_for_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
