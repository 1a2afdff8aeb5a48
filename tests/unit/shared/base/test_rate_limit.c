/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include "shared/base/rate_limit.h"

static void a_burst_is_taken_and_leaks_out(void **state)
{
    struct rate_limit limit = {0};
    (void)state;
    assert_true(rate_limit_take(&limit, 1000000, 3000000, 5000000));
    assert_true(rate_limit_take(&limit, 1000000, 3000000, 5000000));
    assert_true(rate_limit_take(&limit, 1000000, 3000000, 5000000));
    assert_false(rate_limit_take(&limit, 1000000, 3000000, 5000000));
    assert_false(rate_limit_take(&limit, 1000000, 3000000, 5999000));
    assert_true(rate_limit_take(&limit, 1000000, 3000000, 6000000));
    assert_false(rate_limit_take(&limit, 1, 3000000, 6000000));
}

static void refused_requests_cost_nothing(void **state)
{
    struct rate_limit limit = {0};
    (void)state;
    assert_true(rate_limit_take(&limit, 1000000, 1000000, 0));
    for (int i = 0; i < 100; i++)
        assert_false(rate_limit_take(&limit, 1000000, 1000000, 999000));
    assert_true(rate_limit_take(&limit, 1000000, 1000000, 1000000));
}

static void it_is_idle_once_all_has_leaked_out(void **state)
{
    struct rate_limit limit = {0};
    (void)state;
    assert_true(rate_limit_idle(&limit, 0));
    assert_true(rate_limit_take(&limit, 250000, 1000000, 0));
    assert_false(rate_limit_idle(&limit, 249999));
    assert_true(rate_limit_idle(&limit, 250000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_burst_is_taken_and_leaks_out),
        cmocka_unit_test(refused_requests_cost_nothing),
        cmocka_unit_test(it_is_idle_once_all_has_leaked_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
