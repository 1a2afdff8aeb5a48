/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/io/group/peer_requests.h"

#include <stdlib.h>

#include "shared/base/cleanup.h"
#include "shared/base/log.h"

enum { OWN = 0, AT_ONCE = 64, ARENA_BYTES = 16384 };

struct peer_requests {
    struct peer_requests_setup given;
    struct daqs_arena arena;
    struct daqs_log_budget budget;
};

struct peer_requests *peer_requests_new(const struct peer_requests_setup *setup)
{
    struct peer_requests *r = calloc(1, sizeof *r);
    if (!r)
        return NULL;
    r->given = *setup;
    daqs_arena_init(&r->arena, ARENA_BYTES);
    return r;
}

void peer_requests_free(struct peer_requests *r)
{
    if (!r)
        return;
    daqs_arena_done(&r->arena);
    free(r);
}

bool peer_requests_admits(const struct peer_requests *r, const struct daqs_key *key)
{
    const struct members *members = r->given.members;
    if (!r->given.key)
        return true;
    for (size_t i = OWN + 1; i < members_count(members); i++) {
        const struct member *member = members_at(members, i);
        const bool has_own = daqs_key_is_set(&member->row.key);
        if (!has_own && member->life == MEMBER_LOST)
            continue;
        if (daqs_key_same(has_own ? &member->row.key : &r->given.key->public_key, key))
            return true;
    }
    return false;
}

static void note_refused(struct peer_requests *r, const char *why, int64_t now_ms)
{
    if (daqs_log_allowed(&r->budget, now_ms))
        daqs_log(DAQS_LOG_WARNING, "members: %s", why);
}

static void send_message(zsock_t *socket, const struct net_route *route,
                         const struct wire_peer *message)
{
    uint8_t *bytes DAQS_AUTO_FREE = NULL;
    size_t length = 0;
    if (wire_encode_peer(message, &bytes, &length) == DAQS_OK)
        (void)net_send(socket, route, bytes, length);
}

static void handle(struct peer_requests *r, zsock_t *socket, const struct net_route *route,
                   zmq_msg_t *body, int64_t now_ms)
{
    struct wire_peer message;
    struct daqs_error err = {0};
    const struct peer_requests_setup *given = &r->given;
    daqs_arena_reset(&r->arena);
    if (wire_decode_peer(zmq_msg_data(body), zmq_msg_size(body), &r->arena, &message, &err) !=
        DAQS_OK) {
        note_refused(r, err.text, now_ms);
        return;
    }
    if (message.type == WIRE_PEER_PING) {
        const struct wire_peer pong = {.type = WIRE_PEER_PONG,
                                       .id = message.id,
                                       .reads = members_fresh(given->members, now_ms)};
        send_message(socket, route, &pong);
    } else if (message.type == WIRE_PEER_FORWARD) {
        given->forwarded(given->arg, route, message.id, &message.forward, now_ms);
    } else if (message.type == WIRE_PEER_ADOPTED) {
        given->adopted(given->arg, message.adopted.host, message.adopted.member, now_ms);
    }
}

/* A member that was removed from the database has a connection still. */
static bool may_speak(const struct peer_requests *r, zmq_msg_t *body)
{
    struct daqs_key key;
    if (!r->given.key || (net_sender(body, &key) && peer_requests_admits(r, &key)))
        return true;
    const struct connection connection = connection_of(net_sender_fd(body));
    connection_hang_up(&connection);
    return false;
}

void peer_requests_receive(struct peer_requests *r, zsock_t *socket,
                           struct connections *connections, int64_t now_ms)
{
    for (int i = 0; i < AT_ONCE; i++) { /* the bus must get its turn */
        struct net_route route;
        zmq_msg_t body;
        const int result = net_receive(socket, &route, &body);
        if (result == DAQS_ENOTFOUND)
            return;
        if (result != DAQS_OK) {
            note_refused(r, "message refused: it has several parts", now_ms);
            continue;
        }
        if (may_speak(r, &body)) {
            if (connections)
                connections_known(connections, net_sender_fd(&body), now_ms);
            handle(r, socket, &route, &body, now_ms);
        } else {
            note_refused(r, "message refused: its sender is no longer a member", now_ms);
        }
        zmq_msg_close(&body);
    }
}

void peer_requests_answer(zsock_t *socket, const struct net_route *route, uint64_t id,
                          const uint8_t *bytes, size_t length)
{
    const struct wire_peer message = {
        .type = WIRE_PEER_ANSWER, .id = id, .answer = {.bytes = bytes, .length = length}};
    send_message(socket, route, &message);
}
