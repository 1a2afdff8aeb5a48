/* trust - the controller's own key, whose keys it lets in, and what those may do. */
#ifndef DAQS_CONTROLLERD_IO_TRUST_H
#define DAQS_CONTROLLERD_IO_TRUST_H

#include <czmq.h>

#include "controllerd/core/peers.h"
#include "shared/net/key.h"
#include "shared/net/zap_server.h"

struct controller;
struct trust; /* opaque */

/* The gate's domains. */
#define TRUST_BUS "bus"     /* for agents */
#define TRUST_ADMIN "admin" /* for operators and viewers */

enum { TRUST_STRANGERS = 32 };

/* Somebody who was not let in. */
struct stranger {
    struct daqs_key key;
    char address[64];
    char domain[8];
    int64_t last_ms; /* UTC */
    uint64_t times;
};

/* Reads the controller's key, or makes it, and the peers; and watches over who connects. To be made
 * before the sockets, freed after them. NULL with a text otherwise. */
struct trust *trust_new(struct controller *c, struct daqs_error *err);
void trust_free(struct trust *trust);

const struct key_pair *trust_key(const struct trust *trust);
zsock_t *trust_socket(const struct trust *trust);
/* When that socket is readable. */
void trust_hear(struct trust *trust);
struct zap_server_count trust_counted(const struct trust *trust);

struct peers *trust_peers(const struct trust *trust);

/* The strangers, latest first: at most TRUST_STRANGERS; returns how many. */
size_t trust_strangers(const struct trust *trust, const struct stranger *ret[TRUST_STRANGERS]);

/* A stranger whose key is enrolled is none any more. */
void trust_forget_stranger(struct trust *trust, const struct daqs_key *key);

/* The message's sender, if its key (still) lets it do what agents do (or operators and viewers);
 * NULL, and its connection is ended, if not. */
const struct peer *trust_sender(const struct trust *trust, zmq_msg_t *body, bool agent);

#endif
