/* SPDX-License-Identifier: Apache-2.0 */
#include "shared/base/duration.h"

#include <ctype.h>
#include <string.h>

#define FORMS "write it like 100ms, 3s, 5m, 24h, 30d, 2w or 2y"

int daqs_duration_parse(const char *text, int64_t *ret_ms, struct daqs_error *err)
{
    static const struct {
        const char *name;
        int64_t ms;
    } units[] = {
        {"ms", 1},
        {"s", 1000},
        {"m", 60 * 1000},
        {"min", 60 * 1000},
        {"h", 3600 * 1000},
        {"d", INT64_C(86400) * 1000},
        {"w", INT64_C(7) * 86400 * 1000},
        {"y", INT64_C(365) * 86400 * 1000},
    };
    const int64_t most_ms = 100 * INT64_C(365) * 86400 * 1000;

    const char *p = text;
    int64_t number = 0;
    for (; isdigit((unsigned char)*p); p++) {
        number = number * 10 + (*p - '0');
        if (number > most_ms)
            return daqs_fail(err, DAQS_ERANGE, "duration '%.40s' is too long", text);
    }
    if (p == text)
        return daqs_fail(err, DAQS_EINVALID, "'%.40s' is not a duration; " FORMS, text);
    if (*p == '\0' && number == 0) {
        *ret_ms = 0;
        return DAQS_OK;
    }
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (strcmp(p, units[i].name) != 0)
            continue;
        if (number > most_ms / units[i].ms)
            return daqs_fail(err, DAQS_ERANGE, "duration '%.40s' is too long", text);
        *ret_ms = number * units[i].ms;
        return DAQS_OK;
    }
    return daqs_fail(err, DAQS_EINVALID, "'%.40s' is not a duration; " FORMS, text);
}
