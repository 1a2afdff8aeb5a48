/* gate - decides who may connect to sockets that have keys: ZeroMQ's authentication protocol (ZAP,
 * rfc.zeromq.org/spec/27), answered by the owner's own loop. One for the process.
 *
 * libzmq's I/O threads ask through a socket, before anything that a peer says is let through. What
 * is decided here goes with every message of the connection: net_sender tells its key. */
#ifndef DAQS_NET_GATE_H
#define DAQS_NET_GATE_H

#include <czmq.h>
#include <stdbool.h>

#include "shared/base/error.h"
#include "shared/base/model.h"

struct gate; /* opaque */

enum gate_verdict {
    GATE_ADMIT,
    GATE_REFUSE, /* the peer is told, and its libzmq does not try again by itself */
    GATE_LATER,  /* it is hung up on without a word, and tries again by itself */
};

/* May whoever has this key come in to a socket of that domain? 'address' is the peer's. */
typedef enum gate_verdict gate_judge(void *arg, const char *domain, const struct daqs_key *key,
                                     const char *address);

/* To be made before the sockets that it guards, and freed after them. NULL with a text: there is
 * one already, or no memory. */
struct gate *gate_new(gate_judge *judge, void *arg, struct daqs_error *err);
void gate_free(struct gate *gate);

/* Readable when somebody waits: then call gate_hear. */
zsock_t *gate_socket(struct gate *gate);

/* Judges some of those who wait. */
void gate_hear(struct gate *gate);

/* How many were let in, were not, and are to come again. */
struct gate_count {
    uint64_t admitted;
    uint64_t refused;
    uint64_t put_off;
};
struct gate_count gate_counted(const struct gate *gate);

#endif
