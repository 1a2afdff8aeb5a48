/* SPDX-License-Identifier: Apache-2.0 */
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

/* Returns the rest of a text that begins with the shape, in which 0 stands for any digit; NULL if
 * it does not. */
static const char *skip_shape(const char *text, const char *shape)
{
    for (; *shape; shape++, text++)
        if (*shape == '0' ? !isdigit((unsigned char)*text) : *text != *shape)
            return NULL;
    return text;
}

/* Parses "", "Z", ".250" or ".250Z"; *ret_ms is then 0 or 250. */
static bool read_end(const char *p, int *ret_ms)
{
    const char *rest = skip_shape(p, ".000");
    *ret_ms = rest ? (p[1] - '0') * 100 + (p[2] - '0') * 10 + (p[3] - '0') : 0;
    rest = rest ? rest : p;
    return *rest == '\0' || strcmp(rest, "Z") == 0;
}

/* The shape is checked first, because strptime also accepts blanks and single digits. */
static bool read_point(const char *text, struct tm *ret, int *ret_ms)
{
    const char *rest = skip_shape(text, "0000-00-00");
    if (!rest || strptime(text, "%Y-%m-%d", ret) != rest)
        return false;
    *ret_ms = 0;
    if (*rest == '\0')
        return true;
    const char *clock = rest + 1;
    if (*rest != 'T' && *rest != ' ')
        return false;
    rest = skip_shape(clock, "00:00:00");
    if (rest)
        return strptime(clock, "%H:%M:%S", ret) == rest && read_end(rest, ret_ms);
    rest = skip_shape(clock, "00:00");
    return rest && strptime(clock, "%H:%M", ret) == rest && (!*rest || strcmp(rest, "Z") == 0);
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
    int ms = 0;
    bool good = read_point(text, &tm, &ms);
    int day = tm.tm_mday;
    time_t seconds = good ? timegm(&tm) : -1; /* turns February 30 into March */
    if (seconds < 0 || tm.tm_mday != day)
        return daqs_fail(err, DAQS_EINVALID,
                         "'%.40s' is not a time; write it like 1h (ago), 2026-11-23, "
                         "2026-11-23T08:00 or 2026-11-23T08:00:00Z (UTC)",
                         text);
    *ret_ms = (int64_t)seconds * 1000 + ms;
    return DAQS_OK;
}
