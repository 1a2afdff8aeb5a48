/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/io/group/peer_link.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "shared/base/cleanup.h"
#include "shared/base/clock.h"
#include "shared/base/log.h"
#include "shared/net/socket.h"

enum { OWN = 0, ARENA_BYTES = 16384, ANSWERS_AT_ONCE = 64 };

/* libzmq gives up on a member that has rejected the key, as one does that has not read yet that
 * this member is there. A connection without an answer is made again after this time. */
enum { AGAIN_MS = 5000 };

/* Another member. */
struct peer {
    struct peer_link *link;
    char name[DAQS_MEMBER_MAX + 1];
    char endpoint[DAQS_ENDPOINT_MAX + 1];
    struct daqs_key key; /* all zero: this member's own */
    zsock_t *dealer;
    int64_t opened_ms;
    int64_t heard_ms; /* of the last answer; of the opening if there was none */
    int64_t pinged_ms;
    size_t asked; /* questions that it has not answered yet */
    bool lost;
    struct peer *prev;
    struct peer *next;
};

struct peer_link {
    struct peer_link_setup given;
    zloop_t *loop; /* NULL: none */
    struct peer *peers;
    struct peer_question *questions; /* oldest first */
    uint64_t last_id;
    struct daqs_arena arena;
    struct daqs_log_budget budget;
};

struct peer_link *peer_link_new(const struct peer_link_setup *setup)
{
    struct peer_link *link = calloc(1, sizeof *link);
    if (!link)
        return NULL;
    link->given = *setup;
    daqs_arena_init(&link->arena, ARENA_BYTES);
    return link;
}

/* --- questions --- */

static void end(struct peer_link *link, struct peer_question *question, int result,
                const uint8_t *bytes, size_t length)
{
    struct peer *peer = question->peer;
    DL_DELETE(link->questions, question);
    peer->asked--;
    question->done(question, result, bytes, length);
}

static struct peer_question *find_question(const struct peer_link *link, const struct peer *peer,
                                           uint64_t id)
{
    struct peer_question *question = NULL;
    DL_FOREACH(link->questions, question)
    {
        if (question->id == id && question->peer == peer)
            return question;
    }
    return NULL;
}

/* Ends the questions to a peer, or those whose deadline has passed (NULL). The callbacks may ask
 * others meanwhile. */
static void end_questions(struct peer_link *link, const struct peer *peer, int64_t now_ms)
{
    struct peer_question *question = link->questions;
    while (question) {
        const bool over = peer ? question->peer == peer : now_ms >= question->until_ms;
        if (over)
            end(link, question, DAQS_ETIMEOUT, NULL, 0);
        question = over ? link->questions : question->next;
    }
}

/* --- answers --- */

static void take(struct peer *peer, const void *bytes, size_t length, int64_t now_ms)
{
    struct peer_link *link = peer->link;
    struct peer_question *question = NULL;
    struct wire_peer message;
    struct daqs_error err = {0};
    daqs_arena_reset(&link->arena);
    if (wire_decode_peer(bytes, length, &link->arena, &message, &err) != DAQS_OK) {
        if (daqs_log_allowed(&link->budget, now_ms))
            daqs_log(DAQS_LOG_WARNING, "member %s: %s", peer->name, err.text);
        return;
    }
    peer->heard_ms = now_ms;
    if (message.type == WIRE_PEER_PONG && link->given.pong)
        link->given.pong(link->given.arg, peer->name, message.reads, now_ms);
    if (message.type == WIRE_PEER_ANSWER)
        question = find_question(link, peer, message.id);
    if (question)
        end(link, question, DAQS_OK, message.answer.bytes, message.answer.length);
}

static void receive_from(struct peer *peer, int64_t now_ms)
{
    zmq_msg_t body;
    for (int i = 0; i < ANSWERS_AT_ONCE; i++) {
        const int result = net_receive(peer->dealer, NULL, &body);
        if (result == DAQS_ENOTFOUND)
            return;
        if (result != DAQS_OK)
            continue;
        take(peer, zmq_msg_data(&body), zmq_msg_size(&body), now_ms);
        zmq_msg_close(&body);
    }
}

