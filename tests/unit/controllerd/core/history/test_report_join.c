/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include "controllerd/core/history/report_join.h"

enum { TEXT_BYTES = 4096 };

static void add(struct daqs_table *table, const char *vm, uint64_t met, uint64_t missed,
                uint64_t unknown, uint64_t worst, const char *reasons)
{
    daqs_table_text(table, "a");
    daqs_table_text(table, vm);
    daqs_table_empty(table);
    daqs_table_number(table, met);
    daqs_table_number(table, missed);
    daqs_table_number(table, 0);
    daqs_table_number(table, unknown);
    daqs_table_number(table, worst);
    daqs_table_number(table, 1000 + worst);
    daqs_table_number(table, worst);
    daqs_table_number(table, 10);
    daqs_table_number(table, 20);
    daqs_table_empty(table);
    daqs_table_number(table, 5000);
    daqs_table_text(table, reasons);
}

static void assert_number(const struct daqs_table *table, size_t row, enum report_column column,
                          uint64_t number)
{
    assert_false(daqs_table_at(table, row, column)->empty);
    assert_int_equal(daqs_table_at(table, row, column)->number, number);
}

static void seconds_of_two_are_added_up(void **state)
{
    struct daqs_table a, b, joined;
    (void)state;
    daqs_table_init(&a, report_column, REPORT_COLUMNS, TEXT_BYTES);
    daqs_table_init(&b, report_column, REPORT_COLUMNS, TEXT_BYTES);
    add(&a, "db2", 30, 0, 70, 0, "");
    add(&a, "db1", 60, 0, 40, 0, "");
    add(&b, "db1", 20, 10, 70, 4, "squeezed 10 s");
    const struct daqs_table *const part[] = {&a, &b};
    assert_int_equal(report_join(part, 2, TEXT_BYTES, &joined), DAQS_OK);
    assert_int_equal(daqs_table_rows(&joined), 2);
    assert_string_equal(daqs_table_at(&joined, 0, REPORT_VM)->text, "db1");
    assert_number(&joined, 0, REPORT_MET, 80);
    assert_number(&joined, 0, REPORT_MISSED, 10);
    assert_number(&joined, 0, REPORT_UNKNOWN, 10); /* of 100 with a guarantee */
    assert_number(&joined, 0, REPORT_ATTAINMENT, 888888);
    assert_number(&joined, 0, REPORT_COVERAGE, 900000);
    assert_number(&joined, 0, REPORT_WORST_TIME, 1004);
    assert_number(&joined, 0, REPORT_LONGEST_MISS, 4);
    assert_number(&joined, 0, REPORT_TX, 20);
    assert_string_equal(daqs_table_at(&joined, 0, REPORT_REASONS)->text, "squeezed 10 s");
    assert_number(&joined, 1, REPORT_UNKNOWN, 70);
    assert_true(daqs_table_at(&joined, 1, REPORT_WORST_TIME)->empty);
    daqs_table_done(&joined);
    daqs_table_done(&a);
    daqs_table_done(&b);
}

static void tables_with_other_columns_are_left_out(void **state)
{
    static const struct daqs_column other[] = {{"host", DAQS_COLUMN_TEXT}};
    struct daqs_table a, joined;
    (void)state;
    daqs_table_init(&a, other, 1, TEXT_BYTES);
    daqs_table_text(&a, "a");
    const struct daqs_table *const part[] = {&a};
    assert_int_equal(report_join(part, 1, TEXT_BYTES, &joined), DAQS_OK);
    assert_int_equal(daqs_table_rows(&joined), 0);
    daqs_table_done(&joined);
    daqs_table_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(seconds_of_two_are_added_up),
        cmocka_unit_test(tables_with_other_columns_are_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
