/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "controllerd/io/http/web_internal.h"
#include "controllerd/io/http/web_query.h"
#include "shared/base/clock.h"
#include "shared/wire/table_json.h"

/* Answers are sent in parts. A client that reads slowly may hold one part; after HELD_MS it may be
 * disconnected for a newer client. */
enum { STREAMS_MOST = 64, HELD_MS = 10000 };

/* A request to the API, from its first part to its last. */
struct talk {
    struct web_wait wait; /* first member */
    struct web *web;
    struct http_call *call;
    struct web_query query;
    char token[WIRE_FIELD_BYTES + 1]; /* start of the next part */
    size_t rows;
    bool begun;
    bool asking; /* waiting for the loop */
    /* for streams */
    bool counted;
    int64_t given_ms; /* when the last part was given to the client */
    struct talk *prev;
    struct talk *next;
};

/* Returns the HTTP status for an error. */
static unsigned status_of(int code)
{
    switch (code) {
    case DAQS_ENOTFOUND:
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

static void fail(struct talk *talk, int code, const char *text)
{
    if (talk->begun) { /* ends the call, which frees the talk */
        http_break(talk->call);
        return;
    }
    http_refuse(talk->call, status_of(code), text);
    free(talk);
}

/* Encodes the reply's rows, unless that has been done. Returns false if out of memory. */
static bool make_json(struct web_reply *reply)
{
    if (reply->json)
        return true;
    FILE *out = open_memstream(&reply->json, &reply->json_length);
    if (!out)
        return false;
    table_json_part(out, &reply->reply.table, 1); /* so that each row begins with a comma */
    if (fclose(out) == 0)
        return true;
    free(reply->json);
    reply->json = NULL;
    return false;
}

/* Makes the array's next piece. Returns false if out of memory. */
static bool make_piece(struct talk *talk, struct web_reply *reply, bool last,
                       struct http_bytes *ret)
{
    char *text = NULL;
    size_t length = 0;
    if (!make_json(reply))
        return false;
    FILE *out = open_memstream(&text, &length);
    if (!out)
        return false;
    size_t before = talk->rows;
    size_t skip = before == 0 && reply->json_length > 0 ? strlen(",\n ") : 0;
    if (skip)
        (void)fputc('[', out);
    (void)fwrite(reply->json + skip, 1, reply->json_length - skip, out);
    talk->rows += daqs_table_rows(&reply->reply.table);
    if (last)
        table_json_end(out, talk->rows);
    if (fclose(out) != 0) {
        free(text);
        return false;
    }
    *ret = http_text(text, length);
    return true;
}

static void answer_object(struct talk *talk, const char *text)
{
    static const struct http_head head = {.status = 200, .type = "application/json"};
    char *json = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&json, &length);
    if (out) {
        (void)fprintf(out, "{\"%s\": ", talk->query.field);
        table_json_text(out, text);
        (void)fputs("}\n", out);
    }
    if (!out || fclose(out) != 0) {
        free(json);
        fail(talk, DAQS_ENOMEM, "out of memory");
        return;
    }
    http_answer(talk->call, &head, http_text(json, length));
    free(talk);
}

static void ask(struct talk *talk)
{
    talk->query.request.token = talk->token;
    talk->asking = true;
    int result = web_ask(talk->web->asker, &talk->query.request,
                         talk->query.live ? WEB_LIVE : WEB_OWN, web_now_ms(), &talk->wait);
    if (result != DAQS_OK)
        fail(talk, result, "too many questions are under way; try again");
}

static void ask_more(void *arg, struct http_call *call)
{
    (void)call;
    ask(arg);
}

/* --- streams --- */

static void count_in(struct talk *talk)
{
    talk->counted = true;
    talk->web->streams++;
    DL_APPEND(talk->web->talks, talk);
}

static void count_out(struct talk *talk)
{
    if (!talk->counted)
        return;
    talk->counted = false;
    talk->web->streams--;
    DL_DELETE(talk->web->talks, talk);
}

static void end_talk(void *arg)
{
    struct talk *talk = arg;
    count_out(talk);
    free(talk);
}

/* Returns true if there is room for one more stream. */
static bool make_capacity(struct web *web, int64_t now_ms)
{
    struct talk *talk = NULL;
    if (web->streams < STREAMS_MOST)
        return true;
    DL_FOREACH(web->talks, talk)
    {
        if (now_ms - talk->given_ms < HELD_MS)
            return false;
        if (talk->asking) /* the delay is on this side */
            continue;
        count_out(talk);
        http_hang_up(talk->call);
        return true;
    }
    return false;
}

static void answer_piece(struct talk *talk, struct http_bytes piece, bool last)
{
    static const struct http_head head = {.status = 200, .type = "application/json"};
    const struct http_source source = {ask_more, end_talk, talk};
    int64_t now_ms = web_now_ms();
    if (!talk->begun && last) {
        http_answer(talk->call, &head, piece);
        free(talk);
        return;
    }
    if (!talk->begun && !make_capacity(talk->web, now_ms)) {
        piece.release(piece.owner);
        fail(talk, DAQS_EBUSY, "too many long answers are under way; try again");
        return;
    }
    count_out(talk);
    count_in(talk); /* moves it to the end of the list */
    talk->given_ms = now_ms;
    if (talk->begun) {
        http_part(talk->call, piece, last);
        return;
    }
    talk->begun = true;
    http_begin(talk->call, &head, piece, &source);
}

static void heard(struct web_wait *wait, struct web_reply *reply)
{
    struct talk *talk = (struct talk *)wait;
    struct http_bytes piece;
    talk->asking = false;
    if (!reply) {
        fail(talk, DAQS_ETIMEOUT, "the controller does not answer");
        return;
    }
    if (reply->reply.code != DAQS_OK) {
        fail(talk, reply->reply.code, reply->reply.text);
        return;
    }
    if (talk->query.field) {
        answer_object(talk, reply->reply.text);
        return;
    }
    bool last = *reply->reply.token == '\0';
    (void)snprintf(talk->token, sizeof talk->token, "%s", reply->reply.token);
    if (!last && daqs_table_rows(&reply->reply.table) == 0)
        ask(talk); /* no matching rows in this part */
    else if (!make_piece(talk, reply, last, &piece))
        fail(talk, DAQS_ENOMEM, "out of memory");
    else
        answer_piece(talk, piece, last);
}

void web_api_answer(struct web *web, struct http_call *call)
{
    struct daqs_error err = {0};
    struct talk *talk = calloc(1, sizeof *talk);
    if (!talk) {
        http_refuse(call, 503, "out of memory");
        return;
    }
    *talk = (struct talk){.wait.heard = heard, .web = web, .call = call};
    int result = web_query_parse(http_call_target(call), daqs_wall_ms(daqs_clock_system()),
                                 &talk->query, &err);
    if (result != DAQS_OK) {
        fail(talk, result, err.text);
        return;
    }
    (void)snprintf(talk->token, sizeof talk->token, "%s", talk->query.request.token);
    ask(talk);
}