static int on_readable(zloop_t *loop, zsock_t *reader, void *arg)
{
    (void)loop;
    (void)reader;
    receive_from(arg, daqs_mono_ms(daqs_clock_system()));
    return 0;
}

void peer_link_receive(struct peer_link *link, int64_t now_ms)
{
    struct peer *peer = NULL;
    DL_FOREACH(link->peers, peer)
    {
        if (peer->dealer)
            receive_from(peer, now_ms);
    }
}

/* --- connections --- */

static void watch(struct peer *peer)
{
    const struct peer_link *link = peer->link;
    if (link->loop && peer->dealer)
        (void)zloop_reader(link->loop, peer->dealer, on_readable, peer); /* or by the tick */
}

static void close_dealer(struct peer *peer)
{
    if (peer->link->loop && peer->dealer)
        zloop_reader_end(peer->link->loop, peer->dealer);
    zsock_destroy(&peer->dealer);
}

static void open_dealer(struct peer *peer, int64_t now_ms)
{
    struct peer_link *link = peer->link;
    const struct key_pair *own = link->given.key;
    struct daqs_error err = {0};
    struct net_client_keys keys = {.own = own};
    if (own)
        keys.server = daqs_key_is_set(&peer->key) ? &peer->key : &own->public_key;
    peer->opened_ms = now_ms;
    peer->dealer = net_socket_new(ZMQ_DEALER, &err);
    if (!peer->dealer)
        return;
    zsock_set_maxmsgsize(peer->dealer, WIRE_PEER_MESSAGE_MAX);
    if (own)
        net_use_keys(peer->dealer, &keys);
    if (zsock_connect(peer->dealer, "%s", peer->endpoint) < 0) {
        zsock_destroy(&peer->dealer);
        if (daqs_log_allowed(&link->budget, now_ms))
            daqs_log(DAQS_LOG_WARNING, "cannot connect to member %s at %s", peer->name,
                     peer->endpoint);
        return;
    }
    watch(peer);
}

static void remove_peer(struct peer_link *link, struct peer *peer)
{
    close_dealer(peer);
    DL_DELETE(link->peers, peer);
    end_questions(link, peer, 0);
    free(peer);
}

static struct peer *find_peer(const struct peer_link *link, const char *name)
{
    struct peer *peer = NULL;
    DL_FOREACH(link->peers, peer)
    {
        if (strcmp(peer->name, name) == 0)
            return peer;
    }
    return NULL;
}

/* Out of memory: with the next tick. */
static void add_peer(struct peer_link *link, const struct member_row *row, int64_t now_ms)
{
    struct peer *peer = calloc(1, sizeof *peer);
    if (!peer)
        return;
    peer->link = link;
    peer->key = row->key;
    peer->heard_ms = now_ms;
    (void)snprintf(peer->name, sizeof peer->name, "%s", row->name);
    (void)snprintf(peer->endpoint, sizeof peer->endpoint, "%s", row->peer);
    DL_APPEND(link->peers, peer);
    open_dealer(peer, now_ms);
}

/* Returns true if the peer is still that member; notes whether that is lost. */
static bool is_current(const struct members *members, struct peer *peer)
{
    const size_t number = members_find(members, peer->name);
    if (number == OWN || number >= members_count(members))
        return false;
    const struct member *member = members_at(members, number);
    peer->lost = member->life == MEMBER_LOST;
    return strcmp(member->row.peer, peer->endpoint) == 0 &&
           daqs_key_same(&member->row.key, &peer->key);
}

static void follow_members(struct peer_link *link, int64_t now_ms)
{
    const struct members *members = link->given.members;
    struct peer *peer = link->peers;
    while (peer) { /* what is called at the end of a question does not add any */
        struct peer *next = peer->next;
        if (!is_current(members, peer))
            remove_peer(link, peer);
        else if (peer->lost)
            end_questions(link, peer, 0);
        peer = next;
    }
    for (size_t i = OWN + 1; i < members_count(members); i++) {
        const struct member *member = members_at(members, i);
        if (member->row.peer[0] != '\0' && !find_peer(link, member->row.name))
            add_peer(link, &member->row, now_ms);
    }
}

