/* SPDX-License-Identifier: Apache-2.0 */
/* The status of a group from that of its members. */
#include "tests/lib/check.h"

#include <string.h>

#include "controllerd/core/group/status_sum.h"

static const struct daqs_column columns[] = {{"name", DAQS_COLUMN_TEXT},
                                             {"value", DAQS_COLUMN_TEXT}};

static void fill(struct daqs_table *table, const char *history, const char *hosts,
                 const char *epoch)
{
    const char *const texts[] = {"version",  "0.3.0", "history", history, "hosts", hosts,
                                 "hosts_up", hosts,   "vms",     "2",     "epoch", epoch};
    daqs_table_init(table, columns, 2, 4096);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        daqs_table_text(table, texts[i]);
}

static const char *value_of(const struct daqs_table *table, const char *name)
{
    for (size_t row = 0; row < daqs_table_rows(table); row++)
        if (strcmp(daqs_table_at(table, row, 0)->text, name) == 0)
            return daqs_table_at(table, row, 1)->text;
    return "none";
}

static void numbers_are_summed_and_what_is_wrong_is_named(void **state)
{
    struct daqs_table one;
    struct daqs_table two;
    struct daqs_table sum;
    (void)state;
    fill(&one, "ok", "1000", "7");
    fill(&two, "failing", "950", "9");
    const struct status_part parts[] = {{"c1", &one, 1000}, {"c2", &two, 950}, {"c3", NULL, 1950}};
    status_sum(parts, 3, &sum);
    assert_false(sum.failed);
    assert_string_equal(value_of(&sum, "hosts"), "1950");
    assert_string_equal(value_of(&sum, "vms"), "4");
    assert_string_equal(value_of(&sum, "epoch"), "7");
    assert_string_equal(value_of(&sum, "version"), "0.3.0");
    assert_string_equal(value_of(&sum, "history"), "failing on c2");
    assert_string_equal(value_of(&sum, "member c1"), "hosts 1000, up 1000, vms 2, version 0.3.0");
    assert_string_equal(value_of(&sum, "member c2"), "hosts 950, up 950, vms 2, version 0.3.0");
    assert_string_equal(value_of(&sum, "member c3"), "does not answer, hosts missing: 1950");
    daqs_table_done(&sum);
    daqs_table_done(&one);
    daqs_table_done(&two);
}

/* The asked member's own trouble is shown as without a group. */
static void own_trouble_comes_first(void **state)
{
    struct daqs_table one;
    struct daqs_table two;
    struct daqs_table sum;
    (void)state;
    fill(&one, "failing", "1", "7");
    fill(&two, "failing", "1", "9");
    const struct status_part parts[] = {{"c1", &one, 1}, {"c2", &two, 1}};
    status_sum(parts, 2, &sum);
    assert_string_equal(value_of(&sum, "history"), "failing");
    daqs_table_done(&sum);
    daqs_table_done(&one);
    daqs_table_done(&two);
}

/* A member may send any table. */
static void a_table_of_another_form_counts_as_nothing(void **state)
{
    static const struct daqs_column odd[] = {{"name", DAQS_COLUMN_COUNT}};
    struct daqs_table one;
    struct daqs_table two;
    struct daqs_table sum;
    (void)state;
    fill(&one, "ok", "5", "7");
    daqs_table_init(&two, odd, 1, 64);
    daqs_table_number(&two, 42);
    const struct status_part parts[] = {{"c1", &one, 5}, {"c2", &two, 1}};
    status_sum(parts, 2, &sum);
    assert_string_equal(value_of(&sum, "hosts"), "5");
    assert_string_equal(value_of(&sum, "history"), "ok");
    daqs_table_done(&sum);
    daqs_table_done(&one);
    daqs_table_done(&two);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_summed_and_what_is_wrong_is_named),
        cmocka_unit_test(own_trouble_comes_first),
        cmocka_unit_test(a_table_of_another_form_counts_as_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
