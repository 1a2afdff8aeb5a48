/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/io/http/web_api.h"

#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "controllerd/io/http/web_query.h"
#include "shared/wire/table_json.h"

/* A client that reads slowly may hold one part; after HELD_MS it may be disconnected for a newer
 * client. */
enum { STREAMS_MAX = 64, HELD_MS = 10000 };

/* A request to the API, from its first part to its last. */
struct api_request {
    struct loop_wait wait; /* first member */
    struct web_api *api;
    struct http_call *call;
    struct web_query query;
    char token[WIRE_FIELD_BYTES + 1]; /* start of the next part */
    size_t rows;
    bool begun;
    bool waiting; /* for the loop */
    /* for streams */
    bool counted;
    int64_t given_ms; /* when the last part was given to the client */
    struct api_request *prev;
    struct api_request *next;
};

struct web_api {
    struct loop_client *loop;
    const struct daqs_clock *clock;
    struct api_request *streams; /* answers in parts; the longest unserved first */
    size_t stream_count;
};

struct web_api *web_api_new(struct loop_client *loop, const struct daqs_clock *clock)
{
    struct web_api *api = calloc(1, sizeof *api);
    if (api)
        *api = (struct web_api){.loop = loop, .clock = clock};
    return api;
}

void web_api_free(struct web_api *api)
{
    free(api);
}

/* Returns the HTTP status for an error. */
static unsigned status_of(int code)
{
    switch (code) {
    case DAQS_ENOTFOUND:
    case DAQS_EREFUSED: /* it is not to be had from this controller */
        return 404;
    case DAQS_EINVALID:
    case DAQS_ERANGE:
    case DAQS_EFORMAT:
        return 400;
    case DAQS_EBUSY:
    case DAQS_ESTORE:
    case DAQS_ETIMEOUT:
    case DAQS_ENOMEM:
        return 503;
    default:
        return 500;
    }
}

static void fail(struct api_request *request, int code, const char *text)
{
    if (request->begun) { /* ends the call, which frees the request */
        http_break(request->call);
        return;
    }
    http_refuse(request->call, status_of(code), text);
    free(request);
}

/* Makes the array's next piece. Returns false if out of memory. */
static bool make_piece(struct api_request *request, struct loop_reply *reply, bool last,
                       struct http_bytes *ret)
{
    char *text = NULL;
    size_t length = 0;
    if (!loop_reply_make_json(reply))
        return false;
    FILE *out = open_memstream(&text, &length);
    if (!out)
        return false;
    size_t skip = request->rows == 0 && reply->json_length > 0 ? strlen(",\n ") : 0;
    if (skip)
        (void)fputc('[', out);
    (void)fwrite(reply->json + skip, 1, reply->json_length - skip, out);
    request->rows += daqs_table_rows(&reply->wire.table) + reply->wire.missing;
    if (last)
        table_json_end(out, request->rows);
    if (fclose(out) != 0) {
        free(text);
        return false;
    }
    *ret = http_text(text, length);
    return true;
}

static void answer_object(struct api_request *request, const char *text)
{
    static const struct http_head head = {.status = 200, .type = "application/json"};
    char *json = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&json, &length);
    if (out) {
        (void)fprintf(out, "{\"%s\": ", request->query.field);
        table_json_text(out, text);
        (void)fputs("}\n", out);
    }
    if (!out || fclose(out) != 0) {
        free(json);
        fail(request, DAQS_ENOMEM, "out of memory");
        return;
    }
    http_answer(request->call, &head, http_text(json, length));
    free(request);
}

static void request_part(struct api_request *request)
{
    const struct web_api *api = request->api;
    request->query.request.token = request->token;
    request->waiting = true;
    int result = loop_client_request(api->loop, &request->query.request,
                                     request->query.live ? LOOP_PRESENT : LOOP_PAST,
                                     daqs_mono_ms(api->clock), &request->wait);
    if (result != DAQS_OK)
        fail(request, result, "too many requests are in progress; try again");
}

static void request_more(void *arg, struct http_call *call)
{
    (void)call;
    request_part(arg);
}

/* --- streams --- */

static void add_stream(struct api_request *request)
{
    request->counted = true;
    request->api->stream_count++;
    DL_APPEND(request->api->streams, request);
}

static void remove_stream(struct api_request *request)
{
    if (!request->counted)
        return;
    request->counted = false;
    request->api->stream_count--;
    DL_DELETE(request->api->streams, request);
}

static void end_stream(void *arg)
{
    struct api_request *request = arg;
    remove_stream(request);
    free(request);
}

/* Returns true if one more stream may begin. */
static bool make_capacity(struct web_api *api, int64_t now_ms)
{
    struct api_request *request = NULL;
    if (api->stream_count < STREAMS_MAX)
        return true;
    DL_FOREACH(api->streams, request)
    {
        if (now_ms - request->given_ms < HELD_MS)
            return false;
        if (request->waiting) /* the delay is on this side */
            continue;
        remove_stream(request);
        http_hang_up(request->call);
        return true;
    }
    return false;
}

static void answer_piece(struct api_request *request, struct http_bytes piece, bool last)
{
    static const struct http_head head = {.status = 200, .type = "application/json"};
    const struct http_source source = {request_more, end_stream, request};
    int64_t now_ms = daqs_mono_ms(request->api->clock);
    if (!request->begun && last) {
        http_answer(request->call, &head, piece);
        free(request);
        return;
    }
    if (!request->begun && !make_capacity(request->api, now_ms)) {
        piece.release(piece.owner);
        fail(request, DAQS_EBUSY, "too many long answers are in progress; try again");
        return;
    }
    remove_stream(request);
    add_stream(request); /* moves it to the end of the list */
    request->given_ms = now_ms;
    if (request->begun) {
        http_part(request->call, piece, last);
        return;
    }
    request->begun = true;
    http_begin(request->call, &head, piece, &source);
}

static void on_reply(struct loop_wait *wait, struct loop_reply *reply)
{
    struct api_request *request = (struct api_request *)wait;
    struct http_bytes piece;
    request->waiting = false;
    if (!reply) {
        fail(request, DAQS_ETIMEOUT, "the controller does not answer");
        return;
    }
    if (reply->wire.code != DAQS_OK) {
        fail(request, reply->wire.code, reply->wire.text);
        return;
    }
    if (request->query.field) {
        answer_object(request, reply->wire.text);
        return;
    }
    bool last = *reply->wire.token == '\0';
    (void)snprintf(request->token, sizeof request->token, "%s", reply->wire.token);
    if (!last && daqs_table_rows(&reply->wire.table) == 0 && reply->wire.missing == 0)
        request_part(request); /* no matching rows in this part */
    else if (!make_piece(request, reply, last, &piece))
        fail(request, DAQS_ENOMEM, "out of memory");
    else
        answer_piece(request, piece, last);
}

void web_api_answer(struct web_api *api, struct http_call *call)
{
    struct daqs_error err = {0};
    struct api_request *request = calloc(1, sizeof *request);
    if (!request) {
        http_refuse(call, 503, "out of memory");
        return;
    }
    *request = (struct api_request){.wait.on_reply = on_reply, .api = api, .call = call};
    int result =
        web_query_parse(http_call_target(call), daqs_wall_ms(api->clock), &request->query, &err);
    if (result != DAQS_OK) {
        fail(request, result, err.text);
        return;
    }
    (void)snprintf(request->token, sizeof request->token, "%s", request->query.request.token);
    request_part(request);
}
