/* enroll_line - lines that say whom to enroll: "NAME KEY" or "NAME KEY ROLE". */
#ifndef DAQS_TOOLS_ENROLL_LINE_H
#define DAQS_TOOLS_ENROLL_LINE_H

#include <stdio.h>

#include "shared/base/error.h"

enum { ENROLL_LINE_BYTES = 512 };

/* Zero-initialise before the first. */
struct enroll_line {
    unsigned number; /* of the line in the file, from 1 */
    const char *name;
    const char *key;
    const char *role; /* "": none given */
    char bytes[ENROLL_LINE_BYTES];
};

/* Reads the next line that is neither empty nor a comment ("# ..."). DAQS_ENOTFOUND: there is none.
 * DAQS_EINVALID with "line N: ..." if it is too long or has too few words or too many. */
int enroll_line_next(FILE *file, struct enroll_line *line, struct daqs_error *err);

#endif
