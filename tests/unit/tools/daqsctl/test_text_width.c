/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "tools/daqsctl/text_width.h"

static void assert_cut(const char *text, int width, bool ascii, const char *expected, int columns)
{
    char buf[64];
    int n = text_cut(text, width, ascii, buf, sizeof buf);
    assert_string_equal(buf, expected);
    assert_int_equal(n, columns);
    assert_true(n <= width || width < 0);
}

static void text_that_fits_is_not_cut(void **state)
{
    (void)state;
    assert_cut("database", 8, false, "database", 8);
    assert_cut("", 8, false, "", 0);
    assert_cut("数据库", 6, false, "数据库", 6);
    assert_cut("cafe\xcc\x81", 4, false, "cafe\xcc\x81", 4);
}

static void an_ellipsis_marks_a_cut(void **state)
{
    (void)state;
    assert_cut("database", 7, false, "databa…", 7);
    assert_cut("database", 7, true, "datab..", 7);
    assert_cut("database", 4, true, "dat.", 4);
    assert_cut("database", 1, false, "…", 1);
    assert_cut("database", 1, true, ".", 1);
    assert_cut("database", 0, false, "", 0);
    assert_cut("database", -3, false, "", 0);
}

/* Half of a wide character cannot be shown. */
static void wide_characters_are_cut_whole(void **state)
{
    (void)state;
    assert_cut("数据库", 5, false, "数据…", 5);
    assert_cut("数据库", 4, false, "数…", 3);
    assert_cut("数据库", 1, false, "…", 1);
}

static void control_characters_are_not_sent(void **state)
{
    (void)state;
    assert_cut("a\033[2Jb", 10, false, "a?[2Jb", 6);
    assert_cut("a\nb\tc\x7f", 10, false, "a?b?c?", 6);
    assert_cut("\xff\xfe", 10, false, "??", 2);
    assert_cut("a\xc2\x9b", 10, false, "a?", 2); /* a C1 control character */
}

static void a_buffer_that_is_too_small_cuts_too(void **state)
{
    char buf[8];
    char tiny[2] = "xy";
    (void)state;
    assert_int_equal(text_cut("database", 100, false, buf, sizeof buf), 5);
    assert_string_equal(buf, "data…");
    assert_int_equal(text_cut("database", 100, false, tiny, sizeof tiny), 0);
    assert_string_equal(tiny, "");
}

static void assert_breaks(const char *text, int width, size_t bytes)
{
    assert_int_equal(text_break(text, width), bytes);
}

static void a_text_breaks_at_a_blank(void **state)
{
    (void)state;
    assert_breaks("", 8, 0);
    assert_breaks("database", 8, 8);
    assert_breaks("the database", 11, 3);
    assert_breaks("the database is", 12, 12);
    assert_breaks("the database", 2, 2); /* no word fits */
    assert_breaks("数据库", 5, 6);
    assert_breaks("数据", 1, 3); /* at least one character */
    assert_breaks("database", 0, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_that_fits_is_not_cut),
        cmocka_unit_test(an_ellipsis_marks_a_cut),
        cmocka_unit_test(wide_characters_are_cut_whole),
        cmocka_unit_test(control_characters_are_not_sent),
        cmocka_unit_test(a_buffer_that_is_too_small_cuts_too),
        cmocka_unit_test(a_text_breaks_at_a_blank),
    };
    (void)setlocale(LC_CTYPE, "C.UTF-8");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
