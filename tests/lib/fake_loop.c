/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/fake_loop.h"

#include <stdlib.h>

#include "tests/lib/check.h"

enum { ARENA_BYTES = 1 << 20 };

static int64_t mono_ns(void *ctx)
{
    const struct fake_loop *loop = ctx;
    return loop->now_ms * DAQS_NS_PER_MS;
}

static int64_t wall_ms(void *ctx)
{
    const struct fake_loop *loop = ctx;
    return INT64_C(1795834800000) + loop->now_ms;
}

static int receive_request(void *arg, const void *bytes, size_t length)
{
    struct fake_loop *loop = arg;
    if (loop->full)
        return DAQS_EBUSY;
    assert_true(loop->count < FAKE_LOOP_MAX);
    assert_int_equal(
        wire_decode_request(bytes, length, &loop->arena, &loop->sent[loop->count], NULL), DAQS_OK);
    loop->count++;
    return DAQS_OK;
}

void fake_loop_open(struct fake_loop *loop, uint32_t per_second)
{
    *loop = (struct fake_loop){.clock = {mono_ns, wall_ms, loop}, .now_ms = 1000000};
    daqs_arena_init(&loop->arena, ARENA_BYTES);
    loop->client = loop_client_new(&(struct loop_client_setup){
        .per_second = per_second, .send = receive_request, .arg = loop});
    assert_non_null(loop->client);
}

void fake_loop_close(struct fake_loop *loop)
{
    loop_client_free(loop->client);
    daqs_arena_done(&loop->arena);
}

void fake_loop_reply(struct fake_loop *loop, size_t which, const struct wire_reply *reply)
{
    struct wire_reply copy = *reply;
    uint8_t *bytes = NULL;
    size_t length = 0;
    assert_true(which < loop->count);
    copy.id = loop->sent[which].id;
    assert_int_equal(wire_encode_reply(&copy, &bytes, &length), DAQS_OK);
    loop_client_receive(loop->client, bytes, length, loop->now_ms);
    free(bytes);
}

void fake_loop_reply_text(struct fake_loop *loop, size_t which, int code, const char *text)
{
    fake_loop_reply(loop, which, &(struct wire_reply){.code = code, .text = text, .token = ""});
}

void fake_loop_reply_table(struct fake_loop *loop, size_t which, struct daqs_table *table,
                           const char *token)
{
    assert_false(table->failed);
    fake_loop_reply(
        loop, which,
        &(struct wire_reply){.text = "", .token = token, .has_table = true, .table = *table});
    daqs_table_done(table);
}

void fake_loop_pass(struct fake_loop *loop, int64_t ms)
{
    loop->now_ms += ms;
    loop_client_tick(loop->client, loop->now_ms);
}
