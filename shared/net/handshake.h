/* SPDX-License-Identifier: Apache-2.0 */
/* handshake - the outcome of a dealer's attempts to connect, as libzmq reports it.
 *
 * libzmq retries by itself if there is no answer. It does not retry once it was rejected: then its
 * socket must be replaced. */
#ifndef DAQS_NET_HANDSHAKE_H
#define DAQS_NET_HANDSHAKE_H

#include <czmq.h>
#include <stdbool.h>

#include "shared/base/error.h"

enum handshake {
    HANDSHAKE_NONE,    /* nothing new */
    HANDSHAKE_DONE,    /* connected */
    HANDSHAKE_REFUSED, /* the other side does not accept this key */
    HANDSHAKE_FAILED,  /* the other side closed the connection: it has another key, or none, or does
                          not speak ZeroMQ */
};

/* The events that the dealer's monitor (monitor.h) must report. */
#define HANDSHAKE_EVENTS                                                                           \
    (ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH |                             \
     ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL |                  \
     ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_CONNECT_RETRIED)

/* The state of a dealer's connection; all zero before the first handshake_read. */
struct handshake_state {
    enum handshake outcome; /* of the last attempt to connect that has completed */
    bool up;                /* connected */
    bool ended; /* a connection ended, and libzmq is not reconnecting: it does not after the other
                   side broke the protocol */
    unsigned endings; /* connections that have ended so far */
};

/* Returns the newest outcome since the last call; HANDSHAKE_NONE if there is none. Updates *state,
 * which may be NULL. */
enum handshake handshake_read(zsock_t *monitor, struct handshake_state *state);

#endif
