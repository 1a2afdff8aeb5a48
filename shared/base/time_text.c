/* SPDX-License-Identifier: Apache-2.0 */
#include "shared/base/time_text.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "shared/base/duration.h"

/* Writes a time without its zone. Returns its length, or 0 if it is not one that is written. */
static size_t format_point(int64_t utc_ms, bool local, char buf[static DAQS_TIME_TEXT],
                           struct tm *ret)
{
    const time_t seconds = utc_ms / 1000;
    const unsigned ms = (unsigned)(utc_ms % 1000);
    if (utc_ms < 0 || !(local ? localtime_r(&seconds, ret) : gmtime_r(&seconds, ret)) ||
        ret->tm_year > 9999 - 1900) {
        (void)snprintf(buf, DAQS_TIME_TEXT, "-");
        return 0;
    }
    size_t n = strftime(buf, DAQS_TIME_TEXT, "%Y-%m-%dT%H:%M:%S", ret);
    if (ms)
        n += (size_t)snprintf(buf + n, DAQS_TIME_TEXT - n, ".%03u", ms);
    return n;
}

const char *daqs_time_format(int64_t utc_ms, char buf[static DAQS_TIME_TEXT])
{
    struct tm tm;
    const size_t n = format_point(utc_ms, false, buf, &tm);
    if (n > 0)
        (void)snprintf(buf + n, DAQS_TIME_TEXT - n, "Z");
    return buf;
}

const char *daqs_time_format_local(int64_t utc_ms, char buf[static DAQS_TIME_TEXT])
{
    struct tm tm;
    tzset(); /* localtime_r may leave that out */
    const size_t n = format_point(utc_ms, true, buf, &tm);
    const long minutes = tm.tm_gmtoff / 60;
    const long away = minutes < 0 ? -minutes : minutes;
    if (n > 0)
        (void)snprintf(buf + n, DAQS_TIME_TEXT - n, "%c%02ld:%02ld", minutes < 0 ? '-' : '+',
                       away / 60 % 24, away % 60);
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

/* A time as it is written. */
struct point {
    struct tm tm;
    int ms;
    bool has_zone;
    int minutes; /* its zone's, east of UTC */
};

/* Parses "", "Z" or an offset such as "+01:00". */
static bool read_zone(const char *p, struct point *ret)
{
    ret->has_zone = *p != '\0';
    if (!ret->has_zone || strcmp(p, "Z") == 0)
        return true;
    const char *rest = skip_shape(p + 1, "00:00");
    const int hours = rest ? (p[1] - '0') * 10 + (p[2] - '0') : 0;
    const int minutes = rest ? (p[4] - '0') * 10 + (p[5] - '0') : 0;
    ret->minutes = (*p == '-' ? -1 : 1) * (hours * 60 + minutes);
    return rest && !*rest && (*p == '+' || *p == '-') && hours < 24 && minutes < 60;
}

/* Parses milliseconds, if there are any, and the zone. */
static bool read_end(const char *p, struct point *ret)
{
    const char *rest = skip_shape(p, ".000");
    if (rest)
        ret->ms = (p[1] - '0') * 100 + (p[2] - '0') * 10 + (p[3] - '0');
    return read_zone(rest ? rest : p, ret);
}

/* The shape is checked first, because strptime also accepts blanks and single digits. */
static bool read_point(const char *text, struct point *ret)
{
    const char *rest = skip_shape(text, "0000-00-00");
    if (!rest || strptime(text, "%Y-%m-%d", &ret->tm) != rest)
        return false;
    if (*rest == '\0')
        return true;
    const char *clock = rest + 1;
    if (*rest != 'T' && *rest != ' ')
        return false;
    rest = skip_shape(clock, "00:00:00");
    if (rest)
        return strptime(clock, "%H:%M:%S", &ret->tm) == rest && read_end(rest, ret);
    rest = skip_shape(clock, "00:00");
    return rest && strptime(clock, "%H:%M", &ret->tm) == rest && read_zone(rest, ret);
}

/* Returns the second, or a negative number if there is no such day, or it is before 1970. */
static int64_t second_of(const struct point *point, bool local)
{
    struct tm tm = point->tm;
    const time_t utc = timegm(&tm); /* turns February 30 into March */
    if (tm.tm_mday != point->tm.tm_mday)
        return -1;
    if (point->has_zone || !local)
        return (int64_t)utc - (int64_t)point->minutes * 60;
    tm = point->tm;
    tm.tm_isdst = -1; /* not known */
    return mktime(&tm);
}

static int parse(const char *text, bool local, int64_t now_ms, int64_t *ret_ms,
                 struct daqs_error *err)
{
    struct point point = {.ms = 0};
    int64_t span_ms;
    if (strcmp(text, "now") == 0) {
        *ret_ms = now_ms;
        return DAQS_OK;
    }
    if (daqs_duration_parse(text, &span_ms, NULL) == DAQS_OK) {
        *ret_ms = span_ms < now_ms ? now_ms - span_ms : 0;
        return DAQS_OK;
    }
    const int64_t second = read_point(text, &point) ? second_of(&point, local) : -1;
    if (second < 0)
        return daqs_fail(err, DAQS_EINVALID,
                         "'%.40s' is not a time; write it like 1h (ago), 2026-11-23, "
                         "2026-11-23T08:00 or 2026-11-23T08:00:00Z (UTC)",
                         text);
    *ret_ms = second * 1000 + point.ms;
    return DAQS_OK;
}

int daqs_time_parse(const char *text, int64_t now_ms, int64_t *ret_ms, struct daqs_error *err)
{
    return parse(text, false, now_ms, ret_ms, err);
}

int daqs_time_parse_local(const char *text, int64_t now_ms, int64_t *ret_ms, struct daqs_error *err)
{
    return parse(text, true, now_ms, ret_ms, err);
}
