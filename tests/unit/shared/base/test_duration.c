/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "shared/base/duration.h"

static void spans_are_read_into_milliseconds(void **state)
{
    static const struct {
        const char *text;
        int64_t ms;
    } cases[] = {
        {"0", 0},
        {"0s", 0},
        {"1ms", 1},
        {"100ms", 100},
        {"3s", 3000},
        {"5m", 300000},
        {"5min", 300000},
        {"24h", 86400000},
        {"30d", INT64_C(2592000000)},
        {"1w", INT64_C(604800000)},
        {"5214w", INT64_C(5214) * 604800000},
        {"2y", INT64_C(63072000000)},
        {"100y", INT64_C(3153600000000)},
        {"3153600000000ms", INT64_C(3153600000000)},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct daqs_error err = {0};
        int64_t ms = -1;
        if (daqs_duration_parse(cases[i].text, &ms, &err) != DAQS_OK || ms != cases[i].ms)
            fail_msg("%s: %lld %s", cases[i].text, (long long)ms, err.text);
    }
}

static void anything_else_is_refused(void **state)
{
    static const struct {
        const char *text;
        int code;
    } cases[] = {
        {"", DAQS_EINVALID},
        {"s", DAQS_EINVALID},
        {"1", DAQS_EINVALID},
        {"100", DAQS_EINVALID},
        {"-1s", DAQS_EINVALID},
        {"+1s", DAQS_EINVALID},
        {"1.5s", DAQS_EINVALID},
        {"1 s", DAQS_EINVALID},
        {" 1s", DAQS_EINVALID},
        {"1s ", DAQS_EINVALID},
        {"1S", DAQS_EINVALID},
        {"1us", DAQS_EINVALID},
        {"1W", DAQS_EINVALID},
        {"1week", DAQS_EINVALID},
        {"5215w", DAQS_ERANGE},
        {"1h30m", DAQS_EINVALID},
        {"1e3s", DAQS_EINVALID},
        {"0x1s", DAQS_EINVALID},
        {"for ever", DAQS_EINVALID},
        {"101y", DAQS_ERANGE},
        {"36501d", DAQS_ERANGE},
        {"3153600000001ms", DAQS_ERANGE},
        {"9223372036854775807s", DAQS_ERANGE},
        {"18446744073709551617s", DAQS_ERANGE},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct daqs_error err = {0};
        int64_t ms = 77;
        if (daqs_duration_parse(cases[i].text, &ms, &err) != cases[i].code)
            fail_msg("'%s' gave %lld", cases[i].text, (long long)ms);
        assert_int_equal(err.code, cases[i].code);
        assert_true(err.text[0] != '\0');
        assert_int_equal(ms, 77);
    }
}

static void a_bare_number_is_answered_with_the_accepted_forms(void **state)
{
    struct daqs_error err = {0};
    int64_t ms;
    (void)state;
    assert_int_equal(daqs_duration_parse("250", &ms, &err), DAQS_EINVALID);
    assert_non_null(strstr(err.text, "100ms"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spans_are_read_into_milliseconds),
        cmocka_unit_test(anything_else_is_refused),
        cmocka_unit_test(a_bare_number_is_answered_with_the_accepted_forms),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
