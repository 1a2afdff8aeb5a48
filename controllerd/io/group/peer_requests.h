/* SPDX-License-Identifier: Apache-2.0 */
/* peer_requests - what the other members of a group ask this one (peer_link is their side).
 *
 * The other side must have the key of a member: then what it says of a client, its name and its
 * role, is believed. */
#ifndef DAQS_CONTROLLERD_IO_GROUP_PEER_REQUESTS_H
#define DAQS_CONTROLLERD_IO_GROUP_PEER_REQUESTS_H

#include <czmq.h>

#include "controllerd/core/group/members.h"
#include "shared/net/connections.h"
#include "shared/net/key.h"
#include "shared/net/socket.h"
#include "shared/wire/peer.h"

struct peer_requests; /* opaque */

/* All of them must outlive it. */
struct peer_requests_setup {
    const struct members *members; /* number 0 is this one */
    const struct key_pair *key;    /* of this member; NULL: connections have no keys */
    /* A request of a client; valid during the call. peer_requests_answer sends the reply, then or
     * later, to this route with this id. */
    void (*forwarded)(void *arg, const struct net_route *route, uint64_t id,
                      const struct wire_forward *forward, int64_t now_ms);
    /* The member with this name serves the host. */
    void (*adopted)(void *arg, const char *host, const char *member, int64_t now_ms);
    void *arg;
};

/* Returns NULL if out of memory. */
struct peer_requests *peer_requests_new(const struct peer_requests_setup *setup);
/* NULL is fine. */
void peer_requests_free(struct peer_requests *requests);

/* Returns true if the key is one that a member has, by what the database says; a member without a
 * key of its own has the same as this one, as long as it is not lost: then its row may be left over
 * from before members had keys of their own. */
bool peer_requests_admits(const struct peer_requests *requests, const struct daqs_key *key);

/* Receives and handles waiting messages, a bounded number of them. connections: of the socket. */
void peer_requests_receive(struct peer_requests *requests, zsock_t *socket,
                           struct connections *connections, int64_t now_ms);

/* Sends a reply, which may be lost. */
void peer_requests_answer(zsock_t *socket, const struct net_route *route, uint64_t id,
                          const uint8_t *bytes, size_t length);

#endif
