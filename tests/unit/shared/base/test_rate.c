/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "shared/base/rate.h"
#include "tests/lib/random.h"

static uint64_t next_random(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

static void accepted_forms_are_read_as_bits_per_second(void **state)
{
    static const struct {
        const char *text;
        daqs_bps rate;
    } cases[] = {
        {"10Gbit", UINT64_C(10000000000)},
        {"2.5G", UINT64_C(2500000000)},
        {"800Mbps", 800000000},
        {"800mbps", 800000000},
        {"64kbit/s", 64000},
        {"64Kb/s", 64000},
        {"3k", 3000},
        {"3K", 3000},
        {"7m", 7000000},
        {"1g", 1000000000},
        {"1t", UINT64_C(1000000000000)},
        {"1000000bit", 1000000},
        {"1bit", 1},
        {"1bps", 1},
        {"1b/s", 1},
        {"1bit/s", 1},
        {"0.001k", 1},
        {"1.000Mbit", 1000000},
        {"1.000000000001T", UINT64_C(1000000000001)},
        {"0.2Gbit", 200000000},
        {"1000Tbit", DAQS_BPS_MAX},
        {"1000000000000000bit", DAQS_BPS_MAX},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct daqs_error err = {0};
        daqs_bps rate = 0;
        if (daqs_rate_parse(cases[i].text, &rate, &err) != DAQS_OK || rate != cases[i].rate)
            fail_msg("%s: read as %" PRIu64 " %s", cases[i].text, rate, err.text);
    }
}

static void anything_else_is_refused_with_a_reason(void **state)
{
    static const struct {
        const char *text;
        int code;
        const char *word; /* expected in the error text */
    } cases[] = {
        {"", DAQS_EINVALID, "not a rate"},
        {"10", DAQS_EINVALID, "no unit"},
        {"2.5", DAQS_EINVALID, "no unit"},
        {"0", DAQS_EINVALID, "no unit"},
        {"0bit", DAQS_ERANGE, "zero"},
        {"0.0G", DAQS_ERANGE, "zero"},
        {"-5M", DAQS_EINVALID, "not a rate"},
        {"+5M", DAQS_EINVALID, "not a rate"},
        {" 5M", DAQS_EINVALID, "not a rate"},
        {"5M ", DAQS_EINVALID, "not a rate"},
        {"5 M", DAQS_EINVALID, "not a rate"},
        {"5M\n", DAQS_EINVALID, "not a rate"},
        {"10MB", DAQS_EINVALID, "bytes"},
        {"10MBps", DAQS_EINVALID, "bytes"},
        {"10MB/s", DAQS_EINVALID, "bytes"},
        {"10GiB", DAQS_EINVALID, "bytes"},
        {"10B", DAQS_EINVALID, "bytes"},
        {"1Gibit", DAQS_EINVALID, "not a rate"},
        {"1Ki", DAQS_EINVALID, "not a rate"},
        {"1.5bit", DAQS_EINVALID, "whole number"},
        {"0.5bit", DAQS_EINVALID, "whole number"},
        {"1.0005k", DAQS_EINVALID, "whole number"},
        {"0.0001k", DAQS_EINVALID, "whole number"},
        {"1.2.3G", DAQS_EINVALID, "not a rate"},
        {"1,5G", DAQS_EINVALID, "not a rate"},
        {".", DAQS_EINVALID, "not a rate"},
        {".G", DAQS_EINVALID, "not a rate"},
        {"G", DAQS_EINVALID, "not a rate"},
        {"bit", DAQS_EINVALID, "not a rate"},
        {"10Gbits", DAQS_EINVALID, "not a rate"},
        {"10kbit/s2", DAQS_EINVALID, "not a rate"},
        {"10kk", DAQS_EINVALID, "not a rate"},
        {"10Pbit", DAQS_EINVALID, "not a rate"},
        {"1e3bit", DAQS_EINVALID, "not a rate"},
        {"0x10M", DAQS_EINVALID, "not a rate"},
        {"nan", DAQS_EINVALID, "not a rate"},
        {"inf", DAQS_EINVALID, "not a rate"},
        {"none", DAQS_EINVALID, "not a rate"},
        {"\xd9\xa1Gbit", DAQS_EINVALID, "not a rate"},
        {"1001Tbit", DAQS_ERANGE, "too large"},
        {"1000.001T", DAQS_ERANGE, "too large"},
        {"1000000000000001bit", DAQS_ERANGE, "too large"},
        {"18446744073709551617bit", DAQS_ERANGE, "too many digits"},
        {"99999999999999999999999999999999999999bit", DAQS_ERANGE, "too many digits"},
        {"1.0000000000001T", DAQS_ERANGE, "too many digits"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct daqs_error err = {0};
        daqs_bps rate = 77;
        int result = daqs_rate_parse(cases[i].text, &rate, &err);
        if (result != cases[i].code || err.code != cases[i].code ||
            !strstr(err.text, cases[i].word))
            fail_msg("'%s': %d, %s", cases[i].text, result, err.text);
        assert_int_equal(rate, 77);
        assert_int_equal(daqs_rate_parse(cases[i].text, &rate, NULL), cases[i].code);
    }
}

static void a_bare_number_is_answered_with_the_accepted_forms(void **state)
{
    struct daqs_error err = {0};
    daqs_bps rate;
    (void)state;
    assert_int_equal(daqs_rate_parse("10000000000", &rate, &err), DAQS_EINVALID);
    assert_non_null(strstr(err.text, "10Gbit"));
    assert_non_null(strstr(err.text, "bits per second"));
}

static void an_endless_text_is_refused_and_quoted_short(void **state)
{
    char text[5000];
    struct daqs_error err = {0};
    daqs_bps rate;
    (void)state;
    memset(text, '7', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    assert_int_equal(daqs_rate_parse(text, &rate, &err), DAQS_ERANGE);
    assert_true(strlen(err.text) < 120);
    memset(text, 'G', sizeof text - 1);
    assert_int_equal(daqs_rate_parse(text, &rate, &err), DAQS_EINVALID);
    assert_true(strlen(err.text) < 160);
}

static void rates_are_written_with_the_largest_unit_that_stays_exact(void **state)
{
    static const struct {
        daqs_bps rate;
        const char *text;
    } cases[] = {
        {0, "0bit"},
        {1, "1bit"},
        {999, "999bit"},
        {1000, "1kbit"},
        {1001, "1.001kbit"},
        {1234567, "1234.567kbit"},
        {2500000000, "2.5Gbit"},
        {UINT64_C(10000000000), "10Gbit"},
        {UINT64_C(10010000000), "10.01Gbit"},
        {DAQS_BPS_MAX, "1000Tbit"},
        {DAQS_BPS_MAX - 1, "999999999999.999kbit"},
        {DAQS_UNLIMITED, "none"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char buf[DAQS_RATE_TEXT];
        assert_string_equal(daqs_rate_format(cases[i].rate, buf), cases[i].text);
    }
}

static void assert_reads_back(daqs_bps rate)
{
    char buf[DAQS_RATE_TEXT];
    struct daqs_error err = {0};
    daqs_bps back = 0;
    if (daqs_rate_parse(daqs_rate_format(rate, buf), &back, &err) != DAQS_OK || back != rate)
        fail_msg("%" PRIu64 " is written %s and read %" PRIu64 " %s", rate, buf, back, err.text);
}

static void written_rates_read_back_unchanged(void **state)
{
    uint64_t seed = UINT64_C(0x9e3779b97f4a7c15);
    (void)state;
    for (daqs_bps power = 1; power <= DAQS_BPS_MAX; power *= 10) {
        assert_reads_back(power);
        if (power > 1)
            assert_reads_back(power - 1);
        if (power < DAQS_BPS_MAX)
            assert_reads_back(power + 1);
        /* Small and large rates are drawn equally often. */
        for (int i = 0; i < 2000; i++)
            assert_reads_back(next_random(&seed) % power + 1);
    }
}

static void rates_for_eyes_have_four_digits_and_are_off_by_less_than_a_thousandth(void **state)
{
    static const struct {
        daqs_bps rate;
        const char *text;
    } cases[] = {
        {0, "0bit"},
        {9999, "9.999kbit"},
        {12345, "12.35kbit"},
        {123456, "123.5kbit"},
        {9999500, "10Mbit"},
        {UINT64_C(2461812345), "2.462Gbit"},
        {999999999, "1Gbit"},
        {UINT64_C(40000000000), "40Gbit"},
        {DAQS_BPS_MAX, "1000Tbit"},
        {DAQS_UNLIMITED, "none"},
    };
    uint64_t seed = 42;
    char buf[DAQS_RATE_TEXT];
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_string_equal(daqs_rate_humanize(cases[i].rate, buf), cases[i].text);
    for (int i = 0; i < 20000; i++) {
        daqs_bps rate = next_random(&seed) % (UINT64_C(1) << (1 + i % 49)) + 1;
        daqs_bps back = 0;
        size_t digits = 0;
        if (daqs_rate_parse(daqs_rate_humanize(rate, buf), &back, NULL) != DAQS_OK)
            fail_msg("%" PRIu64 " is shown as %s", rate, buf);
        for (const char *p = buf; *p; p++)
            digits += *p >= '0' && *p <= '9';
        daqs_bps off = back > rate ? back - rate : rate - back;
        if (digits > 4 || off > rate / 1000)
            fail_msg("%" PRIu64 " is shown as %s", rate, buf);
    }
}

static void bytes_over_time_give_a_rate_and_nonsense_gives_none(void **state)
{
    static const struct {
        uint64_t bytes;
        int64_t interval_us;
        daqs_bps rate;
    } cases[] = {
        {125000000, 1000000, 1000000000},
        {12500000, 100000, 1000000000},
        {0, 1000000, 0},
        {1, 8000000, 1},
        {1, 9000000, 0},
        {1000, 0, 0},
        {1000, -1, 0},
        {1000, INT64_MIN, 0},
        {UINT64_MAX, 1, DAQS_BPS_MAX},
        {UINT64_MAX, INT64_MAX, 16000000},
        {UINT64_C(125000000000000), 1000000, DAQS_BPS_MAX},
        {UINT64_C(125000000000000) - 1, 1000000, DAQS_BPS_MAX - 8},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(daqs_rate_of(cases[i].bytes, cases[i].interval_us), cases[i].rate);
}

/* At every size, including those where a product exceeds 64 bits. */
static void rates_are_exact(void **state)
{
    struct random_source random = {random_seed()};
    (void)state;
    for (int i = 0; i < 100000; i++) {
        uint64_t bytes = random_next(&random) >> (14 + random_below(&random, 50));
        __extension__ unsigned __int128 wide = bytes;
        assert_int_equal(daqs_rate_of(bytes, 1000001),
                         daqs_lower((uint64_t)(wide * 8000000 / 1000001), DAQS_BPS_MAX));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accepted_forms_are_read_as_bits_per_second),
        cmocka_unit_test(anything_else_is_refused_with_a_reason),
        cmocka_unit_test(a_bare_number_is_answered_with_the_accepted_forms),
        cmocka_unit_test(an_endless_text_is_refused_and_quoted_short),
        cmocka_unit_test(rates_are_written_with_the_largest_unit_that_stays_exact),
        cmocka_unit_test(written_rates_read_back_unchanged),
        cmocka_unit_test(rates_for_eyes_have_four_digits_and_are_off_by_less_than_a_thousandth),
        cmocka_unit_test(rates_are_exact),
        cmocka_unit_test(bytes_over_time_give_a_rate_and_nonsense_gives_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
