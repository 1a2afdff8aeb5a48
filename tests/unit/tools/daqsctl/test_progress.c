/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include <locale.h>
#include <string.h>

#include "tools/daqsctl/progress.h"
#include "tools/daqsctl/text_width.h"

static void assert_says(struct progress progress, int64_t elapsed_ms, int columns,
                        const char *expected)
{
    char text[PROGRESS_BYTES];
    progress_text(&progress, elapsed_ms, columns, text);
    assert_string_equal(text, expected);
    assert_true(text_width(text) < columns || !*text);
}

static void nothing_is_shown_before_a_second_is_over(void **state)
{
    (void)state;
    assert_says((struct progress){.what = "backup"}, 0, 80, "");
    assert_says((struct progress){.what = "backup"}, 999, 80, "");
    assert_says((struct progress){.what = "backup"}, 1000, 80, "| backup: 1 s");
}

static void it_turns_and_counts(void **state)
{
    struct progress rows = {.what = "history", .unit = "rows", .done = 4096, .turns = 1};
    struct progress pages = {.what = "backup", .unit = "pages", .done = 1, .total = 3, .turns = 6};
    (void)state;
    assert_says(rows, 61000, 80, "/ history: 4096 rows, 61 s");
    assert_says(pages, 2000, 80, "- backup: 33 % of 3 pages, 2 s");
    pages.done = 3;
    assert_says(pages, 2000, 80, "- backup: 100 % of 3 pages, 2 s");
}

static void it_fits_a_narrow_terminal(void **state)
{
    struct progress pages = {.what = "backup", .unit = "pages", .done = 1, .total = 3};
    (void)state;
    assert_says(pages, 2000, 20, "| backup: 33 % of..");
    assert_says(pages, 2000, 2, ".");
    assert_says(pages, 2000, 1, "");
    assert_says(pages, 2000, 0, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_shown_before_a_second_is_over),
        cmocka_unit_test(it_turns_and_counts),
        cmocka_unit_test(it_fits_a_narrow_terminal),
    };
    (void)setlocale(LC_CTYPE, "C.UTF-8");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
