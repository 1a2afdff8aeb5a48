/* connections - keeps those of a router from using up what there is.
 *
 * Whoever connects is a stranger until it has said something that makes sense (connections_known).
 * Of strangers only so many may be there at once, and none for long. libzmq shows descriptors and
 * offers no way to end a connection: all that happens here is that the other end seems to hang up.
 */
#ifndef DAQS_NET_CONNECTIONS_H
#define DAQS_NET_CONNECTIONS_H

#include <czmq.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* The connection that a descriptor of libzmq's is of now. Sockets have inodes of their own, so it
 * is told from one that gets the number later. */
struct connection {
    int fd; /* -1: not known */
    ino_t inode;
};
struct connection connection_of(int fd);
/* Ends it, if it is still there; a peer that may come back does. */
void connection_hang_up(const struct connection *connection);

struct connections_bounds {
    size_t pending;      /* at once; of more, those that have been there longest go */
    int64_t patience_ms; /* with a stranger */
};

struct connections_count {
    uint64_t accepted;
    uint64_t crowded_out; /* strangers, for there were too many */
    uint64_t silent;      /* strangers, for they had been there too long */
    size_t pending;       /* now */
};

struct connections; /* opaque */

#define CONNECTIONS_EVENTS (ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_DISCONNECTED)

/* 'monitor' is the router's, with these events; it is taken, the router, which has to last for as
 * long, is not. NULL: out of memory, and nothing is taken. */
struct connections *connections_new(zsock_t *router, zsock_t *monitor,
                                    const struct connections_bounds *bounds);
void connections_free(struct connections *connections);

/* Readable when there is something to hear. */
zsock_t *connections_socket(const struct connections *connections);
void connections_receive(struct connections *connections, int64_t now_ms);

/* Some times a second. */
void connections_tick(struct connections *connections, int64_t now_ms);

/* The one with this descriptor (net_sender_fd) is no stranger any more. */
void connections_known(struct connections *connections, int fd, int64_t now_ms);

struct connections_count connections_counted(const struct connections *connections);

#endif
