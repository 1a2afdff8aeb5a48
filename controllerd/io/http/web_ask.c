/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "controllerd/io/http/web_internal.h"
#include "shared/base/rate_limit.h"
#include "shared/net/socket.h"
#include "shared/wire/bus.h"

/* How many requests of any kind may be in progress for another one of this kind to be sent. Those
 * about the past, which take longest, leave room for those about the present, and both leave room
 * for metrics and health, which are few. */
static const size_t under_way_most[] = {
    [WEB_OWN] = 16, [WEB_LIVE] = 24, [WEB_SCRAPE] = 28, [WEB_HEALTH] = 28};
enum { KEPT_MOST = 32, SECOND_US = 1000000 };
enum { FRESH_MS = 1000, PATIENCE_MS = 30000, HEALTH_PATIENCE_MS = 3000 };
enum { ARENA_BYTES = 64 * WIRE_MESSAGE_MAX };

struct web_question {
    uint64_t id;
    enum web_kind kind;
    uint8_t *request; /* as sent, but with id 0 */
    size_t length;
    int64_t asked_ms;
    int64_t heard_ms;        /* 0: no answer yet */
    struct web_reply *reply; /* kept for later requests */
    struct web_wait *waits;
    struct web_question *prev;
    struct web_question *next;
};

struct web_asker {
    zsock_t *socket;
    uint32_t a_second;
    struct rate_limit asked; /* except metrics and health, which are few */
    uint64_t last_id;
    struct web_question *questions; /* in progress, and kept; oldest first */
    size_t under_way;
    size_t kept;
    bool ended;
};

static bool is_shared(enum web_kind kind)
{
    return kind == WEB_LIVE || kind == WEB_HEALTH;
}

void web_reply_hold(struct web_reply *reply)
{
    reply->holders++;
}

void web_reply_drop(struct web_reply *reply)
{
    if (!reply || --reply->holders > 0)
        return;
    daqs_arena_done(&reply->arena);
    free(reply->json);
    free(reply);
}

/* Takes all waits off the question first, because a callback may ask again. */
static void tell(struct web_question *question, struct web_reply *reply)
{
    struct web_wait *waits = question->waits;
    question->waits = NULL;
    while (waits) {
        struct web_wait *wait = waits;
        LL_DELETE(waits, wait);
        wait->heard(wait, reply);
    }
}

static void forget(struct web_asker *asker, struct web_question *question)
{
    DL_DELETE(asker->questions, question);
    asker->kept -= question->heard_ms != 0;
    asker->under_way -= question->heard_ms == 0;
    tell(question, NULL);
    web_reply_drop(question->reply);
    free(question->request);
    free(question);
}

struct web_asker *web_asker_new(uint32_t a_second, struct daqs_error *err)
{
    struct web_asker *asker = calloc(1, sizeof *asker);
    if (!asker) {
        daqs_fail(err, DAQS_ENOMEM, "out of memory");
        return NULL;
    }
    asker->a_second = a_second;
    asker->socket = net_dealer_new(WEB_ENDPOINT, NULL, NULL, err);
    if (asker->socket)
        return asker;
    free(asker);
    return NULL;
}

void web_asker_end(struct web_asker *asker)
{
    asker->ended = true;
    while (asker->questions)
        forget(asker, asker->questions);
}

void web_asker_free(struct web_asker *asker)
{
    if (!asker)
        return;
    web_asker_end(asker);
    zsock_destroy(&asker->socket);
    free(asker);
}

zsock_t *web_asker_socket(const struct web_asker *asker)
{
    return asker->socket;
}

/* --- receiving --- */

static struct web_question *find_id(const struct web_asker *asker, uint64_t id)
{
    struct web_question *question = NULL;
    DL_FOREACH(asker->questions, question)
    {
        if (question->id == id && question->heard_ms == 0)
            return question;
    }
    return NULL;
}

/* Returns a reply that the caller drops; NULL if it is invalid, or if out of memory. */
static struct web_reply *read_reply(zmq_msg_t *body)
{
    struct web_reply *reply = calloc(1, sizeof *reply);
    if (!reply)
        return NULL;
    reply->holders = 1;
    daqs_arena_init(&reply->arena, ARENA_BYTES);
    if (wire_decode_reply(zmq_msg_data(body), zmq_msg_size(body), &reply->arena, &reply->reply,
                          NULL) == DAQS_OK)
        return reply;
    web_reply_drop(reply);
    return NULL;
}

