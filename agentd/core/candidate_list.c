/* SPDX-License-Identifier: Apache-2.0 */
#include "agentd/core/candidate_list.h"

#include <string.h>

enum { NOT_LISTED = CANDIDATES_MOST };

/* FNV-1a of 32 bits (draft-eastlake-fnv). */
static uint32_t hash_of(const char *text)
{
    uint32_t hash = UINT32_C(2166136261);
    for (; *text; text++)
        hash = (hash ^ (uint8_t)*text) * UINT32_C(16777619);
    return hash;
}

void candidate_copy_text(char *ret, size_t bytes, const char *text)
{
    size_t length = strnlen(text, bytes - 1);
    memcpy(ret, text, length);
    ret[length] = '\0';
}

/* Returns the key as it is listed: otherwise a configured candidate would be listed a second time,
 * and one whose file has another usual key now would be dialled with the former one. */
static struct daqs_key listed_key(const struct candidate_list *list, const struct daqs_key *key)
{
    const bool usual = daqs_key_same(key, &list->usual_key);
    const struct daqs_key none = {{0}};
    return usual ? none : *key;
}

struct candidate candidate_of(const struct candidate_list *list,
                              const struct daqs_member_info *member)
{
    struct candidate candidate = {.key = listed_key(list, &member->key)};
    candidate_copy_text(candidate.name, sizeof candidate.name, member->name);
    candidate_copy_text(candidate.endpoint, sizeof candidate.endpoint, member->endpoint);
    return candidate;
}

bool candidate_same_name(const char *a, const char *b)
{
    return *a && strcmp(a, b) == 0;
}

bool candidate_same_endpoint(const struct candidate *a, const struct candidate *b)
{
    return strcmp(a->endpoint, b->endpoint) == 0;
}

bool candidate_same(const struct candidate *a, const struct candidate *b)
{
    return candidate_same_endpoint(a, b) && daqs_key_same(&a->key, &b->key);
}

/* --- the list --- */

static size_t find(const struct listed_candidate *listed, size_t count,
                   const struct candidate *candidate)
{
    for (size_t i = 0; i < count; i++)
        if (candidate_same(&listed[i].candidate, candidate))
            return i;
    return NOT_LISTED;
}

/* Adds a candidate unless it is listed already. */
static void add(struct candidate_list *list, const struct candidate *candidate,
                const struct listed_candidate *before, size_t count_before)
{
    if (find(list->listed, list->count, candidate) != NOT_LISTED)
        return;
    size_t old = find(before, count_before, candidate);
    list->listed[list->count++] = (struct listed_candidate){
        *candidate, old != NOT_LISTED ? before[old].tried_ms : CANDIDATES_NEVER};
}

/* Returns true if these candidates are not those that members told. */
static bool differ(const struct candidate_list *list, const struct listed_candidate *before,
                   size_t told_before)
{
    bool differ = list->told != told_before;
    for (size_t i = 0; i < list->told && !differ; i++)
        differ = strcmp(list->listed[i].candidate.name, before[i].candidate.name) != 0 ||
                 !candidate_same(&list->listed[i].candidate, &before[i].candidate);
    return differ;
}

bool candidate_list_tell(struct candidate_list *list, const struct daqs_member_info *member,
                         size_t count)
{
    struct listed_candidate before[CANDIDATES_MOST];
    const size_t count_before = list->count;
    const size_t told_before = list->told;
    memcpy(before, list->listed, sizeof before);
    list->count = 0;
    for (size_t i = 0; i < count && i < DAQS_MAX_MEMBERS; i++) {
        const struct candidate candidate = candidate_of(list, &member[i]);
        if (*candidate.endpoint)
            add(list, &candidate, before, count_before);
    }
    list->told = list->count;
    const size_t first = list->told ? list->hash % list->configureds : 0;
    for (size_t i = 0; i < list->configureds; i++)
        add(list, &list->configured[(first + i) % list->configureds], before, count_before);
    return differ(list, before, told_before);
}

size_t candidate_list_position(const struct candidate_list *list, const struct candidate *candidate)
{
    size_t at = find(list->listed, list->count, candidate);
    for (size_t i = 0; at >= list->told && i < list->told; i++)
        if (candidate_same_name(list->listed[i].candidate.name, candidate->name))
            at = i;
    return at;
}

void candidate_list_tried(struct candidate_list *list, const struct candidate *candidate,
                          int64_t now_ms)
{
    size_t at = find(list->listed, list->count, candidate);
    if (at != NOT_LISTED)
        list->listed[at].tried_ms = now_ms;
}

void candidate_list_init(struct candidate_list *list, const char *host, const char *const *endpoint,
                         const struct daqs_key *key, size_t endpoints,
                         const struct daqs_key *usual_key)
{
    *list = (struct candidate_list){.hash = hash_of(host), .usual_key = *usual_key};
    for (size_t i = 0; i < endpoints && i < CANDIDATES_CONFIGURED_MOST; i++) {
        struct candidate *configured = &list->configured[list->configureds++];
        candidate_copy_text(configured->endpoint, sizeof configured->endpoint, endpoint[i]);
        if (key)
            configured->key = listed_key(list, &key[i]);
    }
    (void)candidate_list_tell(list, NULL, 0);
}
