/* SPDX-License-Identifier: Apache-2.0 */
/* stays - which member of a group serves each host, as the members have written it to the database.
 *
 * It is a second behind, and tells nothing about who commands a host: that is the agent's choice.
 * It answers who reports a host as away, and where its history is. */
#ifndef DAQS_CONTROLLERD_CORE_GROUP_STAYS_H
#define DAQS_CONTROLLERD_CORE_GROUP_STAYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "controllerd/core/group/members.h"

struct stays; /* opaque */

/* Returns NULL if out of memory. */
struct stays *stays_new(void);
/* NULL is fine. */
void stays_free(struct stays *stays);

/* Takes a row, or the word of a member: this member serves the host; "": none does, and the host is
 * dropped. Members' names that are too long are cut. now_ms: monotonic. DAQS_ENOMEM: nothing
 * changed. */
int stays_read(struct stays *stays, const char *host, const char *member, int64_t now_ms);

/* Returns the name of the member that serves the host, valid until the host's next row; "": not
 * known. */
const char *stays_member(const struct stays *stays, const char *host);

size_t stays_count(const struct stays *stays);
/* Returns how many hosts the member serves. */
size_t stays_of_member(const struct stays *stays, const char *member);

/* Returns the number of the member that answers for the host: the one that serves it; if that is
 * lost or not known, the host's home; without one, the observer. */
size_t stays_answers(const struct stays *stays, const struct members *m, const char *host);

/* A lost member may still serve its hosts, if it is only cut off from the database. One that is
 * linked says so itself. If another one is gone, its hosts come to others within seconds; while
 * none of them has come, that is not known. */
#define STAYS_DOUBT_MS 300000

/* Returns the number of the lost member that may still serve the host: it is linked and not silent;
 * or it is not linked, and none of its hosts has come to another member since its last beat, which
 * is less than STAYS_DOUBT_MS ago. members_count: there is none. now_ms: monotonic. */
size_t stays_in_doubt(const struct stays *stays, const struct members *m, const char *host,
                      int64_t now_ms);

#endif
