/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/daqsctl/series.h"

static const struct daqs_column columns[] = {
    {"time", DAQS_COLUMN_TIME},      {"host", DAQS_COLUMN_TEXT},
    {"vm", DAQS_COLUMN_TEXT},        {"nic", DAQS_COLUMN_TEXT},
    {"uplink", DAQS_COLUMN_TEXT},    {"usage_bps", DAQS_COLUMN_RATE},
    {"limit_bps", DAQS_COLUMN_RATE}, {"tx_bytes", DAQS_COLUMN_COUNT},
    {"met_s", DAQS_COLUMN_COUNT},    {"missed_s", DAQS_COLUMN_COUNT},
    {"measured_ms", DAQS_COLUMN_MS},
};
enum { COLUMNS = sizeof columns / sizeof columns[0], TEXT_BYTES = 65536 };

/* Numbers from 'usage_bps' on; EMPTY: an empty cell. */
#define EMPTY UINT64_MAX
static void add_row(struct daqs_table *table, uint64_t time_ms, const char *vm,
                    const uint64_t number[static COLUMNS - 5])
{
    daqs_table_number(table, time_ms);
    daqs_table_text(table, "node1");
    daqs_table_text(table, vm);
    daqs_table_text(table, "02:00:00:00:00:01");
    daqs_table_text(table, "up0");
    for (size_t i = 0; i < COLUMNS - 5; i++)
        if (number[i] == EMPTY)
            daqs_table_empty(table);
        else
            daqs_table_number(table, number[i]);
}

/* Prints the table and ends it. The caller frees the text. */
static char *print(struct daqs_table *table)
{
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    assert_non_null(out);
    assert_false(table->failed);
    series_print(out, table, "1m");
    assert_int_equal(fclose(out), 0);
    daqs_table_done(table);
    return text;
}

static void assert_prints(struct daqs_table *table, const char *expected)
{
    char *text = print(table);
    assert_string_equal(text, expected);
    free(text);
}

#define LABELS(vm)                                                                                 \
    "\",\"host\":\"node1\",\"vm\":\"" vm                                                           \
    "\",\"nic\":\"02:00:00:00:00:01\",\"uplink\":\"up0\",\"step\":\"1m\"}"
#define LINE(name, vm, values, timestamps)                                                         \
    "{\"metric\":{\"__name__\":\"" name LABELS(vm) ",\"values\":[" values                          \
                                                   "],\"timestamps\":[" timestamps "]}\n"

static void the_rows_of_a_nic_are_one_line_of_each_series(void **state)
{
    struct daqs_table table;
    (void)state;
    daqs_table_init(&table, columns, COLUMNS, TEXT_BYTES);
    add_row(&table, 60000, "web", (uint64_t[]){8001, EMPTY, 60, 59, 1, 60000});
    add_row(&table, 120000, "web", (uint64_t[]){16, 80, 15, 0, 0, 59998});
    add_row(&table, 60000, "db", (uint64_t[]){0, EMPTY, 0, 0, 0, 1});
    assert_prints(
        &table,
        LINE("daqs_nic_usage_bytes_per_second", "web", "1000.125,2", "60000,120000")
            LINE("daqs_nic_limit_bytes_per_second", "web", "10", "120000")
                LINE("daqs_nic_transmitted_bytes", "web", "60,15", "60000,120000")
                    LINE("daqs_nic_measured_seconds", "web", "60,59.998", "60000,120000")
                        LINE("daqs_nic_sla_met_seconds", "web", "59", "60000")
                            LINE("daqs_nic_sla_missed_seconds", "web", "1", "60000")
                                LINE("daqs_nic_usage_bytes_per_second", "db", "0", "60000")
                                    LINE("daqs_nic_transmitted_bytes", "db", "0", "60000")
                                        LINE("daqs_nic_measured_seconds", "db", "0.001", "60000"));
}

