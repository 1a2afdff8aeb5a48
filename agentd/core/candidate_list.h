/* SPDX-License-Identifier: Apache-2.0 */
/* candidate_list - the controllers that an agent may dial, in the order in which it does: first
 * those that members of a group told of, then the configured ones. Those are in the configured
 * order until members told of others; from then on each host begins at one that depends on its
 * name, so that not all hosts dial the same one. None is listed twice; but a configured one stays
 * listed after a member told of another key for its endpoint, in case that key is out of date. */
#ifndef DAQS_AGENTD_CORE_CANDIDATE_LIST_H
#define DAQS_AGENTD_CORE_CANDIDATE_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/model.h"

#define CANDIDATES_CONFIGURED_MOST 8
#define CANDIDATES_MOST (DAQS_MAX_MEMBERS + CANDIDATES_CONFIGURED_MOST)

/* Long before any monotonic time, without overflow in differences. */
#define CANDIDATES_NEVER (INT64_MIN / 4)

struct candidate {
    char name[DAQS_MEMBER_MAX + 1];       /* of the member; "": not known, or not in a group */
    char endpoint[DAQS_ENDPOINT_MAX + 1]; /* to dial */
    struct daqs_key key;                  /* all zero: the usual one */
};

struct listed_candidate {
    struct candidate candidate;
    int64_t tried_ms; /* monotonic, dialled, left or refused last; CANDIDATES_NEVER: never */
};

struct candidate_list {
    uint32_t hash;             /* of the host's name */
    struct daqs_key usual_key; /* of candidates that have none of their own */
    struct candidate configured[CANDIDATES_CONFIGURED_MOST];
    size_t configureds;
    struct listed_candidate listed[CANDIDATES_MOST];
    size_t count;
    size_t told; /* the first ones of those */
};

/* Lists what is configured: 1 to CANDIDATES_CONFIGURED_MOST endpoints, with a key of each or NULL.
 * A key that is all zero, or the usual one, is that of candidates that have none of their own. */
void candidate_list_init(struct candidate_list *list, const char *host, const char *const *endpoint,
                         const struct daqs_key *key, size_t endpoints,
                         const struct daqs_key *usual_key);

/* Lists these members, at most DAQS_MAX_MEMBERS, instead of those that were told before. Returns
 * true if they differ. */
bool candidate_list_tell(struct candidate_list *list, const struct daqs_member_info *member,
                         size_t count);

/* Returns the position of a candidate. If that is not one that a member told of, because a
 * configured one leads to the same member, that of its name. CANDIDATES_MOST: it is
 * not listed. */
size_t candidate_list_position(const struct candidate_list *list,
                               const struct candidate *candidate);

/* Records that the candidate was tried, if it is listed. */
void candidate_list_tried(struct candidate_list *list, const struct candidate *candidate,
                          int64_t now_ms);

struct candidate candidate_of(const struct candidate_list *list,
                              const struct daqs_member_info *member);
/* Copies what fits into 'ret' of so many bytes. */
void candidate_copy_text(char *ret, size_t bytes, const char *text);
/* Returns true if both are the same name, and not "". */
bool candidate_same_name(const char *a, const char *b);
bool candidate_same_endpoint(const struct candidate *a, const struct candidate *b);
/* Returns true if both have the same endpoint and key. */
bool candidate_same(const struct candidate *a, const struct candidate *b);

#endif
