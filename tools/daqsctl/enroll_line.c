/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/daqsctl/enroll_line.h"

#include <string.h>

#define BLANKS " \t\r\n"

/* Reads a line as fgets does, but keeps what follows a zero byte. Returns the number of bytes. */
static size_t read_bytes(FILE *file, char line[static ENROLL_LINE_BYTES])
{
    size_t length = 0;
    int c = 0;
    while (length < ENROLL_LINE_BYTES - 1 && c != '\n' && (c = getc(file)) != EOF)
        line[length++] = (char)c;
    line[length] = '\0';
    return length;
}

int enroll_line_next(FILE *file, struct enroll_line *line, struct daqs_error *err)
{
    char *rest = NULL;
    const char *name = NULL;
    while (!name || *name == '#') {
        size_t length = read_bytes(file, line->bytes);
        if (length == 0)
            return DAQS_ENOTFOUND;
        line->number++;
        if (memchr(line->bytes, '\0', length))
            return daqs_fail(err, DAQS_EINVALID, "line %u: it contains zero bytes", line->number);
        /* The rest of a long line, even of a comment, would be parsed as a line. */
        if (length == ENROLL_LINE_BYTES - 1 && line->bytes[length - 1] != '\n')
            return daqs_fail(err, DAQS_EINVALID, "line %u: it is too long", line->number);
        name = strtok_r(line->bytes, BLANKS, &rest);
    }
    const char *key = strtok_r(NULL, BLANKS, &rest);
    const char *role = key ? strtok_r(NULL, BLANKS, &rest) : NULL;
    if (!key || (role && strtok_r(NULL, BLANKS, &rest)))
        return daqs_fail(err, DAQS_EINVALID, "line %u: write it like NAME KEY, or NAME KEY ROLE",
                         line->number);
    line->name = name;
    line->key = key;
    line->role = role ? role : "";
    return DAQS_OK;
}
