/* SPDX-License-Identifier: Apache-2.0 */
/* link - the agent's connection to a controller. */
#ifndef DAQS_AGENTD_LINK_H
#define DAQS_AGENTD_LINK_H

#include <stddef.h>
#include <stdint.h>

#include "shared/base/log.h"
#include "shared/net/handshake.h"
#include "shared/net/socket.h"
#include "shared/wire/bus.h"

/* This host's key pair, and the public key that the controllers share. */
struct link_keys {
    struct key_pair own;
    struct daqs_key controller;
};

/* Loads the keys. Creates this host's key pair at the path 'own' if it does not exist; the
 * controllers' key must exist at 'controller', or be written there itself. */
int link_keys_load(struct link_keys *keys, const char *host, const char *own,
                   const char *controller, struct daqs_error *err);

struct link; /* opaque */

/* After this time without a message the link tries the next endpoint, if there are several; after
 * two polls or a lease if that is longer. */
#define LINK_PATIENCE_MS 3000

/* An agent that was rejected or disconnected tries again after this time plus up to a third of
 * it. */
#define LINK_RETRY_MS 3000

/* All of them must outlive it. */
struct link_setup {
    const char *host;
    const char *const *endpoint;
    size_t endpoints;
    const struct link_keys *keys; /* NULL: no keys are used */
    int64_t poll_ms;              /* longest interval between reports */
    struct daqs_log_budget *budget;
};

/* Begins to connect to the first endpoint. Returns NULL and sets err on failure. */
struct link *link_new(const struct link_setup *setup, int64_t now_ms, struct daqs_error *err);
/* Gives the last message a moment to be sent. NULL is fine. */
void link_free(struct link *link);

/* Returns the socket, which is readable when there is something to receive. Valid until
 * link_maintain returns true. */
zsock_t *link_socket(const struct link *link);
/* Returns the endpoint that is used now. */
const char *link_endpoint(const struct link *link);
/* Returns true if keys were exchanged over the connection. */
bool link_connected(const struct link *link);

/* Encodes a message and queues it. DAQS_EBUSY: the queue is full because the controller is away.
 * The next message with the whole state makes up for the loss. */
int link_send(struct link *link, const struct wire_message *message);

/* Records a message with a lease from a controller that is obeyed. */
void link_heard(struct link *link, int64_t lease_ms, int64_t now_ms);

/* Returns true if such a message is recent enough that no other endpoint needs to be tried. */
bool link_hears(const struct link *link, int64_t now_ms);

/* Receives one message and decodes it into the arena. DAQS_ENOTFOUND: none is waiting.
 * DAQS_EFORMAT: the message was malformed; it was dropped and logged. */
int link_receive(struct link *link, struct daqs_arena *arena, int64_t now_ms,
                 struct wire_message *ret);

/* Maintains the connection; to be called several times a second. Returns true if the socket is a
 * new one: the old connection was rejected, failed or ended, or the link moved on to another
 * endpoint. */
bool link_maintain(struct link *link, int64_t now_ms);

#endif
