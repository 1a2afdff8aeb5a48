/* SPDX-License-Identifier: Apache-2.0 */
/* zap_server - decides which peers may connect to sockets with keys. Answers ZeroMQ's
 * authentication protocol (ZAP, rfc.zeromq.org/spec/27) in the owner's loop. There is one for the
 * whole process.
 *
 * libzmq's I/O threads ask through a socket before they pass on anything that a peer sends. Every
 * message of an admitted connection carries the key: net_sender returns it. */
#ifndef DAQS_NET_ZAP_SERVER_H
#define DAQS_NET_ZAP_SERVER_H

#include <czmq.h>
#include <stdbool.h>

#include "shared/base/error.h"
#include "shared/base/model.h"

struct zap_server; /* opaque */

enum zap_verdict {
    ZAP_ADMIT,
    ZAP_REFUSE, /* the peer is notified, and does not try again by itself */
    ZAP_LATER,  /* closed without a reason; the peer tries again by itself */
};

/* Decides about a peer with this key that connects to a socket of this domain. 'address' is the
 * peer's. */
typedef enum zap_verdict zap_check(void *arg, const char *domain, const struct daqs_key *key,
                                   const char *address);

/* Create it before the sockets that it guards, and free it after them. NULL with a text on failure:
 * there is one already, or no memory. */
struct zap_server *zap_server_new(zap_check *check, void *arg, struct daqs_error *err);
void zap_server_free(struct zap_server *zap);

/* Returns a socket that is readable when a peer waits. Then call zap_server_handle. */
zsock_t *zap_server_socket(struct zap_server *zap);

/* Answers some of the waiting requests. */
void zap_server_handle(struct zap_server *zap);

/* How many peers were admitted, rejected, and put off until they try again. */
struct zap_server_count {
    uint64_t admitted;
    uint64_t refused;
    uint64_t put_off;
};
struct zap_server_count zap_server_counted(const struct zap_server *zap);

#endif
