/* SPDX-License-Identifier: Apache-2.0 */
/* peer_link - connections from this member of a group to the others, and the questions that are
 * asked over them.
 *
 * Each other member that has an address for members gets a dealer, and a ping every second. One
 * that has not answered for PEER_SILENT_MS is not asked: the caller learns at once that it is
 * silent, instead of waiting for a deadline. One that is lost is pinged only: others answer for its
 * hosts, but must know whether it lives. Nothing here blocks. */
#ifndef DAQS_CONTROLLERD_IO_GROUP_PEER_LINK_H
#define DAQS_CONTROLLERD_IO_GROUP_PEER_LINK_H

#include <czmq.h>

#include "controllerd/core/group/members.h"
#include "shared/base/error.h"
#include "shared/net/key.h"
#include "shared/wire/peer.h"

#define PEER_PING_MS 1000
/* A member that has not answered for this long is silent. */
#define PEER_SILENT_MS MEMBERS_SILENT_MS
/* Questions to one member whose answers are awaited at once, and how many of these only changes
 * may be. */
#define PEER_QUESTIONS_MAX 128
#define PEER_QUESTIONS_KEPT 32

struct peer_link; /* opaque */

/* All of them must outlive it. */
struct peer_link_setup {
    const struct members *members; /* number 0 is this one */
    const struct key_pair *key;    /* of this member; NULL: connections have no keys */
    /* Another member has answered a ping, and says whether the shared database answers it; NULL:
     * nothing is called. The callee must not call the link. */
    void (*pong)(void *arg, const char *member, bool reads, int64_t now_ms);
    void *arg;
};

/* Returns NULL if out of memory. */
struct peer_link *peer_link_new(const struct peer_link_setup *setup);
/* Ends all questions with DAQS_ETIMEOUT, and fails those that are asked from now on; to be called
 * while what they end up in still runs. The loop must have ended. NULL is fine. */
void peer_link_stop(struct peer_link *link);
/* NULL is fine. */
void peer_link_free(struct peer_link *link);

/* Has the loop receive answers from now on; the loop must outlive the link, or peer_link_leave_loop
 * be called first. */
void peer_link_join_loop(struct peer_link *link, zloop_t *loop);
void peer_link_leave_loop(struct peer_link *link);

/* Opens and closes connections, pings, and ends questions whose deadline has passed; to be called
 * several times a second. */
void peer_link_tick(struct peer_link *link, int64_t now_ms);

/* Takes the answers that have arrived, without a loop. */
void peer_link_receive(struct peer_link *link, int64_t now_ms);

/* A question whose answer is awaited; to be embedded by the caller, which sets 'done' and
 * 'changes'. */
struct peer_question {
    /* Called once, from peer_link_receive, _tick or _stop. DAQS_OK: with the reply, valid during
     * the call. DAQS_ETIMEOUT: there was none in time; it is not known what became of the request.
     * The callee may free the question, and may ask again. */
    void (*done)(struct peer_question *question, int result, const uint8_t *bytes, size_t length);
    bool changes; /* it belongs to a change */
    /* The link's own. */
    uint64_t id;
    int64_t until_ms;
    void *peer;
    struct peer_question *prev;
    struct peer_question *next;
};

/* Sends a request to the member with this number. DAQS_EREFUSED: it has no address for members.
 * DAQS_ETIMEOUT: it is silent or lost. DAQS_EBUSY: too many questions to it wait. DAQS_ETOOBIG,
 * DAQS_ENOMEM. On failure nothing was sent, and 'done' is not called. */
int peer_link_ask(struct peer_link *link, size_t member, const struct wire_forward *forward,
                  int64_t timeout_ms, int64_t now_ms, struct peer_question *question);

/* Tells the member that this one serves the host now. It may be lost. */
void peer_link_tell_adopted(struct peer_link *link, size_t member, const char *host);

/* Returns true if the member has an address for members, is not lost, and answers. */
bool peer_link_answers(const struct peer_link *link, size_t member, int64_t now_ms);

#endif
