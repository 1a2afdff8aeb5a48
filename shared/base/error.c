/* SPDX-License-Identifier: Apache-2.0 */
#include "shared/base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#undef daqs_fail /* the macro for the analyzer */

const char *daqs_strerror(int code)
{
    switch ((enum daqs_code)code) {
    case DAQS_OK:
        return "success";
#define X(name, number, text)                                                                      \
    case DAQS_E##name:                                                                             \
        return text;
        DAQS_ERRORS(X)
#undef X
    }
    return "unknown error";
}

int daqs_fail(struct daqs_error *err, int code, const char *format, ...)
{
    if (!err)
        return code;
    va_list args;
    va_start(args, format);
    err->code = code;
    (void)vsnprintf(err->text, sizeof err->text, format, args);
    va_end(args);
    return code;
}

int daqs_wrap(struct daqs_error *err, const char *format, ...)
{
    if (!err)
        return DAQS_EIO;
    char old[sizeof err->text];
    memcpy(old, err->text, sizeof old);
    va_list args;
    va_start(args, format);
    int n = vsnprintf(err->text, sizeof err->text, format, args);
    va_end(args);
    if (n >= 0 && (size_t)n < sizeof err->text)
        (void)snprintf(err->text + n, sizeof err->text - (size_t)n, ": %.200s", old);
    return err->code;
}
