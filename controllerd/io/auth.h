/* auth - the controller's own key, whose keys it lets in, and what those may do. */
#ifndef DAQS_CONTROLLERD_IO_AUTH_H
#define DAQS_CONTROLLERD_IO_AUTH_H

#include <czmq.h>

#include "controllerd/core/access/principals.h"
#include "shared/net/key.h"
#include "shared/net/zap_server.h"

struct controller;
struct auth; /* opaque */

/* The gate's domains. */
#define AUTH_BUS "bus"     /* for agents */
#define AUTH_ADMIN "admin" /* for operators and viewers */

enum { AUTH_REJECTED_MAX = 32 };

/* Somebody who was not let in. */
struct rejected_key {
    struct daqs_key key;
    char address[64];
    char domain[8];
    int64_t last_ms; /* UTC */
    uint64_t times;
};

/* Reads the controller's key, or makes it, and the peers; and watches over who connects. To be made
 * before the sockets, freed after them. NULL with a text otherwise. */
struct auth *auth_new(struct controller *c, struct daqs_error *err);
void auth_free(struct auth *auth);

const struct key_pair *auth_key(const struct auth *auth);
zsock_t *auth_socket(const struct auth *auth);
/* When that socket is readable. */
void auth_handle(struct auth *auth);
struct zap_server_count auth_counted(const struct auth *auth);

struct principals *auth_principals(const struct auth *auth);

/* The strangers, latest first: at most AUTH_REJECTED_MAX; returns how many. */
size_t auth_rejected_keys(const struct auth *auth,
                          const struct rejected_key *ret[AUTH_REJECTED_MAX]);

/* A stranger whose key is enrolled is none any more. */
void auth_forget_rejected(struct auth *auth, const struct daqs_key *key);

/* The message's sender, if its key (still) lets it do what agents do (or operators and viewers);
 * NULL, and its connection is ended, if not. */
const struct principal *auth_sender(const struct auth *auth, zmq_msg_t *body, bool agent);

#endif
