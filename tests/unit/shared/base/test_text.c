/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include <string.h>

#include "shared/base/text.h"

static void parts_are_separated(void **state)
{
    char text[32] = "";
    (void)state;
    daqs_text_add(text, sizeof text, "; ", "%s is %d", "one", 1);
    assert_string_equal(text, "one is 1");
    daqs_text_add(text, sizeof text, "; ", "two");
    assert_string_equal(text, "one is 1; two");
}

static void what_does_not_fit_is_cut_off(void **state)
{
    char text[8] = "";
    char full[9] = "";
    (void)state;
    daqs_text_add(text, sizeof text, ", ", "abcd");
    daqs_text_add(text, sizeof text, ", ", "efgh");
    assert_string_equal(text, "abcd, e");
    daqs_text_add(text, sizeof text, ", ", "i");
    assert_string_equal(text, "abcd, e");
    daqs_text_add(full, sizeof full, "", "abcdefghi");
    assert_int_equal(strlen(full), 8);
    daqs_text_add(full, sizeof full, ", ", "j");
    assert_string_equal(full, "abcdefgh");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_are_separated),
        cmocka_unit_test(what_does_not_fit_is_cut_off),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
