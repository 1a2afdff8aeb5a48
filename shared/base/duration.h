/* duration - spans of time as people write them. */
#ifndef DAQS_BASE_DURATION_H
#define DAQS_BASE_DURATION_H

#include <stdint.h>

#include "shared/base/error.h"

/* Reads "100ms", "3s", "5m", "24h", "30d", "2w", "2y" (a year is 365 days) into milliseconds,
 * 0 to 100 years. A bare number other than 0 is refused. */
int daqs_duration_parse(const char *text, int64_t *ret_ms, struct daqs_error *err);

#endif
