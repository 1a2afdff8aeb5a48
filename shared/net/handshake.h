/* handshake - how a dealer's attempts to connect end, as libzmq tells.
 *
 * libzmq tries again by itself where nobody answers. Where it was refused it does not: then its
 * socket has to be made anew. */
#ifndef DAQS_NET_HANDSHAKE_H
#define DAQS_NET_HANDSHAKE_H

#include <czmq.h>

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

/* The newest of what happened since the last call. *ret_ended (which may be NULL) becomes true if a
 * connection ended and libzmq has not begun to connect again: it does not where the other side
 * broke the protocol; and false if it has. It is left alone if neither is new. */
enum handshake handshake_read(zsock_t *monitor, bool *ret_ended);

#endif
