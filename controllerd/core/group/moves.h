/* SPDX-License-Identifier: Apache-2.0 */
/* moves - which of the hosts that a member serves are sent to another member, and when.
 *
 * An agent that is sent elsewhere connects there first, and leaves only when the other one commands
 * it. So a move costs no lease, and one that fails costs nothing. */
#ifndef DAQS_CONTROLLERD_CORE_GROUP_MOVES_H
#define DAQS_CONTROLLERD_CORE_GROUP_MOVES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "controllerd/core/group/members.h"

/* A host stays where it is for at least this long, unless its member leaves. */
#define MOVES_AGAIN_MS 60000
/* A host that is still here this long after it was sent away was not let in there. */
#define MOVES_ANSWER_MS 10000
/* Then it is not sent there again for this long, unless that member has been away in between: it
 * may have been on its way out. */
#define MOVES_FAILED_MS 600000
/* A leaving member sends hosts away only this long after the database has that it leaves, when the
 * others have read it: before, they would send them back. If the database does not have it in time,
 * the others count the member as lost. */
#define MOVES_NOTICE_MS 2000
/* Hosts a second that a leaving member sends away. */
#define MOVES_DRAIN_RATE 200
/* A leaving member sends a host again where it was not let in, if there is no other member, after
 * this time: more often than the agent follows within 10 s is of no use. */
#define MOVES_DRAIN_AGAIN_MS 5000
/* A member has left when its hosts have gone; at the earliest after MOVES_LEAVE_MS with some of
 * them, if none has gone for MOVES_STUCK_MS; after MOVES_LEAVE_MOST_MS in any case, which is 10 s
 * less than TimeoutStopSec of the unit. */
#define MOVES_LEAVE_MS 30000
#define MOVES_STUCK_MS 5000
#define MOVES_LEAVE_MOST_MS 50000

/* X(NAME, text): why a host is sent away. */
#define MOVE_REASONS(X)                                                                            \
    X(HOME, "its home is back, or has joined")                                                     \
    X(DRAIN, "this member is leaving")                                                             \
    X(CUT_OFF, "this member is cut off from the database, and that one is not")

enum move_reason {
#define X(NAME, text) MOVE_##NAME,
    MOVE_REASONS(X)
#undef X
};

const char *move_reason_text(enum move_reason reason);

struct move {
    const char *host; /* valid until the next call of moves_due or moves_gone */
    size_t target;    /* number of the member */
    enum move_reason reason;
};

struct moves; /* opaque: hosts by name */

/* move_rate: hosts a second that all members together send to one, above 0. Returns NULL if out of
 * memory. */
struct moves *moves_new(uint32_t move_rate);
/* NULL is fine. */
void moves_free(struct moves *moves);

/* The host has said hello and is served here. redirectable: its agent can be sent elsewhere. left:
 * the member in its hello that it lost or could not go to ("": none); if it was sent there from
 * here, that move has failed. DAQS_ENOMEM: it is never sent away. */
int moves_adopted(struct moves *moves, const char *host, bool redirectable, const char *left,
                  int64_t now_ms);
/* The host is no longer connected here. Returns true if it was sent away just before: then it is
 * served elsewhere, and nothing is wrong with it. */
bool moves_gone(struct moves *moves, const char *host, int64_t now_ms);

/* Returns the name of the member that the host was sent to from here within MOVES_FAILED_MS without
 * being let in, and that has not been away since; "": there is none. Valid until the next call that
 * changes the hosts. */
const char *moves_failed(const struct moves *moves, const struct members *m, const char *host,
                         int64_t now_ms);

/* Returns how many hosts are here that can be sent away. */
size_t moves_left(const struct moves *moves);
/* Returns true if this member leaves and has no reason to wait for its hosts any longer. */
bool moves_over(const struct moves *moves, int64_t now_ms);

/* Writes the hosts that are to be sent away now, at most 'most', and counts them as sent; to be
 * called several times a second. Returns their number. */
size_t moves_due(struct moves *moves, const struct members *m, int64_t now_ms, struct move *ret,
                 size_t most);

#endif
