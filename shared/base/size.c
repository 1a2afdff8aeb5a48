/* SPDX-License-Identifier: Apache-2.0 */
#include "shared/base/size.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#define FORMS "write it like 500MB, 1GB or 2TB"

int daqs_size_parse(const char *text, int64_t *ret_bytes, struct daqs_error *err)
{
    static const struct {
        const char *prefix;
        int64_t bytes;
    } units[] = {{"k", 1000},
                 {"M", INT64_C(1000000)},
                 {"G", INT64_C(1000000000)},
                 {"T", INT64_C(1000000000000)}};
    const char *p = text;
    int64_t number = 0;
    for (; isdigit((unsigned char)*p); p++) {
        number = number * 10 + (*p - '0');
        if (number > DAQS_SIZE_MAX)
            return daqs_fail(err, DAQS_ERANGE, "size '%.40s' is too large", text);
    }
    if (p == text)
        return daqs_fail(err, DAQS_EINVALID, "'%.40s' is not a size; " FORMS, text);
    int64_t unit = strcmp(p, "B") == 0 || (*p == '\0' && number == 0) ? 1 : 0;
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
        if (strncasecmp(p, units[i].prefix, 1) == 0 && (p[1] == '\0' || strcmp(p + 1, "B") == 0))
            unit = units[i].bytes;
    if (unit == 0)
        return daqs_fail(err, DAQS_EINVALID, "'%.40s' is not a size; " FORMS, text);
    if (number > DAQS_SIZE_MAX / unit)
        return daqs_fail(err, DAQS_ERANGE, "size '%.40s' is too large", text);
    *ret_bytes = number * unit;
    return DAQS_OK;
}
