/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/daqsctl/quoting.h"

static void assert_splits(const char *text, size_t words, const char *last)
{
    struct quoting_line line;
    quoting_split(text, &line);
    assert_int_equal(line.words, words);
    assert_string_equal(line.word[words - 1], last);
    quoting_done(&line);
}

static void words_end_at_blanks_that_are_not_quoted(void **state)
{
    (void)state;
    assert_splits("daqsctl", 1, "daqsctl");
    assert_splits("daqsctl ", 2, "");
    assert_splits("", 1, "");
    assert_splits("daqsctl  set-sla\tnode1 ", 4, "");
    assert_splits("x a\\ b", 2, "a b");
    assert_splits("x 'a b", 2, "a b");
    assert_splits("x 'a b' ", 3, "");
    assert_splits("x \"a b\"c", 2, "a bc");
    assert_splits("x \"a\\\"b\\c", 2, "a\"b\\c");
    assert_splits("x 'it'\\''s", 2, "it's");
    assert_splits("x $(rm)", 2, "$(rm)"); /* nothing is expanded */
    assert_splits("x ''", 2, "");
    assert_splits("x a\\", 2, "a");
}

static void assert_puts(const char *typed, const char *part, const char *word, const char *expected)
{
    char buf[256];
    struct quoting_line line;
    quoting_split(typed, &line);
    int put = quoting_put(&line, part, word, buf, sizeof buf);
    quoting_done(&line);
    if (!expected) {
        assert_int_equal(put, 0);
        return;
    }
    assert_int_equal(put, 1);
    assert_string_equal(buf, expected);
}

static void a_word_is_quoted_as_it_has_to_follow(void **state)
{
    (void)state;
    assert_puts("x ", "", "db1", "db1");
    assert_puts("x d", "d", "db1", "db1");
    assert_puts("x ", "", "a b", "a\\ b");
    assert_puts("x 'a", "'a", "a b's", "a b'\\''s");
    assert_puts("x \"a", "\"a", "a b$`\"\\", "a b\\$\\`\\\"\\\\");
    assert_puts("x \"a", "\"a", "a!b", "a\"'!'\"b");
    assert_puts("x ", "", "数据库", "数据库");
    assert_puts("x ", "", "~root", "\\~root");
}

/* bash replaces only what follows the last of its separators. */
static void words_that_bash_keeps_are_left_out(void **state)
{
    (void)state;
    assert_puts("x --by=ho", "ho", "--by=host", "host");
    assert_puts("x --by=", "=", "--by=host", "host");
    assert_puts("x c:d", "d", "c:data", "data");
    assert_puts("x c:", ":", "c:data", "data");
    assert_puts("x a\\ b:c", "c", "a b:cd", "cd");
    assert_puts("x a'b':c", "c", "ab:cd", NULL); /* quoted differently than DAQS quotes */
    assert_puts("x db", "nonsense", "db1", NULL);
}

/* Whatever characters a name has, bash must read back exactly that name. */
static void bash_reads_back_the_name(void **state)
{
    static const char *const names[] = {
        "$(touch pwned)", "`id`", "a;b", "a&b|c>d<e", "a'b\"c\\d", "!!", "#x",
        "*?[a]{b,c}",     "a\tb", "(x)", "~",         "a=b:c@d",   "-x"};
    static const char *const openings[] = {"", "'", "\""};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        for (size_t k = 0; k < 3; k++) {
            char typed[16];
            char buf[256];
            char whole[512];
            struct quoting_line line;
            (void)snprintf(typed, sizeof typed, "x %s", openings[k]);
            quoting_split(typed, &line);
            assert_int_equal(quoting_put(&line, openings[k], names[i], buf, sizeof buf), 1);
            quoting_done(&line);
            (void)snprintf(whole, sizeof whole, "x %s%s%s", openings[k], buf, openings[k]);
            quoting_split(whole, &line);
            assert_int_equal(line.words, 2);
            assert_string_equal(line.word[1], names[i]);
            quoting_done(&line);
        }
}

static void overlong_lines_are_abandoned(void **state)
{
    char *text = malloc(100001);
    struct quoting_line line;
    char small[4];
    (void)state;
    assert_non_null(text);
    memset(text, 'x', 100000);
    text[100000] = '\0';
    quoting_split(text, &line);
    assert_int_equal(line.words, 0);
    quoting_done(&line);
    for (size_t i = 0; i < 300; i++)
        text[i] = i % 2 ? ' ' : 'x';
    text[300] = '\0';
    quoting_split(text, &line);
    assert_int_equal(line.words, 0);
    quoting_done(&line);
    quoting_split("x ", &line);
    assert_int_equal(quoting_put(&line, "", "long", small, sizeof small), 0);
    assert_int_equal(quoting_put(&line, "", "abc", small, sizeof small), 1);
    quoting_done(&line);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_end_at_blanks_that_are_not_quoted),
        cmocka_unit_test(a_word_is_quoted_as_it_has_to_follow),
        cmocka_unit_test(words_that_bash_keeps_are_left_out),
        cmocka_unit_test(bash_reads_back_the_name),
        cmocka_unit_test(overlong_lines_are_abandoned),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
