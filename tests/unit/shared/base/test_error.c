/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <limits.h>
#include <string.h>

#include "shared/base/error.h"

static void every_code_has_a_text_of_its_own(void **state)
{
    static const int codes[] = {DAQS_OK,
#define X(name, number, text) DAQS_E##name,
                                DAQS_ERRORS(X)
#undef X
    };
    const size_t count = sizeof codes / sizeof codes[0];
    (void)state;
    for (size_t i = 0; i < count; i++) {
        assert_string_not_equal(daqs_strerror(codes[i]), "unknown error");
        for (size_t k = 0; k < i; k++) {
            assert_int_not_equal(codes[i], codes[k]);
            assert_string_not_equal(daqs_strerror(codes[i]), daqs_strerror(codes[k]));
        }
    }
}

static void numbers_that_are_not_codes_have_a_text_too(void **state)
{
    static const int codes[] = {1, -1000, INT_MAX, INT_MIN};
    (void)state;
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
        assert_string_equal(daqs_strerror(codes[i]), "unknown error");
}

static void fail_fills_in_code_and_text_and_returns_the_code(void **state)
{
    struct daqs_error err = {0};
    (void)state;
    assert_int_equal(daqs_fail(&err, DAQS_ERANGE, "%d is more than %s", 7, "five"), DAQS_ERANGE);
    assert_int_equal(err.code, DAQS_ERANGE);
    assert_string_equal(err.text, "7 is more than five");
    assert_int_equal(daqs_fail(NULL, DAQS_EIO, "%s", "nobody listens"), DAQS_EIO);
}

static void long_texts_are_cut(void **state)
{
    struct daqs_error err = {0};
    char text[1000];
    (void)state;
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    daqs_fail(&err, DAQS_EIO, "%s", text);
    assert_int_equal(strlen(err.text), sizeof err.text - 1);
    daqs_wrap(&err, "%s", text);
    assert_int_equal(strlen(err.text), sizeof err.text - 1);
    assert_int_equal(err.code, DAQS_EIO);
}

static void wrap_puts_the_context_in_front_and_keeps_the_code(void **state)
{
    struct daqs_error err = {0};
    (void)state;
    daqs_fail(&err, DAQS_ENOTFOUND, "no such file");
    assert_int_equal(daqs_wrap(&err, "host %s", "node1"), DAQS_ENOTFOUND);
    assert_string_equal(err.text, "host node1: no such file");
    assert_int_equal(daqs_wrap(&err, "starting"), DAQS_ENOTFOUND);
    assert_string_equal(err.text, "starting: host node1: no such file");
    assert_int_equal(daqs_wrap(NULL, "starting"), DAQS_EIO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_has_a_text_of_its_own),
        cmocka_unit_test(numbers_that_are_not_codes_have_a_text_too),
        cmocka_unit_test(fail_fills_in_code_and_text_and_returns_the_code),
        cmocka_unit_test(long_texts_are_cut),
        cmocka_unit_test(wrap_puts_the_context_in_front_and_keeps_the_code),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
