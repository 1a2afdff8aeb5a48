/* SPDX-License-Identifier: Apache-2.0 */
/* members - the members of a group of controllers, as one of them, the observer, sees them in the
 * database that they share.
 *
 * A member proves that it lives by a beat, a number that it changes once a second. The observer
 * judges by its own monotonic clock, and counts only time in which the database answered it: while
 * the database is silent, no member is lost. */
#ifndef DAQS_CONTROLLERD_CORE_GROUP_MEMBERS_H
#define DAQS_CONTROLLERD_CORE_GROUP_MEMBERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "controllerd/core/group/placement.h"
#include "shared/base/model.h"

enum { MEMBERS_MAX = 256 };

/* Between two answers of the database at most this much time counts; a longer interval is a gap.
 * A view whose last answer is older is not fresh. */
#define MEMBERS_GAP_MS 3000

/* If this row shows another process, and that does not beat for this long, the database has gone
 * back in time, and the row is to be put again. */
#define MEMBERS_OWN_MS 3000

/* A member that has not read the database for this long is cut off from it, if another one reads.
 */
#define MEMBERS_CUT_OFF_MS 30000

/* A member reads if it has said within this time that the database answers it. Members say so once
 * a second. */
#define MEMBERS_READS_MS 3000

/* A member from which nothing was heard for this long is silent; three of its words are lost then.
 */
#define MEMBERS_SILENT_MS 3500

/* X(NAME, text): what a member says of itself. Only one that serves is a home for hosts. */
#define MEMBER_STATES(X)                                                                           \
    X(STARTING, "starting") /* it does not know its records yet */                                 \
    X(SERVING, "serving")                                                                          \
    X(LEAVING, "leaving") /* it sends its hosts to others, to end */

enum member_state {
#define X(NAME, text) MEMBER_##NAME,
    MEMBER_STATES(X)
#undef X
};

const char *member_state_text(enum member_state state);
/* Returns the state with this text; MEMBER_STARTING for one that only newer members know. */
enum member_state member_state_parse(const char *text);

/* X(NAME, text): unproven: its row was there at the first answer, of all or after a gap, and has
 * not changed since. */
#define MEMBER_LIVES(X)                                                                            \
    X(UNPROVEN, "unproven")                                                                        \
    X(ALIVE, "alive")                                                                              \
    X(LOST, "lost")

enum member_life {
#define X(NAME, text) MEMBER_##NAME,
    MEMBER_LIVES(X)
#undef X
};

const char *member_life_text(enum member_life life);

/* A row of the table of members. Texts that are longer than DAQS_MEMBER_MAX (name, version) or
 * DAQS_ENDPOINT_MAX (bus, peer) are cut. */
struct member_row {
    const char *name;
    const char *bus;      /* endpoint for agents */
    const char *peer;     /* endpoint for members; "": none */
    const char *version;  /* of the program */
    struct daqs_key key;  /* all zero: the one that agents have */
    uint64_t incarnation; /* random, drawn at each start */
    uint64_t beat;
    uint32_t weight;
    enum member_state state;
};

struct member {
    struct member_row row; /* with copies of the texts */
    enum member_life life;
    int64_t unchanged_ms; /* counted time without a change of its beat; below 0: after a gap */
    int64_t beat_ms;      /* monotonic, when a change of its beat was last seen; without one: when
                             it was first seen */
    int64_t steady_ms;    /* counted time without a pause of its beats that lasted for half of
                             lost_after */
    int64_t paused_ms;    /* monotonic, when it last made such a pause, was started or was first
                             seen */
    bool said_reads; /* the last time that it was asked, it said that the database answers it */
    int64_t said_ms; /* when, monotonic; before that: when it was first seen */
};

enum members_own {
    MEMBERS_OWN_PRESENT,
    MEMBERS_OWN_MISSING, /* the row must be put again: it is gone, or an old one is back */
    MEMBERS_OWN_DOUBTED, /* the row is another process's; whether that lives is not known yet */
    MEMBERS_OWN_TAKEN,   /* another process under this name lives: this one must end */
};

struct members; /* opaque */

struct members_setup {
    struct member_row own; /* its state and weight are used as they are here */
    int64_t lost_after_ms;
    int64_t settle_ms; /* a member is settled that has been steady for this long */
};

/* Returns NULL if out of memory. */
struct members *members_new(const struct members_setup *setup, int64_t now_ms);
/* NULL is fine. */
void members_free(struct members *m);

/* Must be called several times a second, so that a pause of this process is not taken for one of
 * the database. */
void members_tick(struct members *m, int64_t now_ms);

/* Takes an answer of the database: all rows, at most MEMBERS_MAX of which are used. now_ms: when
 * the answer was received. DAQS_ENOMEM: nothing changed. */
int members_read(struct members *m, const struct member_row *row, size_t rows, int64_t now_ms);

/* Returns what the last answer said of the observer's own row; it stays MEMBERS_OWN_TAKEN. */
enum members_own members_own(const struct members *m);

/* The observer's own state changes. */
void members_set_state(struct members *m, enum member_state state);

/* Returns the observer's own state as the database has it, by the last answer; MEMBER_STARTING: it
 * has none. */
enum member_state members_stored(const struct members *m);
int64_t members_lost_after_ms(const struct members *m);

/* The member with this name says whether the database answers it. An unknown name is ignored. */
void members_peer_said(struct members *m, const char *name, bool reads, int64_t now_ms);

/* Returns true if the database has answered within MEMBERS_GAP_MS. */
bool members_fresh(const struct members *m, int64_t now_ms);
/* Returns true if both this member and that one have an address for members, so that they ask each
 * other. */
bool members_linked(const struct members *m, size_t index);
/* Returns true if a linked member is silent: see MEMBERS_SILENT_MS. Time before a pause of this
 * process does not count. */
bool members_silent(const struct members *m, size_t index, int64_t now_ms);
/* Returns how many lost members are linked and not silent. */
size_t members_in_touch(const struct members *m, int64_t now_ms);

/* Returns true if another member reads: see MEMBERS_READS_MS. */
bool members_reads(const struct members *m, size_t index, int64_t now_ms);
/* Returns true if this member is without the database and another one is not: see
 * MEMBERS_CUT_OFF_MS. */
bool members_cut_off(const struct members *m, int64_t now_ms);

/* Number 0 is the observer itself, which is always alive. The others are in the order of the last
 * answer. Pointers are valid until the next one. */
size_t members_count(const struct members *m);
const struct member *members_at(const struct members *m, size_t index);
/* Returns the number of the member with this name; members_count: there is none. */
size_t members_find(const struct members *m, const char *name);

/* A lost member's row is deleted after this time without a beat; at once if it was leaving. */
#define MEMBERS_KEPT_MS 86400000

/* Returns the number of a member whose row is to be deleted; members_count: there is none. */
size_t members_expired(const struct members *m, int64_t now_ms);

/* Returns true if hosts may be moved to the member: it serves, and has been steady for settle. */
bool members_settled(const struct members *m, size_t index);
int64_t members_settle_ms(const struct members *m);

/* Returns a number that grows whenever a host's order may have changed, and with it the numbers of
 * members. */
uint64_t members_version(const struct members *m);

/* Writes the numbers of the members that serve and are not lost, in the order that the host prefers
 * them. Returns how many. The first one is the host's home; 0: it has none. */
size_t members_order(const struct members *m, const char *host, size_t ret[static PLACEMENT_FIRST]);

#endif
