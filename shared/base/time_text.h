/* SPDX-License-Identifier: Apache-2.0 */
/* time_text - points in time as people and programs write them (RFC 3339, UTC). */
#ifndef DAQS_BASE_TIME_TEXT_H
#define DAQS_BASE_TIME_TEXT_H

#include <stdint.h>

#include "shared/base/error.h"

#define DAQS_TIME_TEXT 32

/* Writes a time as "2026-11-23T08:00:00Z", with milliseconds unless they are 0; "-" for a time
 * before 1970 or after 9999. Returns buf. */
const char *daqs_time_format(int64_t utc_ms, char buf[static DAQS_TIME_TEXT]);

/* Likewise in the process's time zone (TZ): "2026-11-23T09:00:00+01:00". */
const char *daqs_time_format_local(int64_t utc_ms, char buf[static DAQS_TIME_TEXT]);

/* Parses what these write, also with a blank instead of the T, without a zone (the time is UTC) and
 * without seconds. Also parses a day such as "2026-11-23" (its beginning), a duration such as "1h"
 * (that long before now_ms) and "now". Rejects days that the month does not have. DAQS_EINVALID:
 * not a time. */
int daqs_time_parse(const char *text, int64_t now_ms, int64_t *ret_ms, struct daqs_error *err);

/* Likewise, but a time or a day without a zone is one of the process's time zone. Where clocks are
 * set, mktime(3) decides what an hour that comes twice, or not at all, is. */
int daqs_time_parse_local(const char *text, int64_t now_ms, int64_t *ret_ms,
                          struct daqs_error *err);

#endif
