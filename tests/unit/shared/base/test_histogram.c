/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include "shared/base/histogram.h"

static void nothing_has_no_quantiles(void **state)
{
    const struct histogram h = {0};
    (void)state;
    assert_int_equal(histogram_quantile(&h, 500), 0);
    assert_int_equal(histogram_quantile(&h, 1000), 0);
}

static void small_values_are_exact(void **state)
{
    struct histogram h = {0};
    (void)state;
    for (int64_t v = -1; v < 8; v++)
        histogram_add(&h, v); /* -1 counts as 0 */
    assert_int_equal(h.count, 9);
    assert_int_equal(histogram_quantile(&h, 1), 0);
    assert_int_equal(histogram_quantile(&h, 555), 3); /* five of nine */
    assert_int_equal(histogram_quantile(&h, 556), 4);
    assert_int_equal(histogram_quantile(&h, 1000), 7);
}

static void every_value_is_at_most_a_quarter_too_large(void **state)
{
    (void)state;
    for (int64_t v = 1; v < INT64_C(1) << 40; v += v / 7 + 1) {
        struct histogram h = {0};
        histogram_add(&h, v);
        int64_t read = histogram_quantile(&h, 1000);
        assert_true(read >= v);
        assert_true(read <= v + v / 4);
    }
}

static void beyond_the_end_counts_as_the_end(void **state)
{
    struct histogram h = {0};
    (void)state;
    histogram_add(&h, INT64_MAX);
    assert_true(histogram_quantile(&h, 1000) >= (INT64_C(1) << 40) - 1);
}

static void quantiles_split_what_was_added(void **state)
{
    struct histogram h = {0};
    (void)state;
    for (int i = 0; i < 990; i++)
        histogram_add(&h, 100);
    for (int i = 0; i < 10; i++)
        histogram_add(&h, 100000);
    assert_true(histogram_quantile(&h, 500) < 128);
    assert_true(histogram_quantile(&h, 990) < 128);
    assert_true(histogram_quantile(&h, 991) >= 100000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_has_no_quantiles),
        cmocka_unit_test(small_values_are_exact),
        cmocka_unit_test(every_value_is_at_most_a_quarter_too_large),
        cmocka_unit_test(beyond_the_end_counts_as_the_end),
        cmocka_unit_test(quantiles_split_what_was_added),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
