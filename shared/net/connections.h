/* SPDX-License-Identifier: Apache-2.0 */
/* connections - keeps the connections of a router from exhausting its resources.
 *
 * A connection is pending until its peer has sent a valid message (connections_known). The number
 * of pending connections is bounded, and so is the time for which each of them may be pending.
 * libzmq shows descriptors but offers no way to close a connection: this module shuts the
 * descriptor down, which libzmq handles as if the peer had disconnected. */
#ifndef DAQS_NET_CONNECTIONS_H
#define DAQS_NET_CONNECTIONS_H

#include <czmq.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* The connection to which a descriptor of libzmq currently belongs. Each socket has its own inode,
 * which distinguishes the connection from a later one with the same descriptor. */
struct connection {
    int fd; /* -1: not known */
    ino_t inode;
};
struct connection connection_of(int fd);
/* Closes the connection, if it still exists. A peer that is allowed to reconnect does so. */
void connection_hang_up(const struct connection *connection);

/* Writes the numeric address of the peer, or "" if it is not known. Returns the
 * text, which is in buf. */
enum { CONNECTION_PEER_BYTES = 64 };
const char *connection_peer(const struct connection *connection,
                            char buf[static CONNECTION_PEER_BYTES]);

struct connections_bounds {
    size_t pending;      /* at once; beyond that, the oldest are closed */
    int64_t patience_ms; /* for which a connection may be pending */
};

struct connections_count {
    uint64_t accepted;
    uint64_t crowded_out; /* pending ones closed because there were too many */
    uint64_t silent;      /* pending ones closed because they took too long */
    size_t pending;       /* now */
};

struct connections; /* opaque */

#define CONNECTIONS_EVENTS (ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_DISCONNECTED)

/* Watches the connections of 'router', which must outlive the result. 'monitor' is the router's
 * monitor for CONNECTIONS_EVENTS; the result owns it. NULL: out of memory, and the caller keeps
 * 'monitor'. */
struct connections *connections_new(zsock_t *router, zsock_t *monitor,
                                    const struct connections_bounds *bounds);
void connections_free(struct connections *connections);

/* Returns a socket that is readable when there are events. Then call connections_receive. */
zsock_t *connections_socket(const struct connections *connections);
void connections_receive(struct connections *connections, int64_t now_ms);

/* Closes connections that have been pending for too long. Call several times a second. */
void connections_tick(struct connections *connections, int64_t now_ms);

/* The connection with this descriptor (net_sender_fd) is no longer pending. */
void connections_known(struct connections *connections, int fd, int64_t now_ms);

struct connections_count connections_counted(const struct connections *connections);

#endif
