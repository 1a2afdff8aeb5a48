/* socket - the bus's sockets with their bounds, and whole messages in and out.
 *
 * One thread owns a socket. Nothing here blocks. */
#ifndef DAQS_NET_SOCKET_H
#define DAQS_NET_SOCKET_H

#include <czmq.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/error.h"
#include "shared/net/key.h"

/* Messages that wait for one peer: several seconds of silence. What is lost beyond them
 * is healed by the next whole state. */
#define NET_QUEUE_MESSAGES 64

/* A ROUTER's name for one connection. */
struct net_route {
    uint8_t length;
    uint8_t id[255];
};

/* What encrypts connections and says who is at the other end (CURVE). Of a router: its own pair,
 * and which of the gate's domains it is; of a dealer: its own pair, and the router's public key. */
struct net_server_keys {
    const struct key_pair *own;
    const char *domain;
};
struct net_client_keys {
    const struct key_pair *own;
    const struct daqs_key *server;
};

/* A socket of ours, a ZMQ_ROUTER or ZMQ_DEALER, that is neither bound nor connected yet: for
 * callers with options of their own. NULL with a text otherwise. */
zsock_t *net_socket_new(int type, struct daqs_error *err);

struct net_router_bounds {
    size_t message_bytes; /* a connection ends with a message of more than twice that: the owner
                             refuses those in between, and counts them */
    int queue;            /* messages that wait for one peer. Those from one are not bounded: libzmq
                             4.3.4 can be made to end the process while such a queue is full. The
                             owner reads them all, and hangs up on who sends too many */
};

/* A socket of ours bound to 'endpoint'; the caller's to zsock_destroy. NULL with a text otherwise.
 * Without keys (NULL) anybody who gets there is let in; with them whom the gate admits. Without
 * bounds (NULL) they are those of any socket of ours. What happens to its connections goes to
 * *ret_monitor, if that is not NULL: for connections_new. For ipc endpoints the router makes the
 * folder if it is missing. */
zsock_t *net_router_new(const char *endpoint, const struct net_server_keys *keys,
                        const struct net_router_bounds *bounds, zsock_t **ret_monitor,
                        struct daqs_error *err);

/* The same with a dealer, whose connecting is watched if ret_watch is not NULL: what goes there is
 * for handshake_read. Such a pair is the caller's to net_close. */
zsock_t *net_dealer_new(const char *endpoint, const struct net_client_keys *keys,
                        zsock_t **ret_watch, struct daqs_error *err);

/* Ends a socket and what watches it; either may be NULL. */
void net_close(zsock_t **socket, zsock_t **watch);

/* Keys for a dealer that is not connected yet. */
void net_use_keys(zsock_t *dealer, const struct net_client_keys *keys);

/* Takes one message if one waits. *ret_body is initialised on success only, and the caller
 * closes it with zmq_msg_close. peer is NULL for a dealer. DAQS_ENOTFOUND: nothing waits.
 * DAQS_EFORMAT: a message of the wrong shape was dropped. */
int net_receive(zsock_t *socket, struct net_route *ret_route, zmq_msg_t *ret_body);

/* The key of the connection that a message came over, proved by CURVE and let in by the gate. False
 * if no gate did: of a socket with keys such a message is not to be believed. */
bool net_sender(zmq_msg_t *body, struct daqs_key *ret);

/* The descriptor of that connection, libzmq's own; -1: not known, or it is the number of a
 * connection from elsewhere by now. A message may be read long after its sender has gone, and
 * nobody may be taken for them; but others at the same address are not told apart. */
int net_sender_fd(zmq_msg_t *body);

/* Sends a copy. DAQS_ENOTFOUND: no such peer (any more). DAQS_EBUSY: its queue is full. */
int net_send(zsock_t *socket, const struct net_route *route, const void *bytes, size_t length);

/* The same without a copy: 'bytes' are malloc'd, and are taken in any case. */
int net_send_away(zsock_t *socket, const struct net_route *route, void *bytes, size_t length);

/* True for ipc:// and for tcp:// on loopback, where no key is needed to trust the wire. */
bool net_endpoint_is_local(const char *endpoint);

/* True for "ipc://PATH" and "tcp://ADDRESS:PORT". */
bool net_endpoint_ok(const char *endpoint);

#endif
