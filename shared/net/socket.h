/* SPDX-License-Identifier: Apache-2.0 */
/* socket - the sockets of the bus with their bounds, and whole messages in and out.
 *
 * One thread owns a socket. No function here blocks. */
#ifndef DAQS_NET_SOCKET_H
#define DAQS_NET_SOCKET_H

#include <czmq.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/error.h"
#include "shared/net/key.h"

/* Messages that may wait for one peer: enough for several seconds of silence. The next full state
 * makes up for messages lost beyond that. */
#define NET_QUEUE_MESSAGES 64

/* The routing id of one connection of a ROUTER. */
struct net_route {
    uint8_t length;
    uint8_t id[255];
};

/* The keys that encrypt connections and identify the peers (CURVE). A router needs its own pair and
 * its ZAP domain (zap_server.h), a dealer its own pair and the router's public key. */
struct net_server_keys {
    const struct key_pair *own;
    const char *domain;
};
struct net_client_keys {
    const struct key_pair *own;
    const struct daqs_key *server;
};

/* Returns a ZMQ_ROUTER or ZMQ_DEALER with the bus's options, neither bound nor connected yet, for
 * callers that set further options. NULL with a text on failure. */
zsock_t *net_socket_new(int type, struct daqs_error *err);

struct net_router_bounds {
    size_t message_bytes; /* a message of more than twice this size closes the connection; the owner
                             rejects and counts those in between */
    int queue; /* messages that may wait for one peer. Messages from a peer are not bounded, because
                  libzmq 4.3.4 can be made to end the process while such a queue is full: the owner
                  reads them all, and closes the connection of a peer that sends too many */
};

/* Returns a router bound to 'endpoint', which the caller closes with zsock_destroy; NULL with a
 * text on failure. Without keys (NULL) it accepts every peer that can connect, with keys those that
 * the ZAP server admits. Without bounds (NULL) it has those of net_socket_new. If ret_monitor is
 * not NULL, *ret_monitor receives a monitor of the connections, for connections_new. Creates the
 * folder of an ipc endpoint if it is missing. */
zsock_t *net_router_new(const char *endpoint, const struct net_server_keys *keys,
                        const struct net_router_bounds *bounds, zsock_t **ret_monitor,
                        struct daqs_error *err);

/* Returns a dealer that connects to 'endpoint'; NULL with a text on failure. If ret_watch is not
 * NULL, *ret_watch receives a monitor of its attempts to connect, for handshake_read. The caller
 * closes such a pair with net_close. */
zsock_t *net_dealer_new(const char *endpoint, const struct net_client_keys *keys,
                        zsock_t **ret_watch, struct daqs_error *err);

/* Closes a socket and its monitor; *socket and *watch may be NULL. */
void net_close(zsock_t **socket, zsock_t **watch);

/* Sets the keys of a dealer that is not connected yet. */
void net_use_keys(zsock_t *dealer, const struct net_client_keys *keys);

/* Receives one message, if one waits. ret_route is NULL for a dealer. *ret_body is initialised only
 * on success, and the caller closes it with zmq_msg_close. DAQS_ENOTFOUND: no message waits.
 * DAQS_EFORMAT: a message of the wrong shape was dropped; a router's connection with its sender,
 * which is not a DAQS program, is closed. */
int net_receive(zsock_t *socket, struct net_route *ret_route, zmq_msg_t *ret_body);

/* Stores the key of the connection over which a message came; CURVE has proven it, and the ZAP
 * server has admitted it. Returns false if no ZAP server has checked the connection: on a socket
 * with keys, such a message must not be trusted. */
bool net_sender(zmq_msg_t *body, struct daqs_key *ret);

/* Returns the descriptor of that connection, which libzmq owns; -1: not known, or the number
 * belongs to a connection from another address by now. A message may be read long after its sender
 * has disconnected, and no other peer may be mistaken for the sender; but peers at the same address
 * are not distinguished. */
int net_sender_fd(zmq_msg_t *body);

/* Sends a copy. DAQS_ENOTFOUND: there is no such peer. DAQS_EBUSY: its queue is full. */
int net_send(zsock_t *socket, const struct net_route *route, const void *bytes, size_t length);

/* Sends malloc'd 'bytes' without a copy, and takes ownership of them in any case. Otherwise like
 * net_send; also DAQS_ENOMEM. */
int net_send_away(zsock_t *socket, const struct net_route *route, void *bytes, size_t length);

/* Returns true for ipc:// and for tcp:// on loopback, where no key is needed to trust the
 * connection. */
bool net_endpoint_is_local(const char *endpoint);

/* Returns true for "ipc://PATH" and "tcp://ADDRESS:PORT". */
bool net_endpoint_ok(const char *endpoint);

/* Returns true for "tcp://ADDRESS:PORT" without a '*': another machine can connect to it. */
bool net_endpoint_reachable(const char *endpoint);

#endif
