/* SPDX-License-Identifier: Apache-2.0 */
#include "shared/base/sla_section.h"

#include <stdbool.h>
#include <string.h>

static void write_name(FILE *file, const char *name, const char *special)
{
    size_t length = strlen(name);
    for (size_t i = 0; i < length; i++) {
        bool edge = (name[i] == ' ' || name[i] == '\t') && (i == 0 || i + 1 == length);
        if (edge || (unsigned char)name[i] < ' ' || strchr(special, name[i]))
            (void)fprintf(file, "%%%02X", (unsigned char)name[i]);
        else
            (void)fputc(name[i], file);
    }
}

void sla_section_write(FILE *file, const char *host, const char *vm, daqs_bps min, daqs_bps max,
                       uint32_t weight)
{
    char rate[DAQS_RATE_TEXT];
    (void)fputc('[', file);
    write_name(file, host, "%];#/");
    (void)fputc('/', file);
    write_name(file, vm, "%];#");
    (void)fputs("]\n", file);
    if (min > 0)
        (void)fprintf(file, "min = %s\n", daqs_rate_format(min, rate));
    if (max != DAQS_UNLIMITED)
        (void)fprintf(file, "max = %s\n", daqs_rate_format(max, rate));
    (void)fprintf(file, "weight = %u\n", (unsigned)weight);
}
