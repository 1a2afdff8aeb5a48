/* SPDX-License-Identifier: Apache-2.0 */
/* Durations, times and sizes as users write them. */
#include <string.h>

#include "shared/base/duration.h"
#include "shared/base/size.h"
#include "shared/base/time_text.h"
#include "tests/fuzz/harness.h"

#define NOW_MS INT64_C(1800000000123)
#define DURATION_MOST_MS (INT64_C(100) * 365 * 86400 * 1000)
#define YEAR_10000_MS INT64_C(253402300800000)

static void check_text(int64_t utc_ms)
{
    char text[DAQS_TIME_TEXT];
    int64_t again = -1;
    FUZZ_CHECK(daqs_time_parse(daqs_time_format(utc_ms, text), NOW_MS, &again, NULL) == DAQS_OK);
    FUZZ_CHECK(again == utc_ms);
}

static void run(const uint8_t *bytes, size_t length)
{
    const char *text = fuzz_text(bytes, length);
    struct daqs_error err = {0};
    int64_t span_ms = -1;
    int64_t utc_ms = -1;
    int64_t size = -1;
    bool span = daqs_duration_parse(text, &span_ms, NULL) == DAQS_OK;
    int result = daqs_time_parse(text, NOW_MS, &utc_ms, &err);
    bool is_size = daqs_size_parse(text, &size, NULL) == DAQS_OK;
    fuzz_decoded();
    FUZZ_CHECK(is_size ? size >= 0 && size <= DAQS_SIZE_MAX : size == -1);
    FUZZ_CHECK(span ? span_ms >= 0 && span_ms <= DURATION_MOST_MS : span_ms == -1);
    FUZZ_CHECK(!span || (result == DAQS_OK && utc_ms <= NOW_MS));
    FUZZ_CHECK(result == DAQS_OK || (result == err.code && utc_ms == -1 && err.text[0]));
    if (result == DAQS_OK) {
        FUZZ_CHECK(utc_ms >= 0 && utc_ms < YEAR_10000_MS);
        check_text(utc_ms);
    }
    if (length >= sizeof utc_ms) {
        memcpy(&utc_ms, bytes, sizeof utc_ms);
        check_text((int64_t)((uint64_t)utc_ms % (uint64_t)YEAR_10000_MS));
    }
}

const struct fuzz_target fuzz_target = {.run = run, .most_bytes = 64};
