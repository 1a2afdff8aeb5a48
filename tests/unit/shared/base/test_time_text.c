/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "shared/base/time_text.h"

#define NOW_MS INT64_C(1795420800000) /* 2026-11-23T08:00:00Z */

static void times_are_written_in_utc_with_milliseconds_only_if_there_are_any(void **state)
{
    static const struct {
        int64_t utc_ms;
        const char *text;
    } cases[] = {
        {0, "1970-01-01T00:00:00Z"},
        {1, "1970-01-01T00:00:00.001Z"},
        {NOW_MS, "2026-11-23T08:00:00Z"},
        {NOW_MS + 250, "2026-11-23T08:00:00.250Z"},
        {INT64_C(1709164800000), "2024-02-29T00:00:00Z"},
        {INT64_C(253402300799999), "9999-12-31T23:59:59.999Z"},
        {INT64_C(253402300800000), "-"}, /* a year of five digits is not valid in RFC 3339 */
        {INT64_MAX, "-"},
        {-1, "-"},
        {INT64_MIN, "-"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char buf[DAQS_TIME_TEXT];
        assert_string_equal(daqs_time_format(cases[i].utc_ms, buf), cases[i].text);
    }
}

static void points_and_spans_are_read(void **state)
{
    static const struct {
        const char *text;
        int64_t utc_ms;
    } cases[] = {
        {"now", NOW_MS},
        {"0", NOW_MS},
        {"1h", NOW_MS - 3600000},
        {"30d", NOW_MS - INT64_C(2592000000)},
        {"100y", 0}, /* times before 1970 are raised to 0 */
        {"2026-11-23T08:00:00Z", NOW_MS},
        {"2026-11-23", NOW_MS - 8 * 3600 * 1000},
        {"2026-11-23T08:00:00.250Z", NOW_MS + 250},
        {"2026-11-23T08:00", NOW_MS}, /* UTC even without a Z, in any time zone */
        {"2026-11-23 08:00", NOW_MS},
        {"2026-11-23T08:00Z", NOW_MS},
        {"2026-11-23 08:00Z", NOW_MS},
        {"2026-11-23T08:00:00", NOW_MS},
        {"2026-11-23 08:00:00Z", NOW_MS},
        {"2026-11-23 08:00:00.250", NOW_MS + 250},
        {"2026-11-23T09:00:00+01:00", NOW_MS},
        {"2026-11-23T09:00:00.250+01:00", NOW_MS + 250},
        {"2026-11-22 22:30-09:30", NOW_MS},
        {"2026-11-23T23:59", NOW_MS + (15 * 60 + 59) * 60 * 1000},
        {"1w", NOW_MS - 7 * 24 * 3600 * INT64_C(1000)},
        {"1970-01-01T00:00:00Z", 0},
        {"2024-02-29T00:00:00Z", INT64_C(1709164800000)},
        {"2030-01-01T00:00:00Z", INT64_C(1893456000000)}, /* future times are accepted */
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct daqs_error err = {0};
        int64_t ms = -1;
        if (daqs_time_parse(cases[i].text, NOW_MS, &ms, &err) != DAQS_OK || ms != cases[i].utc_ms)
            fail_msg("%s: %lld %s", cases[i].text, (long long)ms, err.text);
    }
}

static void anything_else_is_refused_naming_the_forms(void **state)
{
    static const char *const texts[] = {
        "",
        "yesterday",
        "-1h",
        "1h ago",
        "2026-11-2 ",
        "2026-11-3x",
        "26-11-0023",
        "2026-02-30",
        "2026-11-23T",
        "2026-11-23T08",
        "2026-11-23T08Z",
        "2026-11-23T8:00",
        "2026-11-23T08:0",
        "2026-11-23T08:00:",
        "2026-11-23T08:00:0",
        "2026-11-23T08:00.250",
        "2026-11-23T24:00",
        "2026-11-23T08:60",
        "2026-11-23  08:00",
        "2026-11-23t08:00",
        "2026-11-23T08:00z",
        "2026-11-23Z",
        " 2026-11-23",
        "2026-11-23T08:00 ",
        "2026-11-23T08:00:00+0100",
        "2026-11-23T08:00:00+01",
        "2026-11-23T08:00:00+24:00",
        "2026-11-23T08:00:00+01:60",
        "2026-11-23T08:00:00+01:00Z",
        "2026-11-23T08:00:00 01:00",
        "2026-11-23+01:00",
        "1970-01-01T00:00:00+01:00",
        "2026-11-23T08:00:00Zz",
        "2026-11-23T08:00:00.Z",
        "2026-11-23T08:00:00.25Z",
        "2026-11-23T08:00:00.2500Z",
        "2026-11-23T08:00:00.-50Z",
        "2026-13-01T00:00:00Z",
        "2026-02-30T00:00:00Z",
        "2026-02-29T00:00:00Z", /* not a leap year */
        "2026-04-31T12:00:00Z",
        "2026-11-23T24:00:00Z",
        "2026-11-23T08:60:00Z",
        "1969-12-31T23:59:59Z",
    };
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct daqs_error err = {0};
        int64_t ms = 77;
        if (daqs_time_parse(texts[i], NOW_MS, &ms, &err) != DAQS_EINVALID)
            fail_msg("'%s' gave %lld", texts[i], (long long)ms);
        assert_non_null(strstr(err.text, "2026-11-23T08:00:00Z"));
        assert_int_equal(ms, 77);
    }
}

