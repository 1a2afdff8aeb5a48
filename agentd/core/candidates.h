/* SPDX-License-Identifier: Apache-2.0 */
/* candidates - which controllers an agent may dial, which one it obeys, and when it goes on to
 * another.
 *
 * An agent has one connection whose orders it obeys, the current one. A controller of a group
 * (member) may send it elsewhere. It then dials that member in addition, the target, and still
 * obeys the current one. It leaves the current one only when it has obeyed orders of the target.
 * Thus no limit lapses, even if nothing listens at the target's address.
 *
 * The caller reports what happens on both connections, then calls candidates_next, also every
 * 100 ms or so, and does what that says. Times are monotonic, in ms, and do not go back. */
#ifndef DAQS_AGENTD_CORE_CANDIDATES_H
#define DAQS_AGENTD_CORE_CANDIDATES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agentd/core/candidate_list.h"

/* After this time without a message of a controller that is obeyed, the agent goes on to the next
 * candidate if there is one; after two polls or a lease if that is longer. */
#define CANDIDATES_PATIENCE_MS 3000
/* The agent of a group does not wait that long if the connection has ended and is not back after
 * this time: the controller has crashed. One that starts again at once is back sooner. */
#define CANDIDATES_DOWN_MS 1000
/* A candidate that was left or did not let the agent in is dialled again after this time at the
 * earliest. */
#define CANDIDATES_AGAIN_MS 3000
/* A target has to welcome the agent within this time. It then has as much time for its first orders
 * as a controller may be silent. */
#define CANDIDATES_WELCOME_MS 2000
/* Members may disagree for a second or two. The third time within this span that the agent is sent
 * elsewhere, it stays. */
#define CANDIDATES_SENT_MOST 3
#define CANDIDATES_SENT_MS 10000
/* The member that was lost last is named for this time. */
#define CANDIDATES_LEFT_MS 60000

enum candidates_line { CANDIDATES_CURRENT, CANDIDATES_TARGET };

enum candidates_step {
    CANDIDATES_WAIT, /* nothing is to be done */
    CANDIDATES_DIAL, /* close all connections, and dial candidates_at(CANDIDATES_CURRENT) */
    CANDIDATES_TRY,  /* close the target's connection if there is one, and dial
                        candidates_at(CANDIDATES_TARGET) */
    CANDIDATES_STAY, /* close the target's connection if there is one, and send a hello to the
                        current controller: it names the member that the agent could not go to */
};

struct candidates; /* opaque */

struct candidates_setup {
    const char *host;            /* its name */
    const char *const *endpoint; /* as configured, in that order */
    size_t endpoints;            /* 1 to CANDIDATES_CONFIGURED_MOST */
    const struct daqs_key *key;  /* of each of them, or all zero: the usual one; NULL: likewise */
    struct daqs_key usual_key;   /* all zero: no keys are used */
    int64_t poll_ms;             /* longest interval between reports */
};

/* Copies the setup. Returns NULL if out of memory. */
struct candidates *candidates_new(const struct candidates_setup *setup);
/* NULL is fine. */
void candidates_free(struct candidates *c);

/* Sets the members that an earlier process was told of last, at most DAQS_MAX_MEMBERS, best first.
 * They come before the configured ones. To be called before the first candidates_next. */
void candidates_restore(struct candidates *c, const struct daqs_member_info *member, size_t count);

/* Returns what to do now. */
enum candidates_step candidates_next(struct candidates *c, int64_t now_ms);

/* Records that the controller on this line gave its name ("": it is in no group) and a list of
 * members, at most DAQS_MAX_MEMBERS, best first. If the first one is the controller itself, the
 * agent stays; otherwise it is sent to that one. A member without an endpoint ("") may not be
 * dialled: it is left out, and an agent that is sent there stays. A list in which no member may be
 * dialled changes nothing, and neither does an empty list from a member. Returns true if the list
 * has changed, so that it is to be saved. */
bool candidates_told(struct candidates *c, enum candidates_line line, const char *name,
                     const struct daqs_member_info *member, size_t count, int64_t now_ms);

/* Records a message other than orders, of a controller that may command, with its lease. Of those
 * that a member sends between orders, only the first one counts: it may know too little of this
 * host to command, and another member may know more. */
void candidates_heard(struct candidates *c, enum candidates_line line, int64_t lease_ms,
                      int64_t now_ms);

/* Records orders that were obeyed. Returns true if they were the target's: it is the current
 * controller from now on. The caller closes the former one's connection. */
bool candidates_obeyed(struct candidates *c, enum candidates_line line, int64_t lease_ms,
                       int64_t now_ms);

/* Records that the controller does not let this host in, or cannot be dialled. */
void candidates_refused(struct candidates *c, enum candidates_line line, int64_t now_ms);

/* Records that the current controller let this host in. */
void candidates_connected(struct candidates *c);
/* Records that the connection to it is down, after it was up. */
void candidates_disconnected(struct candidates *c, int64_t now_ms);

/* Returns true if the current controller was heard recently enough that no other one is needed. */
bool candidates_hears(const struct candidates *c, int64_t now_ms);

/* Returns the candidate on a line; NULL if there is none. */
const struct candidate *candidates_at(const struct candidates *c, enum candidates_line line);

/* Returns what a hello on this line says in 'left': the member that was lost last; "": none. */
const char *candidates_left(const struct candidates *c, enum candidates_line line, int64_t now_ms);

/* Candidates in the order in which they are dialled: first those that members told, then the
 * configured ones. Those are in the configured order until members told of others; from then on
 * each host begins at one that depends on its name, so that not all hosts dial the same one. */
size_t candidates_count(const struct candidates *c);
size_t candidates_count_told(const struct candidates *c);
const struct candidate *candidates_get(const struct candidates *c, size_t i);

/* How often the agent has moved to a target, and how often it could not, since the start. */
struct candidates_tally {
    uint64_t moves;
    uint64_t moves_failed;
};
struct candidates_tally candidates_tally(const struct candidates *c);

#endif
