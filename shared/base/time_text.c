#include "shared/base/time_text.h"

#include <ctype.h>
#include <stdbool.h>
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

/* "Z", or ".250Z" as 250 ms; -1 if it is neither. */
static int read_end(const char *p)
{
    if (strcmp(p, "Z") == 0)
        return 0;
    if (p[0] != '.' || !isdigit((unsigned char)p[1]) || !isdigit((unsigned char)p[2]) ||
        !isdigit((unsigned char)p[3]) || strcmp(p + 4, "Z") != 0)
        return -1;
    return (p[1] - '0') * 100 + (p[2] - '0') * 10 + (p[3] - '0');
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
    bool whole_day = strlen(text) == strlen("2026-11-23");
    const char *end = strptime(text, whole_day ? "%Y-%m-%d" : "%Y-%m-%dT%H:%M:%S", &tm);
    int ms = !end ? -1 : whole_day ? (*end ? -1 : 0) : read_end(end);
    int day = tm.tm_mday;
    time_t seconds = ms >= 0 ? timegm(&tm) : -1; /* turns February 30 into March */
    if (seconds < 0 || tm.tm_mday != day)
        return daqs_fail(
            err, DAQS_EINVALID,
            "'%.40s' is not a time; write it like 1h (ago), 2026-11-23 or 2026-11-23T08:00:00Z",
            text);
    *ret_ms = (int64_t)seconds * 1000 + ms;
    return DAQS_OK;
}
