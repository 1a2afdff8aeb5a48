/* time_text - points in time as people and programs write them (RFC 3339, UTC). */
#ifndef DAQS_BASE_TIME_TEXT_H
#define DAQS_BASE_TIME_TEXT_H

#include <stdint.h>

#include "shared/base/error.h"

#define DAQS_TIME_TEXT 32

/* "2026-11-23T08:00:00Z", with milliseconds if there are any. Returns buf. */
const char *daqs_time_format(int64_t utc_ms, char buf[static DAQS_TIME_TEXT]);

/* Reads what daqs_time_format writes, also with a blank for the T, without the Z (it is UTC all the
 * same) and to the minute only; a day such as "2026-11-23" as its beginning; a span such as "1h" as
 * that long before now_ms; or "now". Days that the month does not have are refused. */
int daqs_time_parse(const char *text, int64_t now_ms, int64_t *ret_ms, struct daqs_error *err);

#endif
