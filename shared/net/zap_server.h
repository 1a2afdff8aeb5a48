/* zap_server - decides who may connect to sockets that have keys: ZeroMQ's authentication protocol
 * (ZAP, rfc.zeromq.org/spec/27), answered by the owner's own loop. One for the process.
 *
 * libzmq's I/O threads ask through a socket, before anything that a peer says is let through. What
 * is decided here goes with every message of the connection: net_sender tells its key. */
#ifndef DAQS_NET_ZAP_SERVER_H
#define DAQS_NET_ZAP_SERVER_H

#include <czmq.h>
#include <stdbool.h>

#include "shared/base/error.h"
#include "shared/base/model.h"

struct zap_server; /* opaque */

enum zap_verdict {
    ZAP_ADMIT,
    ZAP_REFUSE, /* the peer is told, and its libzmq does not try again by itself */
    ZAP_LATER,  /* it is hung up on without a word, and tries again by itself */
};

/* May whoever has this key come in to a socket of that domain? 'address' is the peer's. */
typedef enum zap_verdict zap_check(void *arg, const char *domain, const struct daqs_key *key,
                                   const char *address);

/* To be made before the sockets that it guards, and freed after them. NULL with a text: there is
 * one already, or no memory. */
struct zap_server *zap_server_new(zap_check *check, void *arg, struct daqs_error *err);
void zap_server_free(struct zap_server *zap);

/* Readable when somebody waits: then call zap_server_handle. */
zsock_t *zap_server_socket(struct zap_server *zap);

/* Judges some of those who wait. */
void zap_server_handle(struct zap_server *zap);

/* How many were let in, were not, and are to come again. */
struct zap_server_count {
    uint64_t admitted;
    uint64_t refused;
    uint64_t put_off;
};
struct zap_server_count zap_server_counted(const struct zap_server *zap);

#endif