static void written_values_read_back(void **state)
{
    (void)state;
    /* The step is prime, so that all months, leap days and milliseconds occur. */
    for (int64_t ms = 0; ms < INT64_C(4102444800000); ms += INT64_C(7777777777)) {
        char buf[DAQS_TIME_TEXT];
        int64_t back = -1;
        if (daqs_time_parse(daqs_time_format(ms, buf), NOW_MS, &back, NULL) != DAQS_OK ||
            back != ms)
            fail_msg("%s", buf);
    }
}

/* A time zone with an offset and daylight saving time, which must affect neither direction. */
static int set_time_zone(void **state)
{
    (void)state;
    setenv("TZ", "America/New_York", 1);
    tzset();
    return 0;
}

static void use_zone(const char *zone)
{
    assert_int_equal(setenv("TZ", zone, 1), 0);
    tzset();
}

/* Central European time, as a rule, so that no file of zones is needed. */
#define CENTRAL_EUROPE "CET-1CEST,M3.5.0,M10.5.0/3"

static void local_times_are_written_with_their_offset(void **state)
{
    char buf[DAQS_TIME_TEXT];
    (void)state;
    use_zone(CENTRAL_EUROPE);
    assert_string_equal(daqs_time_format_local(NOW_MS, buf), "2026-11-23T09:00:00+01:00");
    assert_string_equal(daqs_time_format_local(NOW_MS + 250, buf), "2026-11-23T09:00:00.250+01:00");
    assert_string_equal(daqs_time_format_local(INT64_C(1782900000000), buf),
                        "2026-07-01T12:00:00+02:00");
    use_zone("MART+9:30");
    assert_string_equal(daqs_time_format_local(NOW_MS, buf), "2026-11-22T22:30:00-09:30");
    assert_string_equal(daqs_time_format_local(-1, buf), "-");
    assert_string_equal(daqs_time_format(NOW_MS, buf), "2026-11-23T08:00:00Z");
    use_zone("UTC");
    assert_string_equal(daqs_time_format_local(NOW_MS, buf), "2026-11-23T08:00:00+00:00");
}

static void without_a_zone_a_local_time_is_of_the_own_one(void **state)
{
    static const struct {
        const char *text;
        int64_t utc_ms;
    } cases[] = {
        {"2026-11-23T09:00", NOW_MS},
        {"2026-11-23", NOW_MS - 9 * 3600 * 1000},
        {"2026-07-01T12:00:00", INT64_C(1782900000000)},
        {"2026-11-23T08:00:00Z", NOW_MS},
        {"2026-11-23T10:00:00+02:00", NOW_MS},
        {"1h", NOW_MS - 3600000},
        {"now", NOW_MS},
    };
    (void)state;
    use_zone(CENTRAL_EUROPE);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t ms = -1;
        assert_int_equal(daqs_time_parse_local(cases[i].text, NOW_MS, &ms, NULL), DAQS_OK);
        if (ms != cases[i].utc_ms)
            fail_msg("%s: %lld", cases[i].text, (long long)ms);
    }
    int64_t ms = -1;
    assert_int_equal(daqs_time_parse_local("2026-02-30", NOW_MS, &ms, NULL), DAQS_EINVALID);
}

static void local_times_come_back(void **state)
{
    char buf[DAQS_TIME_TEXT];
    (void)state;
    use_zone(CENTRAL_EUROPE);
    for (int64_t ms = INT64_C(1760000000000); ms < INT64_C(1800000000000); ms += 1234567890) {
        int64_t back = -1;
        daqs_time_format_local(ms, buf);
        assert_int_equal(daqs_time_parse(buf, NOW_MS, &back, NULL), DAQS_OK);
        assert_int_equal(back, ms);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_are_written_in_utc_with_milliseconds_only_if_there_are_any),
        cmocka_unit_test(points_and_spans_are_read),
        cmocka_unit_test(anything_else_is_refused_naming_the_forms),
        cmocka_unit_test(written_values_read_back),
        cmocka_unit_test(local_times_are_written_with_their_offset),
        cmocka_unit_test(without_a_zone_a_local_time_is_of_the_own_one),
        cmocka_unit_test(local_times_come_back),
    };
    return cmocka_run_group_tests(tests, set_time_zone, NULL);
}
