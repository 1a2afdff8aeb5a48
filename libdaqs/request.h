/* SPDX-License-Identifier: Apache-2.0 */
/* request - a request with the texts that it refers to, and the parts of its answer so far. */
#ifndef DAQS_LIBDAQS_REQUEST_H
#define DAQS_LIBDAQS_REQUEST_H

#include "libdaqs/daqs.h"
#include "libdaqs/paging.h"
#include "shared/wire/admin.h"

struct daqs_request {
    struct wire_request wire; /* without its user; its token is set when it is sent */
    struct daqs_arena texts;
    char token[WIRE_FIELD_BYTES + 1];
    struct paging paging;
    struct daqs_error failed; /* what was rejected first */
};

#endif
