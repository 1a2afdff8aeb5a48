/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include <jansson.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/daqsctl/print.h"

/* One column of every kind. */
static const struct daqs_column kinds[] = {
    {"vm", DAQS_COLUMN_TEXT},         {"usage_bps", DAQS_COLUMN_RATE},
    {"weight", DAQS_COLUMN_COUNT},    {"last_report_ms", DAQS_COLUMN_MS},
    {"updated_at", DAQS_COLUMN_TIME}, {"updated_by", DAQS_COLUMN_TEXT},
};
static const struct daqs_column pair[] = {{"vm", DAQS_COLUMN_TEXT},
                                          {"usage_bps", DAQS_COLUMN_RATE}};
static const struct daqs_column lone[] = {{"vm", DAQS_COLUMN_TEXT}};

enum { PARTS = 3, TEXT_BYTES = 4096 };

/* The parts of one answer. */
struct answer {
    size_t parts;
    struct daqs_table part[PARTS];
};

static int make_answer(void **state)
{
    *state = calloc(1, sizeof(struct answer));
    return *state ? 0 : -1;
}

static int free_answer(void **state)
{
    struct answer *answer = *state;
    for (size_t i = 0; i < answer->parts; i++)
        daqs_table_done(&answer->part[i]);
    free(answer);
    return 0;
}

static struct daqs_table *begin_part(struct answer *answer, const struct daqs_column *column,
                                     size_t columns)
{
    struct daqs_table *table = &answer->part[answer->parts++];
    daqs_table_init(table, column, columns, TEXT_BYTES);
    return table;
}

static void add_pair(struct daqs_table *table, const char *vm, uint64_t usage)
{
    daqs_table_text(table, vm);
    daqs_table_rate(table, usage);
}

/* Returns the output, to be freed by the caller. */
static char *print(const struct answer *answer, enum output_format format)
{
    char *text = NULL;
    size_t length = 0;
    struct printer printer;
    FILE *out = open_memstream(&text, &length);
    assert_non_null(out);
    printer_begin(&printer, out, format);
    for (size_t i = 0; i < answer->parts; i++)
        printer_part(&printer, &answer->part[i]);
    printer_end(&printer);
    assert_int_equal(fclose(out), 0);
    assert_int_equal(strlen(text), length);
    return text;
}

static void assert_prints(const struct answer *answer, enum output_format format,
                          const char *expected)
{
    char *text = print(answer, format);
    assert_string_equal(text, expected);
    free(text);
}

/* --- tables --- */

static void a_table_is_aligned_and_headed(void **state)
{
    struct answer *answer = *state;
    struct daqs_table *table = begin_part(answer, kinds, 6);
    daqs_table_text(table, "db1");
    daqs_table_rate(table, 10 * GBIT);
    daqs_table_number(table, 1);
    daqs_table_number(table, 12345);
    daqs_table_number(table, UINT64_C(1795248000000));
    daqs_table_text(table, "alice");
    daqs_table_text(table, "warehouse");
    daqs_table_rate(table, 0);
    daqs_table_number(table, 1000000);
    daqs_table_number(table, 7);
    daqs_table_number(table, UINT64_C(1795248000250));
    daqs_table_text(table, "bob");
    assert_prints(answer, OUTPUT_TABLE,
                  "VM          USAGE   WEIGHT  LAST REPORT  UPDATED AT                UPDATED BY\n"
                  "db1        10Gbit        1      12345ms  2026-11-21T08:00:00Z      alice\n"
                  "warehouse       0  1000000          7ms  2026-11-21T08:00:00.250Z  bob\n");
}

static void shares_are_in_percent(void **state)
{
    static const struct daqs_column shares[] = {{"vm", DAQS_COLUMN_TEXT},
                                                {"attainment_percent", DAQS_COLUMN_PPM}};
    struct answer *answer = *state;
    struct daqs_table *table = begin_part(answer, shares, 2);
    daqs_table_text(table, "a");
    daqs_table_number(table, 999950);
    daqs_table_text(table, "b");
    daqs_table_number(table, 1000000);
    daqs_table_text(table, "c");
    daqs_table_empty(table);
    assert_prints(answer, OUTPUT_TABLE,
                  "VM  ATTAINMENT\n"
                  "a     99.9950%\n"
                  "b    100.0000%\n"
                  "c            -\n");
    assert_prints(answer, OUTPUT_CSV, "vm,attainment_percent\na,99.9950\nb,100.0000\nc,\n");
    assert_prints(answer, OUTPUT_JSON,
                  "[{\"vm\": \"a\", \"attainment_percent\": 99.9950},\n"
                  " {\"vm\": \"b\", \"attainment_percent\": 100.0000},\n"
                  " {\"vm\": \"c\", \"attainment_percent\": null}]\n");
}

