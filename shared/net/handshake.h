/* handshake - how a dealer's attempts to connect end, as libzmq tells.
 *
 * libzmq tries again by itself where nobody answers. Where it was refused it does not: then its
 * socket has to be made anew. */
#ifndef DAQS_NET_HANDSHAKE_H
#define DAQS_NET_HANDSHAKE_H

#include <czmq.h>
#include <stdbool.h>

#include "shared/base/error.h"

enum handshake {
    HANDSHAKE_NONE,    /* nothing new */
    HANDSHAKE_DONE,    /* connected */
    HANDSHAKE_REFUSED, /* the other side does not let this key in */
    HANDSHAKE_FAILED,  /* somebody is there, and hung up: it has another key, or none, or is no
                          ZeroMQ */
};

/* What the dealer's monitor (monitor.h) is to tell. */
#define HANDSHAKE_EVENTS                                                                           \
    (ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH |                             \
     ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL |                  \
     ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_CONNECT_RETRIED)

/* What is known of a dealer's connection; all zero before the first handshake_read. */
struct handshake_state {
    enum handshake outcome; /* of the last attempt to connect that has ended */
    bool up;                /* connected */
    bool ended;       /* a connection ended, and libzmq has not begun to connect again: it does
                         not where the other side broke the protocol */
    unsigned endings; /* connections that have ended so far */
};

/* The newest outcome since the last call; HANDSHAKE_NONE if there is none. Brings *state, which may
 * be NULL, up to date. */
enum handshake handshake_read(zsock_t *monitor, struct handshake_state *state);

#endif
