/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/io/http/loop_client.h"

#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "shared/base/cleanup.h"
#include "shared/base/rate_limit.h"

/* How many requests of any kind may be in progress for another one of this kind to be sent. Those
 * about the past, which take longest, leave capacity for those about the present, and both leave
 * capacity for metrics and health, which are few. */
static const size_t in_progress_max[] = {
    [LOOP_PAST] = 16, [LOOP_PRESENT] = 24, [LOOP_METRICS] = 28, [LOOP_HEALTH] = 28};
enum { KEPT_MAX = 32, SECOND_US = 1000000 };
enum { FRESH_MS = 1000, TIMEOUT_MS = 30000, HEALTH_TIMEOUT_MS = 3000 };

struct loop_request {
    uint64_t id;
    enum loop_request_kind kind;
    uint8_t *bytes; /* as sent, but with id 0 */
    size_t length;
    int64_t sent_ms;
    int64_t replied_ms;       /* 0: no reply yet */
    struct loop_reply *reply; /* kept for later requests */
    struct loop_wait *waits;
    struct loop_request *prev;
    struct loop_request *next;
};

struct loop_client {
    struct loop_client_setup given;
    struct rate_limit rate; /* of requests except for metrics and health */
    uint64_t last_id;
    struct loop_request *requests; /* in progress, and kept; oldest first */
    size_t in_progress;
    size_t kept;
    bool ended;
};

struct loop_client *loop_client_new(const struct loop_client_setup *setup)
{
    struct loop_client *client = calloc(1, sizeof *client);
    if (client)
        client->given = *setup;
    return client;
}

/* Takes all waits off the request first, because a callback may make another one. */
static void notify(struct loop_request *request, struct loop_reply *reply)
{
    struct loop_wait *waits = request->waits;
    request->waits = NULL;
    while (waits) {
        struct loop_wait *wait = waits;
        LL_DELETE(waits, wait);
        wait->on_reply(wait, reply);
    }
}

static void remove_request(struct loop_client *client, struct loop_request *request)
{
    DL_DELETE(client->requests, request);
    client->kept -= request->replied_ms != 0;
    client->in_progress -= request->replied_ms == 0;
    notify(request, NULL);
    loop_reply_drop(request->reply);
    free(request->bytes);
    free(request);
}

void loop_client_end(struct loop_client *client)
{
    client->ended = true;
    while (client->requests)
        remove_request(client, client->requests);
}

void loop_client_free(struct loop_client *client)
{
    if (!client)
        return;
    loop_client_end(client);
    free(client);
}

/* --- requests --- */

static bool is_shared(enum loop_request_kind kind)
{
    return kind == LOOP_PRESENT || kind == LOOP_HEALTH;
}

static struct loop_request *find_same(const struct loop_client *client, const uint8_t *bytes,
                                      size_t length, enum loop_request_kind kind, int64_t now_ms)
{
    struct loop_request *request = NULL;
    DL_FOREACH(client->requests, request)
    {
        if (is_shared(kind) && request->kind == kind && request->length == length &&
            memcmp(request->bytes, bytes, length) == 0 &&
            !(request->replied_ms && now_ms - request->replied_ms >= FRESH_MS))
            return request;
    }
    return NULL;
}

static bool is_admitted(struct loop_client *client, enum loop_request_kind kind, int64_t now_ms)
{
    return client->in_progress < in_progress_max[kind] &&
           (kind == LOOP_METRICS || kind == LOOP_HEALTH ||
            rate_limit_take(&client->rate, SECOND_US / client->given.per_second,
                            2 * (int64_t)SECOND_US, now_ms * 1000));
}

static int send_request(const struct loop_client *client, struct wire_request wire, uint64_t id)
{
    uint8_t *bytes DAQS_AUTO_FREE = NULL;
    size_t length = 0;
    wire.id = id;
    int result = wire_encode_request(&wire, &bytes, &length);
    return result == DAQS_OK ? client->given.send(client->given.arg, bytes, length) : result;
}

/* Takes ownership of the bytes if it succeeds. */
static int start_request(struct loop_client *client, const struct wire_request *wire,
                         uint8_t *bytes, size_t length, enum loop_request_kind kind, int64_t now_ms,
                         struct loop_wait *wait)
{
    struct loop_request *request =
        is_admitted(client, kind, now_ms) ? calloc(1, sizeof *request) : NULL;
    if (!request || send_request(client, *wire, client->last_id + 1) != DAQS_OK) {
        free(request);
        return DAQS_EBUSY;
    }
    *request = (struct loop_request){
        .id = ++client->last_id, .kind = kind, .bytes = bytes, .length = length, .sent_ms = now_ms};
    LL_APPEND(request->waits, wait);
    DL_APPEND(client->requests, request);
    client->in_progress++;
    return DAQS_OK;
}

int loop_client_request(struct loop_client *client, const struct wire_request *request,
                        enum loop_request_kind kind, int64_t now_ms, struct loop_wait *wait)
{
    uint8_t *bytes = NULL;
    size_t length = 0;
    struct wire_request wire = *request;
    wire.id = 0;
    wire.user = "http";
    if (client->ended || wire_encode_request(&wire, &bytes, &length) != DAQS_OK)
        return DAQS_EBUSY;
    wait->next = NULL;
    struct loop_request *same = find_same(client, bytes, length, kind, now_ms);
    int result = DAQS_OK;
    if (!same)
        result = start_request(client, &wire, bytes, length, kind, now_ms, wait);
    if (same || result != DAQS_OK)
        free(bytes);
    if (same && same->replied_ms)
        wait->on_reply(wait, same->reply);
    else if (same)
        LL_APPEND(same->waits, wait);
    return result;
}

/* --- replies --- */

static struct loop_request *find_id(const struct loop_client *client, uint64_t id)
{
    struct loop_request *request = NULL;
    DL_FOREACH(client->requests, request)
    {
        if (request->id == id && request->replied_ms == 0)
            return request;
    }
    return NULL;
}

void loop_client_receive(struct loop_client *client, const void *bytes, size_t length,
                         int64_t now_ms)
{
    struct loop_reply *reply = loop_reply_decode(bytes, length);
    struct loop_request *request = reply ? find_id(client, reply->wire.id) : NULL;
    if (!request) {
        loop_reply_drop(reply);
        return;
    }
    request->replied_ms = now_ms;
    request->reply = reply;
    client->in_progress--;
    client->kept++;
    notify(request, reply);
    if (!is_shared(request->kind))
        remove_request(client, request);
}

static bool is_over(const struct loop_client *client, const struct loop_request *request,
                    int64_t now_ms)
{
    if (request->replied_ms)
        return now_ms - request->replied_ms >= FRESH_MS || client->kept > KEPT_MAX;
    return now_ms - request->sent_ms >=
           (request->kind == LOOP_HEALTH ? HEALTH_TIMEOUT_MS : TIMEOUT_MS);
}

void loop_client_tick(struct loop_client *client, int64_t now_ms)
{
    struct loop_request *request = client->requests;
    while (request) {
        bool over = is_over(client, request, now_ms);
        if (over)
            remove_request(client, request);
        /* Callbacks may have appended requests. */
        request = over ? client->requests : request->next;
    }
}
