/* SPDX-License-Identifier: Apache-2.0 */
/* duration - parses durations as people write them. */
#ifndef DAQS_BASE_DURATION_H
#define DAQS_BASE_DURATION_H

#include <stdint.h>

#include "shared/base/error.h"

/* Parses "100ms", "3s", "5m", "24h", "30d", "2w", "2y" (a year has 365 days) into milliseconds, 0
 * to 100 years. Rejects a bare number other than 0. DAQS_EINVALID: not a duration. DAQS_ERANGE:
 * longer than 100 years. */
int daqs_duration_parse(const char *text, int64_t *ret_ms, struct daqs_error *err);

#endif
