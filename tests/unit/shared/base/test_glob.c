/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include <string.h>

#include "shared/base/glob.h"

static void a_text_without_stars_matches_itself(void **state)
{
    (void)state;
    assert_true(daqs_glob_match("db1", "db1"));
    assert_false(daqs_glob_match("db1", "db12"));
    assert_false(daqs_glob_match("db12", "db1"));
    assert_false(daqs_glob_match("", "a"));
    assert_true(daqs_glob_match("", ""));
    assert_true(daqs_glob_match("[a]\\", "[a]\\"));
}

static void a_star_stands_for_anything(void **state)
{
    (void)state;
    assert_true(daqs_glob_match("*", ""));
    assert_true(daqs_glob_match("*", "abc"));
    assert_true(daqs_glob_match("db-*", "db-"));
    assert_true(daqs_glob_match("db-*", "db-1"));
    assert_false(daqs_glob_match("db-*", "web-1"));
    assert_true(daqs_glob_match("*-1", "db-1-1"));
    assert_true(daqs_glob_match("a*b*c", "aXbXbXc"));
    assert_false(daqs_glob_match("a*b*c", "aXcXb"));
    assert_true(daqs_glob_match("**a**", "bab"));
    assert_false(daqs_glob_match("a*a", "a"));
}

static void a_question_mark_stands_for_one_character(void **state)
{
    (void)state;
    assert_true(daqs_glob_match("db?", "db1"));
    assert_false(daqs_glob_match("db?", "db"));
    assert_false(daqs_glob_match("db?", "db12"));
    assert_true(daqs_glob_match("b?cher", u8"b\u00fccher"));
    assert_true(daqs_glob_match("*?r", u8"b\u00fc\u00fcr"));
    assert_false(daqs_glob_match("b??cher", u8"b\u00fccher"));
}

static void a_pattern_is_known_by_its_characters(void **state)
{
    (void)state;
    assert_true(daqs_glob_is("db*"));
    assert_true(daqs_glob_is("d?"));
    assert_false(daqs_glob_is("db-1.[x]"));
}

/* fnmatch(3) does not come back from this. */
static void many_stars_take_no_time(void **state)
{
    char pattern[1001];
    char text[1001];
    (void)state;
    for (size_t i = 0; i < 1000; i += 2)
        memcpy(pattern + i, "*a", 2);
    memset(text, 'a', 1000);
    pattern[1000] = text[1000] = '\0';
    text[999] = 'b';
    assert_false(daqs_glob_match(pattern, text));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_text_without_stars_matches_itself),
        cmocka_unit_test(a_star_stands_for_anything),
        cmocka_unit_test(a_question_mark_stands_for_one_character),
        cmocka_unit_test(a_pattern_is_known_by_its_characters),
        cmocka_unit_test(many_stars_take_no_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
