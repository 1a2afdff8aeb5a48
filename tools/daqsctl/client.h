/* client - one question and one answer at a time with the controller's admin socket. */
#ifndef DAQS_TOOLS_CLIENT_H
#define DAQS_TOOLS_CLIENT_H

#include "shared/net/socket.h"
#include "shared/wire/admin.h"

struct client {
    const char *endpoint; /* the caller's */
    zsock_t *socket;
    zsock_t *watch; /* of how connecting ends */
    uint64_t last_id;
};

/* DAQS_EINVALID: not an endpoint. */
int client_open(struct client *client, const char *endpoint, const struct net_client_keys *keys,
                struct daqs_error *err);
void client_close(struct client *client);

/* Sends the request (its id is filled in) and waits for its reply, which is decoded into the
 * arena. DAQS_ETIMEOUT: no controller is there, within 2.5 s; or it is and does not answer. */
int client_ask(struct client *client, struct wire_request *request, struct daqs_arena *arena,
               struct wire_reply *ret, struct daqs_error *err);

/* DAQS_ETIMEOUT, with why nobody answers at the endpoint, as far as the system can tell. */
int client_unanswered(const char *endpoint, struct daqs_error *err);

#endif
