/* SPDX-License-Identifier: Apache-2.0 */
/* client - a connection to the controller's admin socket: one request and one answer at a time. */
#ifndef DAQS_TOOLS_CLIENT_H
#define DAQS_TOOLS_CLIENT_H

#include "shared/net/handshake.h"
#include "shared/net/socket.h"
#include "shared/wire/admin.h"
#include "tools/daqsctl/endpoints.h"

struct client {
    char endpoint[ENDPOINT_BYTES];
    zsock_t *socket;
    zsock_t *monitor; /* reports how attempts to connect end */
    struct handshake_state connection;
    uint64_t last_id;
    int connect_ms; /* how long client_request waits for a connection, and then for an answer */
    int answer_ms;
    void (*tick)(void *arg); /* called about ten times a second while waiting; may be NULL */
    void *tick_arg;
};

/* Starts connecting. The endpoint is well-formed (endpoints_parse). */
int client_open(struct client *client, const char *endpoint, const struct net_client_keys *keys,
                struct daqs_error *err);
void client_close(struct client *client);

/* Waits until the controller has let us in. Errors: as of client_request. */
int client_wait(struct client *client, struct daqs_error *err);

/* Sends a request, whose id it sets, and waits for the reply, which it decodes into the arena.
 * DAQS_ETIMEOUT: there was no connection within 2.5 s, the controller does not answer, or the
 * connection ended before the answer. DAQS_EREFUSED: the controller rejects our key. */
int client_request(struct client *client, struct wire_request *request, struct daqs_arena *arena,
                   struct wire_reply *ret, struct daqs_error *err);

/* The two halves of client_request, which do not wait. DAQS_EBUSY: there is no connection yet. */
int client_send(struct client *client, struct wire_request *request, struct daqs_error *err);
/* Receives the reply to the last request. DAQS_ENOTFOUND: it has not arrived yet. */
int client_take(struct client *client, struct daqs_arena *arena, struct wire_reply *ret,
                struct daqs_error *err);

/* Fills 'err' with the reason why there is no connection, and returns its code. */
int client_why_not(struct client *client, struct daqs_error *err);

/* Fills 'err' with the reason why no controller answers at the endpoint, as far as the system shows
 * it. Returns DAQS_ETIMEOUT. */
int client_unanswered(const char *endpoint, struct daqs_error *err);

#endif
