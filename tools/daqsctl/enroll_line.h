/* SPDX-License-Identifier: Apache-2.0 */
/* enroll_line - parses lines with keys to enroll: "NAME KEY" or "NAME KEY ROLE". */
#ifndef DAQS_TOOLS_ENROLL_LINE_H
#define DAQS_TOOLS_ENROLL_LINE_H

#include <stdio.h>

#include "shared/base/error.h"

enum { ENROLL_LINE_BYTES = 512 };

/* Zero-initialise before the first call. */
struct enroll_line {
    unsigned number; /* of the line in the file, from 1 */
    const char *name;
    const char *key;
    const char *role; /* "": not given */
    char bytes[ENROLL_LINE_BYTES];
};

/* Reads the next line that is neither empty nor a comment ("# ..."). DAQS_ENOTFOUND: end of file.
 * DAQS_EINVALID, with "line N: ...": the line is too long, has zero bytes, or has too few or too
 * many words. */
int enroll_line_next(FILE *file, struct enroll_line *line, struct daqs_error *err);

#endif
