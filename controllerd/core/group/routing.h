/* SPDX-License-Identifier: Apache-2.0 */
/* routing - which member of a group answers a request, and how the answers of several are joined.
 *
 * A list that several members answer comes member by member: the token says whose part is next, so
 * nothing is kept between parts. */
#ifndef DAQS_CONTROLLERD_CORE_GROUP_ROUTING_H
#define DAQS_CONTROLLERD_CORE_GROUP_ROUTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "controllerd/core/group/members.h"
#include "shared/wire/admin.h"

/* Bytes of a member's name in a token, with the terminator. */
enum { ROUTING_LABEL = DAQS_MEMBER_MAX + 1 };

enum routing_way {
    ROUTING_HERE,  /* this member answers */
    ROUTING_OTHER, /* the member that answers for the host does */
    ROUTING_TURNS, /* each member does, in turn */
    ROUTING_ALL,   /* all members do, at once */
    ROUTING_PAST,  /* those do that have recorded what is asked for */
};

struct routing_question {
    enum wire_place place; /* of the verb */
    bool one_host;         /* it is about one host */
    size_t answers; /* number of the member that answers for that host, or is named; the number of
                       members: not known */
    size_t members; /* their number */
    uint32_t hops;  /* members that have passed it on; 0: a client asks this one */
};

/* Returns true if another member than the one that is asked may answer. */
bool routing_leaves(enum wire_place place);

/* Returns who answers. */
enum routing_way routing_way(const struct routing_question *question);

/* Where a list over members goes on. */
struct routing_part {
    char member[ROUTING_LABEL]; /* whose part it is */
    bool seen;                  /* there were rows in earlier parts */
    const char *token;          /* of that member, "" at its beginning */
};

/* Reads a token of a list over members. Returns false for other tokens; "" is one of these. */
bool routing_token_read(const char *token, struct routing_part *ret);

/* Writes the token. Returns false if it is too long. */
bool routing_token_write(const struct routing_part *part, char ret[static WIRE_FIELD_BYTES + 1]);

/* Returns the number of the member whose part follows that of 'after' (NULL: the first part). The
 * others come in the order of their names, lost ones left out, this member last. The number of
 * members: there is no further part. */
size_t routing_next(const struct members *m, const char *after);

/* Returns what is said of a member that gives no answer: that, or that it has no address. */
const char *routing_silent(const struct member *member);

/* Says that a member's part is missing, for example "c3 does not answer: its 1,950 hosts are
 * missing". why: what comes after its name; NULL: as routing_silent. Returns buf. */
enum { ROUTING_TEXT = DAQS_MEMBER_MAX + 256 };
const char *routing_missing(const struct member *member, const char *why, uint64_t hosts,
                            char buf[static ROUTING_TEXT]);

/* Says that a member was lost during a list: others have its hosts by now, and the parts of these
 * may have come before. Returns buf. */
const char *routing_lost(const char *member, uint64_t hosts, char buf[static ROUTING_TEXT]);

#endif
