/* web_query - what the HTTP API is asked, as a request of the admin protocol. Pure: for bytes of
 * strangers. Only verbs that look can come of it. */
#ifndef DAQS_CONTROLLERD_IO_WEB_QUERY_H
#define DAQS_CONTROLLERD_IO_WEB_QUERY_H

#include <stdbool.h>

#include "shared/http/http_target.h"
#include "shared/wire/admin.h"

struct web_query {
    struct wire_request request; /* its texts are the target's, and 'after' */
    bool live;                   /* about now, the same for all who ask: may be shared */
    const char *field;           /* of an object that has the answer's text; NULL: a table */
    char after[24];
};

/* A request about everything, with defaults only. */
struct wire_request web_request(enum wire_verb verb);

/* DAQS_ENOTFOUND: no such path. DAQS_EINVALID: a parameter it does not take, that is missing, or
 * whose value is none. *ret points into the target and into itself. */
int web_query_parse(const struct http_target *target, int64_t now_ms, struct web_query *ret,
                    struct daqs_error *err);

#endif
