/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/fake_admin.h"

#include <stdio.h>
#include <stdlib.h>

#include "shared/wire/bus.h"
#include "tests/lib/check.h"

enum { POLL_MS = 20, STRAYS = 200 };

static const struct daqs_column columns[] = {
    {"host", DAQS_COLUMN_TEXT}, {"min_bps", DAQS_COLUMN_RATE}, {"max_bps", DAQS_COLUMN_RATE}};

static void answer(struct fake_admin *fake, const struct net_route *peer, uint64_t id,
                   const char *host, size_t n)
{
    struct daqs_table table;
    uint8_t *bytes = NULL;
    size_t length = 0;
    daqs_table_init(&table, columns, 3, WIRE_MESSAGE_MAX);
    daqs_table_text(&table, host);
    daqs_table_number(&table, 1000 + n);
    daqs_table_empty(&table);
    const bool refuses = fake->manner == FAKE_REFUSES;
    const struct wire_missing away = {.member = "c2", .hosts = 7};
    const struct wire_reply reply = {.id = id,
                                     .code = refuses ? DAQS_ENOTFOUND : DAQS_OK,
                                     .text = refuses ? "there is no such host" : "",
                                     .token = fake->tokens ? fake->token[n % fake->tokens] : "",
                                     .has_table = !refuses,
                                     .table = table,
                                     .missing = 1,
                                     .missing_member = &away};
    assert_int_equal(wire_encode_reply(&reply, &bytes, &length), DAQS_OK);
    while (net_send(fake->router, peer, bytes, length) == DAQS_EBUSY && !atomic_load(&fake->over))
        (void)zmq_poll(NULL, 0, 1); /* until there is room in the queue */
    free(bytes);
    daqs_table_done(&table);
}

static void serve_one(struct fake_admin *fake, const struct net_route *peer, zmq_msg_t *body)
{
    struct wire_request request;
    struct daqs_arena arena;
    daqs_arena_init(&arena, WIRE_MESSAGE_MAX);
    const int result =
        wire_decode_request(zmq_msg_data(body), zmq_msg_size(body), &arena, &request, NULL);
    const size_t n = atomic_fetch_add(&fake->requests, 1);
    for (int i = 0; result == DAQS_OK && fake->manner == FAKE_STRAYS && i < STRAYS; i++)
        answer(fake, peer, request.id + 1000, "stray", 0);
    if (fake->manner == FAKE_GARBAGE)
        (void)net_send(fake->router, peer, "garbage", 7);
    else if (result == DAQS_OK && fake->manner != FAKE_SILENT)
        answer(fake, peer, request.id, request.list.host, n);
    daqs_arena_done(&arena);
}

static void *serve(void *arg)
{
    struct fake_admin *fake = arg;
    struct net_route peer;
    zmq_msg_t body;
    while (!atomic_load(&fake->over)) {
        zmq_pollitem_t item = {.socket = zsock_resolve(fake->router), .events = ZMQ_POLLIN};
        if (zmq_poll(&item, 1, POLL_MS) != 1 || net_receive(fake->router, &peer, &body) != DAQS_OK)
            continue;
        if (fake->manner == FAKE_CLOSES)
            zsock_destroy(&fake->router);
        else
            serve_one(fake, &peer, &body);
        zmq_msg_close(&body);
        if (!fake->router)
            break;
    }
    return NULL;
}

void fake_admin_begin(struct fake_admin *fake)
{
    struct daqs_error err = {0};
    atomic_store(&fake->over, false);
    assert_int_equal(temp_folder_make(fake->folder), 0);
    (void)snprintf(fake->endpoint, sizeof fake->endpoint, "ipc://%s/admin.sock", fake->folder);
    fake->router = net_router_new(fake->endpoint, NULL, NULL, NULL, &err);
    assert_non_null(fake->router);
    assert_int_equal(pthread_create(&fake->thread, NULL, serve, fake), 0);
}

void fake_admin_end(struct fake_admin *fake)
{
    atomic_store(&fake->over, true);
    assert_int_equal(pthread_join(fake->thread, NULL), 0);
    zsock_destroy(&fake->router);
    assert_int_equal(temp_folder_remove(fake->folder), 0);
}
