/* SPDX-License-Identifier: Apache-2.0 */
/* peer - the messages between the members of a group of controllers, specified in schema/wire.md.
 *
 * A member passes a request of a client on as it is, and gets the reply as bytes that it passes
 * back. So members of different versions need not know each other's verbs. Decoders accept
 * untrusted bytes, as those of bus.h do. */
#ifndef DAQS_WIRE_PEER_H
#define DAQS_WIRE_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/arena.h"
#include "shared/base/error.h"
#include "shared/wire/bus.h"

/* A message takes this many bytes more than the request or reply in it, at most. */
#define WIRE_PEER_MORE 512
#define WIRE_PEER_MESSAGE_MAX (WIRE_MESSAGE_MAX + WIRE_PEER_MORE)

/* A request passes at most this many members after the first one. */
#define WIRE_HOPS_MAX 2U

/* X(NAME, number). The numbers are sent to peers: append only. */
#define WIRE_PEER_TYPES(X)                                                                         \
    X(PING, 1)    /* are you there? */                                                             \
    X(PONG, 2)    /* the answer, and whether the shared database answers the sender */             \
    X(FORWARD, 3) /* a request of a client */                                                      \
    X(ANSWER, 4)  /* the reply to it */                                                            \
    X(ADOPTED, 5) /* the sender serves this host from now on */

enum wire_peer_type {
#define X(NAME, number) WIRE_PEER_##NAME = (number),
    WIRE_PEER_TYPES(X)
#undef X
};

/* What the client may do, which the member that was asked first has found out. */
enum wire_asker_role { WIRE_ASKER_VIEWER = 0, WIRE_ASKER_OPERATOR = 1 };

struct wire_forward {
    const char *asker; /* for the audit trail: a name that daqs_name_check accepts */
    uint32_t role;     /* enum wire_asker_role, or a newer peer's, which may do nothing */
    uint32_t hops;     /* members that have passed it on, this one included: 1 to WIRE_HOPS_MAX */
    bool part;         /* its answer is a part of one that several members give */
    const uint8_t *bytes; /* the request */
    size_t length;
};

struct wire_peer {
    enum wire_peer_type type;
    uint64_t id; /* PING, FORWARD: chosen by the sender; the answer repeats it */
    union {
        bool reads; /* PONG: the shared database answers the sender */
        struct wire_forward forward;
        struct {
            const uint8_t *bytes; /* the reply */
            size_t length;
        } answer;
        struct {
            const char *host;
            const char *member; /* the sender */
        } adopted;
    };
};

/* Encodes a message into malloc'd bytes, which the caller frees. DAQS_ENOMEM, or DAQS_ETOOBIG. */
int wire_encode_peer(const struct wire_peer *message, uint8_t **ret_bytes, size_t *ret_length);

/* Decodes a message; *ret points into 'bytes' and the arena. DAQS_EFORMAT, DAQS_EVERSION (also for
 * an unknown type) or DAQS_ETOOBIG, with a text. *ret is written only on success. */
int wire_decode_peer(const void *bytes, size_t length, struct daqs_arena *arena,
                     struct wire_peer *ret, struct daqs_error *err);

#endif
