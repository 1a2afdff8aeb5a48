/* SPDX-License-Identifier: Apache-2.0 */
/* paging - detects an answer in parts that does not end, as a faulty controller, or another
 * program, may send it. Pure. */
#ifndef DAQS_LIBDAQS_PAGING_H
#define DAQS_LIBDAQS_PAGING_H

#include <stddef.h>

#include "shared/base/error.h"
#include "shared/wire/admin.h"

/* Parts in a row without rows. A report has such parts for VMs without history: of the 100,000
 * hosts and 4096 VMs that a controller takes, no answer has as many in a row. */
#define PAGING_EMPTY_MOST 10000

/* One answer; {0} before its first part. */
struct paging {
    size_t parts;
    size_t empty;     /* the last ones, without rows */
    size_t mark_part; /* the part that ended with 'mark' */
    char mark[WIRE_FIELD_BYTES + 1];
};

/* Notes a part with this many rows, and the token of the next one, which is not "". DAQS_ERANGE:
 * the answer does not end, because a token comes again, or because no rows come. Any cycle of
 * tokens is found, in at most three times its length. */
int paging_next(struct paging *paging, size_t rows, const char *token, struct daqs_error *err);

#endif
