/* SPDX-License-Identifier: Apache-2.0 */
/* web_query - translates requests to the HTTP API into requests of the admin protocol. Pure,
 * because the input is untrusted. Only read-only verbs can result. */
#ifndef DAQS_CONTROLLERD_IO_HTTP_WEB_QUERY_H
#define DAQS_CONTROLLERD_IO_HTTP_WEB_QUERY_H

#include <stdbool.h>

#include "shared/http/http_target.h"
#include "shared/wire/admin.h"

struct web_query {
    struct wire_request request; /* its texts are in the target, and in 'after' */
    bool live;                   /* about the present, the same for all: may be shared */
    const char *field; /* name of an object's field for the answer's text; NULL: a table */
    char after[24];
};

/* Parses a target. DAQS_ENOTFOUND: unknown path. DAQS_EINVALID: a parameter is unknown, missing, or
 * has an invalid value. *ret points into the target and into itself. */
int web_query_parse(const struct http_target *target, int64_t now_ms, struct web_query *ret,
                    struct daqs_error *err);

#endif
