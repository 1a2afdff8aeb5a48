/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include "tools/daqsctl/column_layout.h"

enum { GAP = 2 };

static void assert_widths(struct layout_column *column, size_t n, int total, const int *expected)
{
    layout_columns(column, n, GAP, total);
    for (size_t i = 0; i < n; i++)
        if (column[i].width != expected[i])
            fail_msg("in %d: column %zu is %d wide, not %d", total, i, column[i].width,
                     expected[i]);
}

static void columns_that_fit_stay_unchanged(void **state)
{
    struct layout_column column[] = {{6, 3, 9, 0}, {10, 4, 5, 0}, {8, 8, 7, 0}};
    (void)state;
    assert_widths(column, 3, 28, (int[]){6, 10, 8});
    assert_widths(column, 3, 200, (int[]){6, 10, 8});
}

static void the_widest_that_can_be_is_cut_first(void **state)
{
    struct layout_column column[] = {{6, 3, 9, 0}, {10, 4, 5, 0}, {8, 8, 7, 0}};
    (void)state;
    assert_widths(column, 3, 27, (int[]){6, 9, 8});
    assert_widths(column, 3, 22, (int[]){5, 5, 8}); /* then evenly */
    assert_widths(column, 3, 19, (int[]){3, 4, 8});
}

static void the_least_important_goes_when_cutting_is_not_enough(void **state)
{
    struct layout_column column[] = {{6, 3, 9, 0}, {10, 4, 5, 0}, {8, 8, 7, 0}};
    (void)state;
    assert_widths(column, 3, 18, (int[]){6, 0, 8});
    assert_widths(column, 3, 13, (int[]){3, 0, 8});
    assert_widths(column, 3, 12, (int[]){6, 0, 0});
}

static void of_equals_the_last_goes(void **state)
{
    struct layout_column column[] = {{4, 4, 5, 0}, {4, 4, 5, 0}, {4, 4, 5, 0}};
    (void)state;
    assert_widths(column, 3, 15, (int[]){4, 4, 0});
    assert_widths(column, 3, 5, (int[]){4, 0, 0});
}

static void one_is_always_left(void **state)
{
    struct layout_column column[] = {{6, 6, 9, 0}, {10, 10, 5, 0}};
    (void)state;
    assert_widths(column, 2, 2, (int[]){2, 0});
    assert_widths(column, 2, 0, (int[]){1, 0});
    assert_widths(column, 2, -5, (int[]){1, 0});
    layout_columns(column, 0, GAP, 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_that_fit_stay_unchanged),
        cmocka_unit_test(the_widest_that_can_be_is_cut_first),
        cmocka_unit_test(the_least_important_goes_when_cutting_is_not_enough),
        cmocka_unit_test(of_equals_the_last_goes),
        cmocka_unit_test(one_is_always_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
