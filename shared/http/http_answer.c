/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/clock.h"
#include "shared/http/http_internal.h"
#include "shared/wire/table_json.h"

enum { PART_BYTES = 32 * 1024 };

#define POLICY                                                                                     \
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "              \
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

struct http_client *http_client_of(struct MHD_Connection *mhd)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info ? info->socket_context : NULL;
}

struct http_bytes http_text(char *text, size_t length)
{
    return (struct http_bytes){text, length, free, text};
}

static void release(struct http_bytes *bytes)
{
    if (bytes->release)
        bytes->release(bytes->owner);
    *bytes = (struct http_bytes){0};
}

static void wake(struct http_call *call)
{
    if (!call->waits)
        return;
    call->waits = false;
    MHD_resume_connection(call->connection);
}

static void finish(struct http_call *call, const struct http_head *head,
                   struct MHD_Response *response)
{
    static const char *const headers[][2] = {
        {"X-Content-Type-Options", "nosniff"},
        {"Referrer-Policy", "no-referrer"},
        {"Content-Security-Policy", POLICY},
    };
    if (response) {
        for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++)
            (void)MHD_add_response_header(response, headers[i][0], headers[i][1]);
        (void)MHD_add_response_header(response, "Content-Type", head->type);
        (void)MHD_add_response_header(response, "Cache-Control",
                                      head->etag ? "no-cache" : "no-store");
        if (head->etag)
            (void)MHD_add_response_header(response, "ETag", head->etag);
        if (head->retry)
            (void)MHD_add_response_header(response, "Retry-After", "1");
        if (head->status == MHD_HTTP_METHOD_NOT_ALLOWED)
            (void)MHD_add_response_header(response, "Allow", "GET, HEAD");
    }
    call->response = response;
    call->status = head->status;
    call->server->answers[head->status / 100 % 6]++;
    buckets_add(&call->server->took, daqs_now_us() - call->asked_us);
    if (!response)
        call->broken = true; /* out of memory: the connection is closed */
    wake(call);
}

/* Called when libmicrohttpd has room for more of the response. */
static ssize_t read_part(void *arg, uint64_t position, char *to, size_t capacity)
{
    struct http_call *call = arg;
    (void)position;
    if (call->sent == call->part.length && !call->last && !call->broken) {
        release(&call->part);
        call->sent = 0;
        call->source.more(call->source.arg, call);
    }
    if (call->broken)
        return MHD_CONTENT_READER_END_WITH_ERROR;
    size_t length = call->part.length - call->sent;
    if (length == 0 && call->last)
        return MHD_CONTENT_READER_END_OF_STREAM;
    if (length == 0) {
        call->waits = true;
        http_clients_owed(http_client_of(call->connection));
        MHD_suspend_connection(call->connection);
        return 0;
    }
    if (length > capacity)
        length = capacity;
    memcpy(to, (const char *)call->part.data + call->sent, length);
    call->sent += length;
    http_clients_sent(http_client_of(call->connection));
    return (ssize_t)length;
}

void http_answer(struct http_call *call, const struct http_head *head, struct http_bytes bytes)
{
    call->part = bytes;
    call->last = true;
    finish(call, head,
           MHD_create_response_from_callback(bytes.length, PART_BYTES, read_part, call, NULL));
}

void http_begin(struct http_call *call, const struct http_head *head, struct http_bytes first,
                const struct http_source *source)
{
    call->source = *source;
    call->part = first;
    finish(call, head,
           MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, PART_BYTES, read_part, call, NULL));
}

void http_part(struct http_call *call, struct http_bytes part, bool last)
{
    call->part = part;
    call->sent = 0;
    call->last = last;
    wake(call);
}

void http_break(struct http_call *call)
{
    call->broken = true;
    wake(call);
}

void http_hang_up(struct http_call *call)
{
    call->broken = true;
    http_clients_crowd_out(http_client_of(call->connection));
}

void http_refuse(struct http_call *call, unsigned status, const char *text)
{
    static const char none[] = "{\"error\": \"out of memory\"}\n";
    const struct http_head head = {.status = status,
                                   .type = "application/json",
                                   .retry = status == MHD_HTTP_TOO_MANY_REQUESTS ||
                                            status == MHD_HTTP_SERVICE_UNAVAILABLE};
    char *json = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&json, &length);
    if (out) {
        (void)fputs("{\"error\": ", out);
        table_json_text(out, text);
        (void)fputs("}\n", out);
    }
    if (!out || fclose(out) != 0) {
        free(json);
        http_answer(call, &head, (struct http_bytes){none, sizeof none - 1, NULL, NULL});
        return;
    }
    http_answer(call, &head, http_text(json, length));
}

void http_answer_done(struct http_call *call)
{
    if (call->response)
        MHD_destroy_response(call->response);
    release(&call->part);
    if (call->source.gone)
        call->source.gone(call->source.arg);
}
