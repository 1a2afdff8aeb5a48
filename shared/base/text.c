/* SPDX-License-Identifier: Apache-2.0 */
#include "shared/base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void daqs_text_add(char *text, size_t size, const char *separator, const char *format, ...)
{
    size_t used = strlen(text);
    va_list args;
    if (used > 0)
        (void)snprintf(text + used, size - used, "%s", separator);
    used = strlen(text);
    va_start(args, format);
    (void)vsnprintf(text + used, size - used, format, args);
    va_end(args);
}
