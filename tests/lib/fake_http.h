/* SPDX-License-Identifier: Apache-2.0 */
/* fake_http - calls of an HTTP server without a server. A test program that is linked with this
 * file gets these functions of shared/http/http.h instead of those of libmicrohttpd. */
#ifndef DAQS_TESTS_LIB_FAKE_HTTP_H
#define DAQS_TESTS_LIB_FAKE_HTTP_H

#include "shared/http/http.h"

struct http_call {
    struct http_target target;
    const char *header; /* every header has this value; NULL: there are none */
    unsigned status;    /* 0: not answered yet */
    const char *type;
    const char *etag; /* NULL: none */
    bool retry;
    char *body; /* as far as received */
    size_t length;
    bool complete;
    bool broken;
    bool hung_up;
    struct http_source source; /* of a response in parts */
};

/* Returns a request for a valid target, which fake_call_close frees. */
struct http_call *fake_call(const char *target);
/* Lets the client read all it has been given: the source owes the next part. */
void fake_call_read(struct http_call *call);
/* Ends an answered call. */
void fake_call_close(struct http_call *call);

#endif