static void rates_are_rounded_for_eyes(void **state)
{
    struct answer *answer = *state;
    struct daqs_table *table = begin_part(answer, pair, 2);
    add_pair(table, "a", 2462345678);
    add_pair(table, "b", 999950);
    add_pair(table, "c", 12345);
    add_pair(table, "d", 1);
    add_pair(table, "e", DAQS_BPS_MAX);
    assert_prints(answer, OUTPUT_TABLE,
                  "VM      USAGE\n"
                  "a   2.462Gbit\n"
                  "b       1Mbit\n"
                  "c   12.35kbit\n"
                  "d        1bit\n"
                  "e    1000Tbit\n");
}

static void an_empty_cell_is_a_dash(void **state)
{
    struct answer *answer = *state;
    struct daqs_table *table = begin_part(answer, kinds, 6);
    for (int i = 0; i < 6; i++)
        daqs_table_empty(table);
    assert_prints(answer, OUTPUT_TABLE,
                  "VM  USAGE  WEIGHT  LAST REPORT  UPDATED AT  UPDATED BY\n"
                  "-       -       -            -  -           -\n");
}

/* "数据库" takes six columns and nine bytes; "é" may be two code points in one column. */
static void names_are_as_wide_as_a_terminal_shows_them(void **state)
{
    struct answer *answer = *state;
    struct daqs_table *table = begin_part(answer, pair, 2);
    add_pair(table, "\xe6\x95\xb0\xe6\x8d\xae\xe5\xba\x93", GBIT);
    add_pair(table, "caf\xc3\xa9", MBIT);
    add_pair(table, "cafe\xcc\x81", KBIT);
    add_pair(table, "cache1", 0);
    assert_prints(answer, OUTPUT_TABLE,
                  "VM      USAGE\n"
                  "\xe6\x95\xb0\xe6\x8d\xae\xe5\xba\x93  1Gbit\n"
                  "caf\xc3\xa9    1Mbit\n"
                  "cafe\xcc\x81    1kbit\n"
                  "cache1      0\n");
}

static void a_name_that_is_not_utf8_is_tolerated(void **state)
{
    struct answer *answer = *state;
    struct daqs_table *table = begin_part(answer, pair, 2);
    add_pair(table, "\xff\xfe", GBIT);
    assert_prints(answer, OUTPUT_TABLE, "VM  USAGE\n\xff\xfe  1Gbit\n");
}

static void a_name_longer_than_any_buffer_is_printed_whole(void **state)
{
    struct answer *answer = *state;
    char name[2000];
    char expected[4096 + 64];
    memset(name, 'x', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    struct daqs_table *table = begin_part(answer, pair, 2);
    add_pair(table, name, GBIT);
    (void)snprintf(expected, sizeof expected, "%-1999s  USAGE\n%s  1Gbit\n", "VM", name);
    assert_prints(answer, OUTPUT_TABLE, expected);
}

static void later_parts_go_on_under_the_same_heading(void **state)
{
    struct answer *answer = *state;
    add_pair(begin_part(answer, pair, 2), "web1", GBIT);
    add_pair(begin_part(answer, pair, 2), "db1", MBIT);
    add_pair(begin_part(answer, pair, 2), "warehouse", 0); /* wider than all earlier ones */
    assert_prints(answer, OUTPUT_TABLE,
                  "VM    USAGE\n"
                  "web1  1Gbit\n"
                  "db1   1Mbit\n"
                  "warehouse      0\n");
}

static void an_empty_table_still_has_its_heading(void **state)
{
    struct answer *answer = *state;
    begin_part(answer, pair, 2);
    assert_prints(answer, OUTPUT_TABLE, "VM  USAGE\n");
}

/* --- JSON --- */

/* Parses the output, which must be an array. */
static json_t *read_json(const struct answer *answer)
{
    json_error_t err;
    char *text = print(answer, OUTPUT_JSON);
    json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, &err);
    if (!json)
        fail_msg("%s: %s", err.text, text);
    assert_int_equal(text[strlen(text) - 1], '\n');
    free(text);
    assert_true(json_is_array(json));
    return json;
}

