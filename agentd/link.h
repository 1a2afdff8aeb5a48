/* SPDX-License-Identifier: Apache-2.0 */
/* link - the agent's connections to controllers: the current one, whose orders it obeys, and for
 * some seconds the target, to which the current controller has sent it (core/candidates.h). */
#ifndef DAQS_AGENTD_LINK_H
#define DAQS_AGENTD_LINK_H

#include <stddef.h>
#include <stdint.h>

#include "agentd/core/candidates.h"
#include "agentd/link_keys.h"
#include "shared/base/log.h"
#include "shared/net/handshake.h"
#include "shared/net/socket.h"
#include "shared/wire/bus.h"

struct link; /* opaque */

/* An agent that was rejected or disconnected tries again after this time plus up to a third of it.
 * After a connection has ended by itself, the first LINK_SOON times are an eighth, a quarter and
 * half of that. */
#define LINK_RETRY_MS 3000
#define LINK_SOON 3

/* All of them must outlive it. */
struct link_setup {
    const char *host;
    const char *const *endpoint; /* at most CANDIDATES_CONFIGURED_MOST */
    size_t endpoints;
    const char *state_dir;        /* keeps the controllers that a group told of */
    const struct link_keys *keys; /* NULL: no keys are used */
    int64_t poll_ms;              /* longest interval between reports */
    struct daqs_log_budget *budget;
};

/* Begins to connect to the first candidate. Returns NULL and sets err on failure. */
struct link *link_new(const struct link_setup *setup, int64_t now_ms, struct daqs_error *err);
/* Gives the last message a moment to be sent. NULL is fine. */
void link_free(struct link *link);

/* Returns the socket of the current connection, which is readable when there is something to
 * receive. Valid until link_maintain returns LINK_SOCKET. */
zsock_t *link_socket(const struct link *link);
/* Returns the endpoint that is used now. */
const char *link_endpoint(const struct link *link);
/* Returns all candidates. Valid as long as the link. */
const struct candidates *link_candidates(const struct link *link);
/* Returns true if keys were exchanged over the current connection. */
bool link_connected(const struct link *link);

/* Encodes a message and queues it on a line. DAQS_EBUSY: the queue is full because the controller
 * is away. The next message with the whole state makes up for the loss. DAQS_ENOTFOUND: there is no
 * target. */
int link_send(struct link *link, enum candidates_line line, const struct wire_message *message);

/* Records a message that grants or announces a lease, of a controller that may command. 'obeyed':
 * it was orders. The target whose orders are obeyed becomes the current controller. */
void link_heard(struct link *link, enum candidates_line line, bool obeyed, int64_t lease_ms,
                int64_t now_ms);

/* Records what a welcome says about the group. Members that this agent must not dial are left out.
 */
void link_told(struct link *link, enum candidates_line line, const struct wire_welcome *welcome,
               int64_t now_ms);

/* Records that the controller on a line has said bye. */
void link_dismissed(struct link *link, enum candidates_line line, int64_t now_ms);

/* Returns true if a message that link_heard records is recent enough that no other candidate needs
 * to be tried. */
bool link_hears(const struct link *link, int64_t now_ms);

/* Receives one message and decodes it into the arena. DAQS_ENOTFOUND: none is waiting.
 * DAQS_EFORMAT: the message was malformed; it was dropped and logged. */
int link_receive(struct link *link, struct daqs_arena *arena, int64_t now_ms,
                 struct wire_message *ret, enum candidates_line *ret_line);

/* Events of link_maintain, as bits. */
enum link_event {
    LINK_SOCKET = 1,        /* link_socket has changed, and the former one is closed */
    LINK_HELLO_CURRENT = 2, /* a hello is due on the current connection */
    LINK_HELLO_TARGET = 4,  /* on that to the target */
};

/* Maintains the connections; to be called several times a second, and after messages were received
 * if link_moved returns true. Returns what has happened. */
unsigned link_maintain(struct link *link, int64_t now_ms);

/* Returns true while there is a target: its messages do not make link_socket readable. */
bool link_trying(const struct link *link);
/* Returns true if the target has become the current controller since the last link_maintain. */
bool link_moved(const struct link *link);

#endif