/* What names may contain, and what they must not but a hostile controller may send. */
static void names_are_strings_whatever_is_in_them(void **state)
{
    static const char *const names[] = {
        "\"},\"values\":[1],\"timestamps\":[1]}\n{\"metric\":{\"__name__\":\"evil\"",
        "back\\slash",
        "a\tb\nc\x01\x7f",
        "${VM} `id` $(id); --",
        "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80",
        "",
    };
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct daqs_table table;
        daqs_table_init(&table, columns, COLUMNS, TEXT_BYTES);
        add_row(&table, 60000, names[i], (uint64_t[]){8, EMPTY, EMPTY, 0, 0, EMPTY});
        char *text = print(&table);
        assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1); /* one line */
        json_t *line = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
        assert_non_null(line);
        const json_t *metric = json_object_get(line, "metric");
        assert_string_equal(json_string_value(json_object_get(metric, "vm")), names[i]);
        assert_string_equal(json_string_value(json_object_get(metric, "__name__")),
                            "daqs_nic_usage_bytes_per_second");
        json_decref(line);
        free(text);
    }
}

static void a_text_that_is_not_utf8_stays_one_line_of_json(void **state)
{
    struct daqs_table table;
    (void)state;
    daqs_table_init(&table, columns, COLUMNS, TEXT_BYTES);
    add_row(&table, 60000, "\xff\n\xfe", (uint64_t[]){8, EMPTY, EMPTY, 0, 0, EMPTY});
    char *text = print(&table);
    assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
    json_t *line = json_loads(text, 0, NULL);
    assert_non_null(line);
    json_decref(line);
    free(text);
}

static void the_largest_numbers_are_exact(void **state)
{
    struct daqs_table table;
    (void)state;
    daqs_table_init(&table, columns, COLUMNS, TEXT_BYTES);
    add_row(&table, INT64_MAX, "web",
            (uint64_t[]){UINT64_MAX - 1, EMPTY, UINT64_MAX - 1, 0, 0, UINT64_MAX - 1});
    assert_prints(&table,
                  LINE("daqs_nic_usage_bytes_per_second", "web", "2305843009213693951.750",
                       "9223372036854775807") LINE("daqs_nic_transmitted_bytes", "web",
                                                   "18446744073709551614", "9223372036854775807")
                      LINE("daqs_nic_measured_seconds", "web", "18446744073709551.614",
                           "9223372036854775807"));
}

/* Another controller may have fewer columns, or others of the same names. */
static void columns_that_are_not_there_have_no_series(void **state)
{
    static const struct daqs_column few[] = {{"host", DAQS_COLUMN_TEXT},
                                             {"tx_bytes", DAQS_COLUMN_COUNT},
                                             {"time", DAQS_COLUMN_TIME},
                                             {"usage_bps", DAQS_COLUMN_TEXT},
                                             {"vm", DAQS_COLUMN_COUNT}};
    static const struct daqs_column timeless[] = {{"time", DAQS_COLUMN_TEXT},
                                                  {"tx_bytes", DAQS_COLUMN_COUNT}};
    struct daqs_table table;
    (void)state;
    daqs_table_init(&table, few, 5, TEXT_BYTES);
    daqs_table_empty(&table);
    daqs_table_number(&table, 7);
    daqs_table_number(&table, 60000);
    daqs_table_text(&table, "8");
    daqs_table_number(&table, 8);
    assert_prints(&table,
                  "{\"metric\":{\"__name__\":\"daqs_nic_transmitted_bytes\",\"host\":\"\","
                  "\"vm\":\"\",\"nic\":\"\",\"uplink\":\"\",\"step\":\"1m\"},\"values\":[7],"
                  "\"timestamps\":[60000]}\n");
    daqs_table_init(&table, timeless, 2, TEXT_BYTES);
    daqs_table_text(&table, "now");
    daqs_table_number(&table, 7);
    assert_prints(&table, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_rows_of_a_nic_are_one_line_of_each_series),
        cmocka_unit_test(names_are_strings_whatever_is_in_them),
        cmocka_unit_test(a_text_that_is_not_utf8_stays_one_line_of_json),
        cmocka_unit_test(the_largest_numbers_are_exact),
        cmocka_unit_test(columns_that_are_not_there_have_no_series),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
