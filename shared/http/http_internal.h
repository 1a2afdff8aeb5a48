/* SPDX-License-Identifier: Apache-2.0 */
/* http_internal - what the two files of the HTTP server share: http.c receives requests,
 * http_answer.c sends the responses. */
#ifndef DAQS_HTTP_HTTP_INTERNAL_H
#define DAQS_HTTP_HTTP_INTERNAL_H

#include <microhttpd.h>

#include "shared/http/http.h"
#include "shared/http/http_clients.h"

struct http_server {
    struct http_settings settings;
    char *hosts; /* NULL: any */
    struct MHD_Daemon *daemon;
    int fd;
    struct http_clients clients;
    uint64_t answers[6];
    struct buckets took;
};

struct http_call {
    struct http_server *server;
    struct MHD_Connection *connection;
    struct http_target target;
    struct daqs_error problem; /* in the target */
    bool asked;                /* the headers are complete */
    bool waits;                /* suspended */
    int64_t asked_us;
    struct MHD_Response *response; /* NULL: none yet */
    unsigned status;
    struct http_source source;
    struct http_bytes part;
    size_t sent; /* bytes of 'part' */
    bool last;
    bool broken;
};

struct http_client *http_client_of(struct MHD_Connection *connection);
/* Frees what is left of the response when the call ends. */
void http_answer_done(struct http_call *call);

#endif
