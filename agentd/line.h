/* SPDX-License-Identifier: Apache-2.0 */
/* line - one connection of the agent to a controller. */
#ifndef DAQS_AGENTD_LINE_H
#define DAQS_AGENTD_LINE_H

#include <czmq.h>

#include "agentd/core/candidates.h"
#include "shared/net/handshake.h"
#include "shared/net/key.h"
#include "shared/wire/bus.h"

/* Zero-initialise: no connection. */
struct line {
    zsock_t *socket; /* NULL: none */
    zsock_t *watch;  /* monitors the outcome of connecting, for handshake_read */
    struct handshake_state connection;
};

/* Begins to connect a new socket and closes the former one. 'own' is NULL if no keys are used;
 * otherwise the controller must have the candidate's key, or 'controller' if it has none of its
 * own. DAQS_EIO: the line stays as it is. */
int line_connect(struct line *line, const struct candidate *candidate, const struct key_pair *own,
                 const struct daqs_key *controller, struct daqs_error *err);

/* Closes the connection, if there is one. */
void line_close(struct line *line);
/* Does the same, but gives the last message a moment to be sent. */
void line_finish(struct line *line);
/* Says that the agent goes on with another controller, so that this one need not wait for it. The
 * line is to be closed next. */
void line_leave(struct line *line);

/* Encodes a message and queues it. DAQS_EBUSY: the queue is full, or the controller is away.
 * DAQS_ENOTFOUND: there is no connection. */
int line_send(const struct line *line, const struct wire_message *message);

/* Receives one message and decodes it into the arena. DAQS_ENOTFOUND: none is waiting, or there is
 * no connection. Any other code: the message was malformed, and was dropped. */
int line_receive(const struct line *line, struct daqs_arena *arena, struct wire_message *ret,
                 struct daqs_error *err);

#endif
