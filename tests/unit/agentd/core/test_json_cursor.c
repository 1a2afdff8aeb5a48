/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include <string.h>

#include "agentd/core/json_cursor.h"

static struct json_cursor cursor;
static char text[64];

static struct json_cursor *over(const char *json)
{
    json_begin(&cursor, json, strlen(json));
    return &cursor;
}

static bool valid(const char *json)
{
    json_skip(over(json));
    return json_end(&cursor);
}

static void every_kind_of_value_is_skipped(void **state)
{
    static const char *const good[] = {"null",
                                       " true ",
                                       "false\n",
                                       "0",
                                       "-0",
                                       "-12.5e+3",
                                       "1E9",
                                       "\"\"",
                                       "\"a\\u00e9\\n\"",
                                       "[]",
                                       "{}",
                                       "[1, [2, {\"a\": [null]}], \"]\"]",
                                       "{\"a\": 1, \"b\": {\"c\": []}}"};
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_true(valid(good[i]));
}

static void text_that_is_not_json_is_refused(void **state)
{
    static const char *const bad[] = {"",
                                      " ",
                                      "nul",
                                      "truefalse",
                                      "01",
                                      "1.",
                                      ".5",
                                      "-",
                                      "1e",
                                      "+1",
                                      "\"",
                                      "\"a",
                                      "\"\\x\"",
                                      "\"\\u12\"",
                                      "\"\t\"",
                                      "[",
                                      "]",
                                      "[1",
                                      "[1 2]",
                                      "[1,]",
                                      "[,1]",
                                      "[1}",
                                      "{",
                                      "{\"a\"}",
                                      "{\"a\":}",
                                      "{a:1}",
                                      "{\"a\":1,}",
                                      "{1:2}",
                                      "{}}",
                                      "1 2",
                                      "'a'",
                                      "[1]]",
                                      "\"\\ud800\"",
                                      "\"\\udc00\"",
                                      "\"\\ud800\\u0041\"",
                                      "\"\xff\"",
                                      "\"\xc3\"",
                                      "\"\xed\xa0\x80\"",
                                      "\"\\u0000\""};
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (valid(bad[i]))
            fail_msg("taken for JSON: %s", bad[i]);
}

static void a_zero_byte_is_neither_json_nor_the_end(void **state)
{
    (void)state;
    json_begin(&cursor, "[1]\0", 4);
    json_skip(&cursor);
    assert_false(json_end(&cursor));
}

static void nesting_has_a_bound(void **state)
{
    char deep[2 * (JSON_DEPTH_MAX + 1) + 1] = "";
    (void)state;
    memset(deep, '[', JSON_DEPTH_MAX);
    memset(deep + JSON_DEPTH_MAX, ']', JSON_DEPTH_MAX);
    assert_true(valid(deep));
    memset(deep, '[', JSON_DEPTH_MAX + 1);
    memset(deep + JSON_DEPTH_MAX + 1, ']', JSON_DEPTH_MAX + 1);
    assert_false(valid(deep));
    assert_string_equal(cursor.bad, "it is nested too deeply");
}

static void lists_and_objects_are_walked_through(void **state)
{
    uint64_t sum = 0;
    uint64_t value;
    char keys[8] = "";
    (void)state;
    assert_true(json_read_object(over("{\"a\": [1, 2, 3], \"b\": [], \"c\": [4]}")));
    while (json_next_key(&cursor, text, sizeof text)) {
        (void)strcat(keys, text);
        assert_true(json_read_list(&cursor));
        while (json_next_item(&cursor)) {
            assert_true(json_read_uint(&cursor, &value));
            sum += value;
        }
    }
    assert_true(json_end(&cursor));
    assert_string_equal(keys, "abc");
    assert_int_equal(sum, 10);
}

static void a_value_of_another_kind_is_skipped(void **state)
{
    uint64_t value = 77;
    bool yes = true;
    (void)state;
    assert_true(json_read_list(over("[\"1\", {\"x\": 2}, -3, 4.0, 5e0, null, 1, true, [8], 9]")));
    for (int i = 0; i < 5; i++) {
        assert_true(json_next_item(&cursor));
        assert_false(json_read_uint(&cursor, &value));
    }
    assert_true(json_next_item(&cursor));
    assert_false(json_read_object(&cursor));
    assert_true(json_next_item(&cursor));
    assert_false(json_read_string(&cursor, text, sizeof text));
    assert_true(json_next_item(&cursor));
    assert_false(json_read_list(&cursor));
    assert_true(json_next_item(&cursor));
    assert_false(json_read_bool(&cursor, &yes));
    assert_int_equal(value, 77);
    assert_true(yes);
    assert_true(json_next_item(&cursor));
    assert_true(json_read_uint(&cursor, &value));
    assert_int_equal(value, 9);
    assert_false(json_next_item(&cursor));
    assert_true(json_end(&cursor));
}

static void numbers_go_to_the_last_of_64_bits(void **state)
{
    uint64_t value = 0;
    (void)state;
    assert_true(json_read_uint(over("18446744073709551615"), &value));
    assert_true(value == UINT64_MAX);
    assert_false(json_read_uint(over("18446744073709551616"), &value));
    assert_false(json_end(&cursor));
    assert_false(json_read_uint(over("99999999999999999999999"), &value));
    assert_false(json_end(&cursor));
}

static void strings_are_decoded(void **state)
{
    (void)state;
    assert_true(
        json_read_string(over("\"a\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\\u00e9\\u20ac\\ud83d\\ude00\""),
                         text, sizeof text));
    assert_string_equal(text, "a\"\\/\b\f\n\r\tA\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80");
    assert_true(json_read_string(over("\"\xc3\xa9\xf0\x9f\x98\x80\""), text, sizeof text));
    assert_string_equal(text, "\xc3\xa9\xf0\x9f\x98\x80");
}

static void long_text_is_cut_between_characters(void **state)
{
    char small[4];
    (void)state;
    assert_true(json_read_string(over("\"abcdef\""), small, sizeof small));
    assert_string_equal(small, "abc");
    assert_true(json_end(&cursor));
    assert_true(json_read_string(over("\"ab\xc3\xa9z\""), small, sizeof small));
    assert_string_equal(small, "ab"); /* not "abz" */
    assert_true(json_read_string(over("\"ab\\u00e9z\""), small, sizeof small));
    assert_string_equal(small, "ab");
    assert_true(json_read_string(over("\"abcd\\n\""), small, 1));
    assert_string_equal(small, "");
    assert_true(json_end(&cursor));
}

static void after_something_bad_everything_is_false(void **state)
{
    uint64_t value = 5;
    (void)state;
    assert_true(json_read_list(over("[x, 1]")));
    assert_true(json_next_item(&cursor));
    assert_false(json_read_uint(&cursor, &value));
    assert_false(json_next_item(&cursor));
    assert_false(json_read_uint(&cursor, &value));
    assert_false(json_end(&cursor));
    assert_string_equal(cursor.bad, "it is not JSON");
    assert_int_equal(value, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_of_value_is_skipped),
        cmocka_unit_test(text_that_is_not_json_is_refused),
        cmocka_unit_test(a_zero_byte_is_neither_json_nor_the_end),
        cmocka_unit_test(nesting_has_a_bound),
        cmocka_unit_test(lists_and_objects_are_walked_through),
        cmocka_unit_test(a_value_of_another_kind_is_skipped),
        cmocka_unit_test(numbers_go_to_the_last_of_64_bits),
        cmocka_unit_test(strings_are_decoded),
        cmocka_unit_test(long_text_is_cut_between_characters),
        cmocka_unit_test(after_something_bad_everything_is_false),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