static const char *text_of(const json_t *json, size_t row, const char *key)
{
    return json_string_value(json_object_get(json_array_get(json, row), key));
}

static void json_has_exact_numbers_and_texts(void **state)
{
    struct answer *answer = *state;
    struct daqs_table *table = begin_part(answer, kinds, 6);
    daqs_table_text(table, "db1");
    daqs_table_rate(table, DAQS_BPS_MAX - 1);
    daqs_table_number(table, 0);
    daqs_table_number(table, 12345);
    daqs_table_number(table, UINT64_C(1795248000250));
    daqs_table_text(table, "");
    json_t *json = read_json(answer);
    assert_int_equal(json_array_size(json), 1);
    const json_t *row = json_array_get(json, 0);
    assert_int_equal(json_object_size(row), 6);
    assert_string_equal(text_of(json, 0, "vm"), "db1");
    assert_true(json_is_integer(json_object_get(row, "usage_bps")));
    assert_int_equal(json_integer_value(json_object_get(row, "usage_bps")), DAQS_BPS_MAX - 1);
    assert_true(json_is_integer(json_object_get(row, "weight")));
    assert_int_equal(json_integer_value(json_object_get(row, "weight")), 0);
    assert_int_equal(json_integer_value(json_object_get(row, "last_report_ms")), 12345);
    assert_string_equal(text_of(json, 0, "updated_at"), "2026-11-21T08:00:00.250Z");
    assert_string_equal(text_of(json, 0, "updated_by"), "");
    json_decref(json);
}

static void an_empty_cell_is_null_in_json(void **state)
{
    struct answer *answer = *state;
    struct daqs_table *table = begin_part(answer, kinds, 6);
    for (int i = 0; i < 6; i++)
        daqs_table_empty(table);
    json_t *json = read_json(answer);
    for (int i = 0; i < 6; i++)
        assert_true(json_is_null(json_object_get(json_array_get(json, 0), kinds[i].name)));
    json_decref(json);
}

static void json_escapes_special_characters(void **state)
{
    static const char *const names[] = {
        "say \"hi\"",
        "back\\slash",
        "line\nfeed\ttab\r",
        "bell\a\x01\x1f\x7f",
        "\xe6\x95\xb0 \xf0\x9f\x90\x98",
        "</script>",
        "null",
    };
    enum { NAMES = sizeof names / sizeof names[0] };
    struct answer *answer = *state;
    struct daqs_table *table = begin_part(answer, lone, 1);
    for (size_t i = 0; i < NAMES; i++)
        daqs_table_text(table, names[i]);
    json_t *json = read_json(answer);
    assert_int_equal(json_array_size(json), NAMES);
    for (size_t i = 0; i < NAMES; i++)
        assert_string_equal(text_of(json, i, "vm"), names[i]);
    json_decref(json);
}

static void json_stays_valid_with_a_text_that_is_not_utf8(void **state)
{
    struct answer *answer = *state;
    daqs_table_text(begin_part(answer, lone, 1), "\xff\xfe");
    json_t *json = read_json(answer);
    assert_int_equal(json_array_size(json), 1);
    json_decref(json);
}

static void several_parts_make_one_json_array(void **state)
{
    struct answer *answer = *state;
    struct daqs_table *table = begin_part(answer, pair, 2);
    add_pair(table, "a", 1);
    add_pair(table, "b", 2);
    begin_part(answer, pair, 2); /* a part without rows */
    add_pair(begin_part(answer, pair, 2), "c", 3);
    json_t *json = read_json(answer);
    assert_int_equal(json_array_size(json), 3);
    assert_string_equal(text_of(json, 0, "vm"), "a");
    assert_string_equal(text_of(json, 1, "vm"), "b");
    assert_string_equal(text_of(json, 2, "vm"), "c");
    json_decref(json);
    /* one row on each line, for grep and diff */
    assert_prints(answer, OUTPUT_JSON,
                  "[{\"vm\": \"a\", \"usage_bps\": 1},\n"
                  " {\"vm\": \"b\", \"usage_bps\": 2},\n"
                  " {\"vm\": \"c\", \"usage_bps\": 3}]\n");
}

