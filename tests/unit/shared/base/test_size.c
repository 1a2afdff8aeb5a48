/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "shared/base/size.h"

static void sizes_are_read_into_bytes(void **state)
{
    static const struct {
        const char *text;
        int64_t bytes;
    } cases[] = {
        {"0", 0},
        {"0B", 0},
        {"0GB", 0},
        {"1B", 1},
        {"64kB", 64000},
        {"64KB", 64000},
        {"64k", 64000},
        {"500MB", 500000000},
        {"500m", 500000000},
        {"1GB", INT64_C(1000000000)},
        {"001GB", INT64_C(1000000000)},
        {"2T", INT64_C(2000000000000)},
        {"1000TB", DAQS_SIZE_MAX},
        {"1000000000000000B", DAQS_SIZE_MAX},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct daqs_error err = {0};
        int64_t bytes = -1;
        if (daqs_size_parse(cases[i].text, &bytes, &err) != DAQS_OK || bytes != cases[i].bytes)
            fail_msg("%s: %lld %s", cases[i].text, (long long)bytes, err.text);
    }
}

static void anything_else_is_refused(void **state)
{
    static const struct {
        const char *text;
        int code;
    } cases[] = {
        {"", DAQS_EINVALID},
        {"B", DAQS_EINVALID},
        {"GB", DAQS_EINVALID},
        {"1", DAQS_EINVALID},
        {"1000", DAQS_EINVALID},
        {"-1GB", DAQS_EINVALID},
        {"+1GB", DAQS_EINVALID},
        {"1.5GB", DAQS_EINVALID},
        {"1 GB", DAQS_EINVALID},
        {" 1GB", DAQS_EINVALID},
        {"1GB ", DAQS_EINVALID},
        {"1Gb", DAQS_EINVALID},
        {"1Gbit", DAQS_EINVALID},
        {"1GiB", DAQS_EINVALID},
        {"1PB", DAQS_EINVALID},
        {"1kk", DAQS_EINVALID},
        {"0x1GB", DAQS_EINVALID},
        {"1001TB", DAQS_ERANGE},
        {"1000000000000001B", DAQS_ERANGE},
        {"9223372036854775807TB", DAQS_ERANGE},
        {"18446744073709551617B", DAQS_ERANGE},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct daqs_error err = {0};
        int64_t bytes = 77;
        if (daqs_size_parse(cases[i].text, &bytes, &err) != cases[i].code)
            fail_msg("'%s' gave %lld", cases[i].text, (long long)bytes);
        assert_int_equal(err.code, cases[i].code);
        assert_true(err.text[0] != '\0');
        assert_int_equal(bytes, 77);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes_are_read_into_bytes),
        cmocka_unit_test(anything_else_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
