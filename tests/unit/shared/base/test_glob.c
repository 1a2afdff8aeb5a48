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

/* Tries everything that each star can stand for; for ASCII only. */
static bool matches(const char *pattern, const char *text)
{
    if (*pattern == '*')
        return matches(pattern + 1, text) || (*text && matches(pattern, text + 1));
    if (!*pattern || !*text)
        return *pattern == *text;
    return (*pattern == '?' || *pattern == *text) && matches(pattern + 1, text + 1);
}

/* Writes the word with this number, of letters of an alphabet. */
static void write_word(unsigned number, const char *alphabet, char ret[static 16])
{
    const unsigned letters = (unsigned)strlen(alphabet);
    size_t length = 0;
    for (; number > 0; number /= letters + 1)
        if (number % (letters + 1) > 0)
            ret[length++] = alphabet[number % (letters + 1) - 1];
    ret[length] = '\0';
}

static void every_short_pattern_matches_what_it_should(void **state)
{
    char pattern[16];
    char text[16];
    (void)state;
    for (unsigned p = 0; p < 5 * 5 * 5 * 5 * 5; p++)
        for (unsigned t = 0; t < 3 * 3 * 3 * 3 * 3; t++) {
            write_word(p, "ab*?", pattern);
            write_word(t, "ab", text);
            if (daqs_glob_match(pattern, text) != matches(pattern, text))
                fail_msg("'%s' and '%s'", pattern, text);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_text_without_stars_matches_itself),
        cmocka_unit_test(a_star_stands_for_anything),
        cmocka_unit_test(a_question_mark_stands_for_one_character),
        cmocka_unit_test(a_pattern_is_known_by_its_characters),
        cmocka_unit_test(many_stars_take_no_time),
        cmocka_unit_test(every_short_pattern_matches_what_it_should),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