static void the_first_part_may_be_empty(void **state)
{
    struct answer *answer = *state;
    begin_part(answer, pair, 2);
    add_pair(begin_part(answer, pair, 2), "a", 1);
    assert_prints(answer, OUTPUT_JSON, "[{\"vm\": \"a\", \"usage_bps\": 1}]\n");
}

static void no_rows_are_an_empty_json_array(void **state)
{
    struct answer *answer = *state;
    assert_prints(answer, OUTPUT_JSON, "[]\n");
    begin_part(answer, pair, 2);
    assert_prints(answer, OUTPUT_JSON, "[]\n");
}

/* --- CSV --- */

static void csv_has_names_and_exact_values(void **state)
{
    struct answer *answer = *state;
    struct daqs_table *table = begin_part(answer, kinds, 6);
    daqs_table_text(table, "db1");
    daqs_table_rate(table, 2462345678);
    daqs_table_number(table, 5);
    daqs_table_number(table, 250);
    daqs_table_number(table, UINT64_C(1795248000000));
    daqs_table_text(table, "alice");
    for (int i = 0; i < 6; i++)
        daqs_table_empty(table);
    assert_prints(answer, OUTPUT_CSV,
                  "vm,usage_bps,weight,last_report_ms,updated_at,updated_by\n"
                  "db1,2462345678,5,250,2026-11-21T08:00:00Z,alice\n"
                  ",,,,,\n");
}

static void csv_quotes_characters_that_would_split_a_cell(void **state)
{
    struct answer *answer = *state;
    struct daqs_table *table = begin_part(answer, pair, 2);
    add_pair(table, "a,b", 1);
    add_pair(table, "say \"hi\"", 2);
    add_pair(table, "two\nlines", 3);
    add_pair(table, "return\r", 4);
    add_pair(table, "a b;c", 5);
    add_pair(table, "\"", 6);
    assert_prints(answer, OUTPUT_CSV,
                  "vm,usage_bps\n"
                  "\"a,b\",1\n"
                  "\"say \"\"hi\"\"\",2\n"
                  "\"two\nlines\",3\n"
                  "\"return\r\",4\n"
                  "a b;c,5\n"
                  "\"\"\"\",6\n");
}

static void several_parts_make_one_csv_table(void **state)
{
    struct answer *answer = *state;
    begin_part(answer, pair, 2);
    add_pair(begin_part(answer, pair, 2), "a", 1);
    add_pair(begin_part(answer, pair, 2), "b", DAQS_UNLIMITED);
    assert_prints(answer, OUTPUT_CSV, "vm,usage_bps\na,1\nb,\n");
}

static int set_locale(void **state)
{
    (void)state;
    return setlocale(LC_CTYPE, "C.UTF-8") ? 0 : -1;
}

#define WITH_ANSWER(test) cmocka_unit_test_setup_teardown(test, make_answer, free_answer)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_ANSWER(a_table_is_aligned_and_headed),
        WITH_ANSWER(shares_are_in_percent),
        WITH_ANSWER(rates_are_rounded_for_eyes),
        WITH_ANSWER(an_empty_cell_is_a_dash),
        WITH_ANSWER(names_are_as_wide_as_a_terminal_shows_them),
        WITH_ANSWER(a_name_that_is_not_utf8_is_tolerated),
        WITH_ANSWER(a_name_longer_than_any_buffer_is_printed_whole),
        WITH_ANSWER(later_parts_go_on_under_the_same_heading),
        WITH_ANSWER(an_empty_table_still_has_its_heading),
        WITH_ANSWER(json_has_exact_numbers_and_texts),
        WITH_ANSWER(an_empty_cell_is_null_in_json),
        WITH_ANSWER(json_escapes_special_characters),
        WITH_ANSWER(json_stays_valid_with_a_text_that_is_not_utf8),
        WITH_ANSWER(several_parts_make_one_json_array),
        WITH_ANSWER(the_first_part_may_be_empty),
        WITH_ANSWER(no_rows_are_an_empty_json_array),
        WITH_ANSWER(csv_has_names_and_exact_values),
        WITH_ANSWER(csv_quotes_characters_that_would_split_a_cell),
        WITH_ANSWER(several_parts_make_one_csv_table),
    };
    return cmocka_run_group_tests(tests, set_locale, NULL);
}
