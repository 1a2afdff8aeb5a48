/* SPDX-License-Identifier: Apache-2.0 */
/* fake_loop - a control loop for tests of the web thread: keeps what is requested of it, and
 * replies when told to. Also the clock. */
#ifndef DAQS_TESTS_LIB_FAKE_LOOP_H
#define DAQS_TESTS_LIB_FAKE_LOOP_H

#include "controllerd/io/http/loop_client.h"
#include "shared/base/clock.h"

enum { FAKE_LOOP_MAX = 400 };

struct fake_loop {
    struct loop_client *client;
    struct daqs_clock clock;
    int64_t now_ms;
    bool full; /* takes no request */
    struct daqs_arena arena;
    struct wire_request sent[FAKE_LOOP_MAX];
    size_t count; /* of 'sent' */
};

/* Starts a loop at some time, and a client of it. */
void fake_loop_open(struct fake_loop *loop, uint32_t per_second);
void fake_loop_close(struct fake_loop *loop);

/* Replies to the request number 'which', from 0. */
void fake_loop_reply(struct fake_loop *loop, size_t which, const struct wire_reply *reply);
/* Likewise with an error, or with DAQS_OK and a text. */
void fake_loop_reply_text(struct fake_loop *loop, size_t which, int code, const char *text);
/* Likewise with a table, which it frees, and where the next part begins: "" if this is the last. */
void fake_loop_reply_table(struct fake_loop *loop, size_t which, struct daqs_table *table,
                           const char *token);

/* Lets time pass, and ticks the client. */
void fake_loop_pass(struct fake_loop *loop, int64_t ms);

#endif
