#include "shared/base/time_text.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "shared/base/duration.h"

const char *daqs_time_format(int64_t utc_ms, char buf[static DAQS_TIME_TEXT])
{
    time_t seconds = utc_ms / 1000;
    unsigned ms = (unsigned)(utc_ms % 1000);
    struct tm tm;
    if (utc_ms < 0 || !gmtime_r(&seconds, &tm) || tm.tm_year > 9999 - 1900) {
        (void)snprintf(buf, DAQS_TIME_TEXT, "-");
        return buf;
    }
    size_t n = strftime(buf, DAQS_TIME_TEXT, "%Y-%m-%dT%H:%M:%S", &tm);
    if (ms)
        (void)snprintf(buf + n, DAQS_TIME_TEXT - n, ".%03uZ", ms);
    else
        (void)snprintf(buf + n, DAQS_TIME_TEXT - n, "Z");
    return buf;
}

int daqs_time_parse(const char *text, int64_t now_ms, int64_t *ret_ms, struct daqs_error *err)
{
    struct tm tm = {0};
    int64_t span_ms;
    if (strcmp(text, "now") == 0) {
        *ret_ms = now_ms;
        return DAQS_OK;
    }
    if (daqs_duration_parse(text, &span_ms, NULL) == DAQS_OK) {
        *ret_ms = span_ms < now_ms ? now_ms - span_ms : 0;
        return DAQS_OK;
    }
    const char *end = strptime(text, "%Y-%m-%dT%H:%M:%SZ", &tm);
    time_t seconds = end && *end == '\0' ? timegm(&tm) : -1;
    if (seconds < 0)
        return daqs_fail(err, DAQS_EINVALID,
                         "'%.40s' is not a time; write it like 1h (ago) or 2026-11-23T08:00:00Z",
                         text);
    *ret_ms = (int64_t)seconds * 1000;
    return DAQS_OK;
}