static int send_to(const struct peer *peer, const struct wire_peer *message)
{
    uint8_t *bytes DAQS_AUTO_FREE = NULL;
    size_t length = 0;
    const int result = wire_encode_peer(message, &bytes, &length);
    if (result != DAQS_OK)
        return result;
    return peer->dealer ? net_send(peer->dealer, NULL, bytes, length) : DAQS_EBUSY;
}

static void keep_up(struct peer *peer, int64_t now_ms)
{
    if (now_ms - peer->heard_ms >= AGAIN_MS && now_ms - peer->opened_ms >= AGAIN_MS) {
        close_dealer(peer);
        open_dealer(peer, now_ms);
    }
    if (now_ms - peer->pinged_ms < PEER_PING_MS)
        return;
    /* While it is not connected a ping is not queued, and the next tick tries again. */
    if (send_to(peer, &(struct wire_peer){.type = WIRE_PEER_PING}) == DAQS_OK)
        peer->pinged_ms = now_ms;
}

void peer_link_tick(struct peer_link *link, int64_t now_ms)
{
    struct peer *peer = NULL;
    peer_link_receive(link, now_ms);
    follow_members(link, now_ms);
    DL_FOREACH(link->peers, peer)
    {
        keep_up(peer, now_ms);
    }
    end_questions(link, NULL, now_ms);
}

void peer_link_join_loop(struct peer_link *link, zloop_t *loop)
{
    struct peer *peer = NULL;
    link->loop = loop;
    DL_FOREACH(link->peers, peer)
    {
        watch(peer);
    }
}

void peer_link_leave_loop(struct peer_link *link)
{
    struct peer *peer = NULL;
    DL_FOREACH(link->peers, peer)
    {
        if (link->loop && peer->dealer)
            zloop_reader_end(link->loop, peer->dealer);
    }
    link->loop = NULL;
}

void peer_link_stop(struct peer_link *link)
{
    while (link && link->peers)
        remove_peer(link, link->peers);
}

void peer_link_free(struct peer_link *link)
{
    if (!link)
        return;
    peer_link_stop(link);
    daqs_arena_done(&link->arena);
    free(link);
}

/* --- asking --- */

static struct peer *peer_of(const struct peer_link *link, size_t member)
{
    return find_peer(link, members_at(link->given.members, member)->row.name);
}

static bool is_silent(const struct peer *peer, int64_t now_ms)
{
    return peer->lost || now_ms - peer->heard_ms >= PEER_SILENT_MS;
}

bool peer_link_answers(const struct peer_link *link, size_t member, int64_t now_ms)
{
    const struct peer *peer = peer_of(link, member);
    return peer && !is_silent(peer, now_ms);
}

int peer_link_ask(struct peer_link *link, size_t member, const struct wire_forward *forward,
                  int64_t timeout_ms, int64_t now_ms, struct peer_question *question)
{
    struct peer *peer = peer_of(link, member);
    const size_t most = PEER_QUESTIONS_MAX - (question->changes ? 0 : PEER_QUESTIONS_KEPT);
    if (members_at(link->given.members, member)->row.peer[0] == '\0')
        return DAQS_EREFUSED;
    if (!peer || is_silent(peer, now_ms))
        return DAQS_ETIMEOUT;
    if (peer->asked >= most)
        return DAQS_EBUSY;
    const struct wire_peer message = {
        .type = WIRE_PEER_FORWARD, .id = link->last_id + 1, .forward = *forward};
    const int result = send_to(peer, &message);
    if (result != DAQS_OK) /* its queue is full, or it is not connected */
        return result == DAQS_EBUSY ? DAQS_ETIMEOUT : result;
    question->id = ++link->last_id;
    question->until_ms = now_ms + timeout_ms;
    question->peer = peer;
    DL_APPEND(link->questions, question);
    peer->asked++;
    return DAQS_OK;
}

void peer_link_tell_adopted(struct peer_link *link, size_t member, const char *host)
{
    const struct peer *peer = peer_of(link, member);
    const struct wire_peer message = {
        .type = WIRE_PEER_ADOPTED,
        .adopted = {.host = host, .member = members_at(link->given.members, OWN)->row.name}};
    if (peer)
        (void)send_to(peer, &message);
}
