/* SPDX-License-Identifier: Apache-2.0 */
/* line - a connection to the controller's admin socket: one request and one answer at a time. */
#ifndef DAQS_LIBDAQS_LINE_H
#define DAQS_LIBDAQS_LINE_H

#include "libdaqs/endpoints.h"
#include "shared/net/handshake.h"
#include "shared/net/socket.h"
#include "shared/wire/admin.h"

struct line {
    char endpoint[ENDPOINT_BYTES];
    zsock_t *socket;
    zsock_t *monitor; /* reports how attempts to connect end */
    struct handshake_state connection;
    uint64_t last_id;
    int connect_ms; /* how long line_request waits for a connection, and then for an answer */
    int answer_ms;
    void (*tick)(void *arg); /* called about ten times a second while waiting; may be NULL */
    void *tick_arg;
};

/* Starts connecting. The endpoint is well-formed (endpoints_parse). */
int line_open(struct line *client, const char *endpoint, const struct net_client_keys *keys,
              struct daqs_error *err);
void line_close(struct line *client);

/* Waits until the controller has let us in. Errors: as of line_request. */
int line_wait(struct line *client, struct daqs_error *err);

/* Sends a request, whose id it sets, and waits for the reply, which it decodes into the arena.
 * DAQS_ETIMEOUT: there was no connection within 2.5 s, the controller does not answer, or the
 * connection ended before the answer. DAQS_EREFUSED: the controller rejects our key. */
int line_request(struct line *client, struct wire_request *request, struct daqs_arena *arena,
                 struct wire_reply *ret, struct daqs_error *err);

/* The two halves of line_request, which do not wait. DAQS_EBUSY: there is no connection yet. */
int line_send(struct line *client, struct wire_request *request, struct daqs_error *err);
/* Receives the reply to the last request. DAQS_ENOTFOUND: it has not arrived yet, or is behind
 * others. */
int line_take(struct line *client, struct daqs_arena *arena, struct wire_reply *ret,
              struct daqs_error *err);

/* Fills 'err' with the reason why there is no connection, and returns its code. */
int line_why_not(struct line *client, struct daqs_error *err);

/* Fills 'err' with the reason why no controller answers at the endpoint, as far as the system shows
 * it. Returns DAQS_ETIMEOUT. */
int line_unanswered(const char *endpoint, struct daqs_error *err);

#endif
