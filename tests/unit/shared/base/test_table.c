/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "shared/base/rate.h"
#include "shared/base/table.h"

static const struct daqs_column columns[] = {
    {"vm", DAQS_COLUMN_TEXT},
    {"limit_bps", DAQS_COLUMN_RATE},
    {"weight", DAQS_COLUMN_COUNT},
};

static void cells_fill_rows_from_left_to_right(void **state)
{
    struct daqs_table table;
    char name[] = "web";
    (void)state;
    daqs_table_init(&table, columns, 3, 1000);
    assert_int_equal(daqs_table_rows(&table), 0);
    daqs_table_text(&table, name);
    daqs_table_rate(&table, 2500);
    daqs_table_number(&table, 7);
    name[0] = 'X'; /* the table has its own copies of texts */
    daqs_table_text(&table, "db");
    daqs_table_rate(&table, DAQS_UNLIMITED);
    daqs_table_empty(&table);
    assert_false(table.failed);
    assert_int_equal(daqs_table_rows(&table), 2);
    assert_string_equal(daqs_table_at(&table, 0, 0)->text, "web");
    assert_int_equal(daqs_table_at(&table, 0, 1)->number, 2500);
    assert_false(daqs_table_at(&table, 0, 1)->empty);
    assert_int_equal(daqs_table_at(&table, 0, 2)->number, 7);
    assert_string_equal(daqs_table_at(&table, 1, 0)->text, "db");
    assert_true(daqs_table_at(&table, 1, 1)->empty); /* unlimited */
    assert_true(daqs_table_at(&table, 1, 2)->empty);
    daqs_table_done(&table);
    daqs_table_done(&table); /* a second call is harmless */
}

static void a_rate_of_zero_is_a_number_and_not_an_empty_cell(void **state)
{
    struct daqs_table table;
    (void)state;
    daqs_table_init(&table, columns + 1, 1, 0);
    daqs_table_rate(&table, 0);
    assert_false(daqs_table_at(&table, 0, 0)->empty);
    daqs_table_done(&table);
}

static void texts_beyond_the_limit_fail_the_table_permanently(void **state)
{
    struct daqs_table table;
    (void)state;
    daqs_table_init(&table, columns, 1, 64);
    for (int i = 0; i < 100; i++)
        daqs_table_text(&table, "0123456789abcdef");
    assert_true(table.failed);
    assert_true(table.cells > 0 && table.cells < 5);
    size_t cells = table.cells;
    daqs_table_number(&table, 1);
    daqs_table_empty(&table);
    assert_int_equal(table.cells, cells); /* cells added before the failure are kept */
    for (size_t i = 0; i < cells; i++)
        assert_string_equal(table.cell[i].text, "0123456789abcdef");
    daqs_table_done(&table);
}

static void rows_beyond_the_limit_fail_the_table(void **state)
{
    struct daqs_table table;
    (void)state;
    daqs_table_init(&table, columns, 2, 0);
    for (uint64_t i = 0; i < 2 * DAQS_TABLE_ROWS_MAX; i++)
        daqs_table_number(&table, i);
    assert_false(table.failed);
    assert_int_equal(daqs_table_rows(&table), DAQS_TABLE_ROWS_MAX);
    daqs_table_number(&table, 1);
    assert_true(table.failed);
    assert_int_equal(daqs_table_rows(&table), DAQS_TABLE_ROWS_MAX);
    assert_int_equal(daqs_table_at(&table, DAQS_TABLE_ROWS_MAX - 1, 1)->number,
                     2 * DAQS_TABLE_ROWS_MAX - 1);
    daqs_table_done(&table);
}

static void a_table_without_columns_has_no_rows(void **state)
{
    struct daqs_table table;
    (void)state;
    daqs_table_init(&table, columns, 0, 0);
    daqs_table_number(&table, 1);
    assert_true(table.failed);
    assert_int_equal(daqs_table_rows(&table), 0);
    daqs_table_done(&table);
}

static void a_table_is_known_by_its_first_columns(void **state)
{
    static const struct daqs_column other_kind[] = {{"vm", DAQS_COLUMN_COUNT}};
    static const struct daqs_column other_name[] = {{"host", DAQS_COLUMN_TEXT}};
    struct daqs_table table;
    (void)state;
    daqs_table_init(&table, columns, 2, 0);
    assert_true(daqs_table_begins_with(&table, columns, 1));
    assert_true(daqs_table_begins_with(&table, columns, 2));
    assert_false(daqs_table_begins_with(&table, columns, 3));
    assert_false(daqs_table_begins_with(&table, other_kind, 1));
    assert_false(daqs_table_begins_with(&table, other_name, 1));
    daqs_table_done(&table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cells_fill_rows_from_left_to_right),
        cmocka_unit_test(a_rate_of_zero_is_a_number_and_not_an_empty_cell),
        cmocka_unit_test(texts_beyond_the_limit_fail_the_table_permanently),
        cmocka_unit_test(rows_beyond_the_limit_fail_the_table),
        cmocka_unit_test(a_table_without_columns_has_no_rows),
        cmocka_unit_test(a_table_is_known_by_its_first_columns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
