/* client - one question and one answer at a time with the controller's admin socket. */
#ifndef DAQS_TOOLS_CLIENT_H
#define DAQS_TOOLS_CLIENT_H

#include "shared/net/handshake.h"
#include "shared/net/socket.h"
#include "shared/wire/admin.h"

struct client {
    const char *endpoint; /* the caller's */
    zsock_t *socket;
    zsock_t *monitor; /* of how connecting ends */
    struct handshake_state connection;
    uint64_t last_id;
    int connect_ms; /* how long client_request waits for a connection, and then for an answer */
    int answer_ms;
    void (*tick)(void *arg); /* called about ten times a second while it waits; may be NULL */
    void *tick_arg;
};

/* DAQS_EINVALID: not an endpoint. */
int client_open(struct client *client, const char *endpoint, const struct net_client_keys *keys,
                struct daqs_error *err);
void client_close(struct client *client);

/* Sends the request (its id is filled in) and waits for its reply, which is decoded into the
 * arena. DAQS_ETIMEOUT: no controller is there, within 2.5 s; or it is and does not answer; or the
 * connection ended before the answer. DAQS_EREFUSED: the controller does not accept our key. */
int client_request(struct client *client, struct wire_request *request, struct daqs_arena *arena,
                   struct wire_reply *ret, struct daqs_error *err);

/* The same in two halves that do not wait. DAQS_EBUSY: there is no connection yet. */
int client_send(struct client *client, struct wire_request *request, struct daqs_error *err);
/* DAQS_ENOTFOUND: the reply to what was sent last is not there yet. */
int client_take(struct client *client, struct daqs_arena *arena, struct wire_reply *ret,
                struct daqs_error *err);

/* The reason why there is no connection, and its code. */
int client_why_not(struct client *client, struct daqs_error *err);

/* DAQS_ETIMEOUT, with why nobody answers at the endpoint, as far as the system can tell. */
int client_unanswered(const char *endpoint, struct daqs_error *err);

#endif
