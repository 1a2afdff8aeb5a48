/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include <stdio.h>

#include "controllerd/core/access/name_limits.h"

static int taken(struct name_limits *limits, const char *who, uint32_t a_second, int64_t now_ms,
                 int tries)
{
    int count = 0;
    for (int i = 0; i < tries; i++)
        count += name_limits_take(limits, who, a_second, now_ms);
    return count;
}

static void each_name_has_its_own(void **state)
{
    struct name_limits *limits = name_limits_new(1);
    (void)state;
    assert_non_null(limits);
    assert_int_equal(taken(limits, "alice", 10, 0, 100), 20);
    assert_int_equal(taken(limits, "bob", 10, 0, 100), 20);
    assert_int_equal(taken(limits, "alice", 10, 500, 100), 5);
    assert_int_equal(taken(limits, "alice", 10, 60000, 100), 20);
    name_limits_free(limits);
}

static void of_many_names_idle_ones_are_forgotten(void **state)
{
    struct name_limits *limits = name_limits_new(1);
    char who[32];
    (void)state;
    assert_non_null(limits);
    assert_int_equal(taken(limits, "alice", 1, 100000, 100), 2);
    for (int i = 0; i < 20000; i++) {
        (void)snprintf(who, sizeof who, "192.0.2.%d", i);
        assert_true(name_limits_take(limits, who, 1000, 100000 + i));
    }
    assert_true(name_limits_count(limits) < 5000);
    name_limits_free(limits);
}

static void a_name_over_its_limit_is_remembered_among_many(void **state)
{
    struct name_limits *limits = name_limits_new(1);
    char who[32];
    (void)state;
    assert_non_null(limits);
    assert_int_equal(taken(limits, "mallory", 1, 1000, 100), 2);
    for (int i = 0; i < 20000; i++) {
        (void)snprintf(who, sizeof who, "192.0.2.%d", i);
        (void)name_limits_take(limits, who, 1000000, 1001 + i / 100);
    }
    assert_false(name_limits_take(limits, "mallory", 1, 1500));
    name_limits_free(limits);
}

static void the_limits_of_a_name_are_independent(void **state)
{
    struct name_limits *limits = name_limits_new(2);
    (void)state;
    assert_non_null(limits);
    assert_true(name_limits_charge(limits, "alice", 0, 1000, 1000, 5));
    assert_false(name_limits_charge(limits, "alice", 0, 1, 1000, 5));
    assert_true(name_limits_charge(limits, "alice", 1, 1000, 1000, 5));
    assert_true(name_limits_charge(limits, "alice", 0, 1000, 1000, 6));
    name_limits_free(limits);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_name_has_its_own),
        cmocka_unit_test(the_limits_of_a_name_are_independent),
        cmocka_unit_test(of_many_names_idle_ones_are_forgotten),
        cmocka_unit_test(a_name_over_its_limit_is_remembered_among_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