static void take_reply(struct web_asker *asker, struct web_reply *reply, int64_t now_ms)
{
    struct web_question *question = find_id(asker, reply->reply.id);
    if (!question) { /* expired */
        web_reply_drop(reply);
        return;
    }
    question->heard_ms = now_ms;
    question->reply = reply;
    asker->under_way--;
    asker->kept++;
    web_reply_hold(reply);
    tell(question, reply);
    web_reply_drop(reply);
    if (!is_shared(question->kind))
        forget(asker, question);
}

void web_asker_receive(struct web_asker *asker, int64_t now_ms)
{
    zmq_msg_t body;
    for (;;) {
        int result = net_receive(asker->socket, NULL, &body);
        if (result == DAQS_ENOTFOUND)
            return;
        if (result != DAQS_OK)
            continue;
        struct web_reply *reply = read_reply(&body);
        zmq_msg_close(&body);
        if (reply)
            take_reply(asker, reply, now_ms);
    }
}

static bool is_over(const struct web_asker *asker, const struct web_question *question,
                    int64_t now_ms)
{
    if (question->heard_ms)
        return now_ms - question->heard_ms >= FRESH_MS || asker->kept > KEPT_MOST;
    return now_ms - question->asked_ms >=
           (question->kind == WEB_HEALTH ? HEALTH_PATIENCE_MS : PATIENCE_MS);
}

void web_asker_tick(struct web_asker *asker, int64_t now_ms)
{
    struct web_question *question = asker->questions;
    while (question) {
        bool over = is_over(asker, question, now_ms);
        if (over)
            forget(asker, question);
        /* Callbacks may have appended new questions. */
        question = over ? asker->questions : question->next;
    }
}

/* --- asking --- */

static struct web_question *find_same(const struct web_asker *asker, const uint8_t *request,
                                      size_t length, enum web_kind kind, int64_t now_ms)
{
    struct web_question *question = NULL;
    DL_FOREACH(asker->questions, question)
    {
        if (is_shared(kind) && question->kind == kind && question->length == length &&
            memcmp(question->request, request, length) == 0 &&
            !(question->heard_ms && now_ms - question->heard_ms >= FRESH_MS))
            return question;
    }
    return NULL;
}

static int send_request(struct web_asker *asker, struct wire_request request, uint64_t id)
{
    uint8_t *bytes = NULL;
    size_t length = 0;
    request.id = id;
    int result = wire_encode_request(&request, &bytes, &length);
    return result == DAQS_OK ? net_send_away(asker->socket, NULL, bytes, length) : result;
}

static int ask_anew(struct web_asker *asker, const struct wire_request *request, uint8_t *bytes,
                    size_t length, enum web_kind kind, int64_t now_ms, struct web_wait *wait)
{
    bool fits = asker->under_way < under_way_most[kind] &&
                (kind == WEB_SCRAPE || kind == WEB_HEALTH ||
                 rate_limit_take(&asker->asked, SECOND_US / asker->a_second, 2 * (int64_t)SECOND_US,
                                 now_ms * 1000));
    struct web_question *question = fits ? calloc(1, sizeof *question) : NULL;
    int result = question ? send_request(asker, *request, asker->last_id + 1) : DAQS_EBUSY;
    if (result != DAQS_OK) {
        free(question);
        free(bytes);
        return DAQS_EBUSY;
    }
    *question = (struct web_question){.id = ++asker->last_id,
                                      .kind = kind,
                                      .request = bytes,
                                      .length = length,
                                      .asked_ms = now_ms};
    LL_APPEND(question->waits, wait);
    DL_APPEND(asker->questions, question);
    asker->under_way++;
    return DAQS_OK;
}

int web_ask(struct web_asker *asker, const struct wire_request *request, enum web_kind kind,
            int64_t now_ms, struct web_wait *wait)
{
    uint8_t *bytes = NULL;
    size_t length = 0;
    struct wire_request plain = *request;
    plain.id = 0;
    if (asker->ended || wire_encode_request(&plain, &bytes, &length) != DAQS_OK)
        return DAQS_EBUSY;
    wait->next = NULL;
    struct web_question *same = find_same(asker, bytes, length, kind, now_ms);
    if (!same)
        return ask_anew(asker, request, bytes, length, kind, now_ms, wait);
    free(bytes);
    if (same->heard_ms)
        wait->heard(wait, same->reply);
    else
        LL_APPEND(same->waits, wait);
    return DAQS_OK;
}
