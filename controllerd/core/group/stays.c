/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/core/group/stays.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "shared/base/error.h"

enum { OWN = 0 };

/* How many hosts a member serves, at least one. */
struct tally {
    UT_hash_handle hh;
    size_t hosts;
    int64_t left_ms; /* when a host of its was last read to be served by another member */
    char member[DAQS_MEMBER_MAX + 1];
};

struct stay {
    UT_hash_handle hh;
    struct tally *tally; /* of the member that serves it */
    char host[];
};

struct stays {
    struct stay *by_host;
    struct tally *by_member;
};

struct stays *stays_new(void)
{
    return calloc(1, sizeof(struct stays));
}

void stays_free(struct stays *stays)
{
    if (!stays)
        return;
    struct stay *stay;
    struct stay *next;
    struct tally *tally;
    struct tally *next_tally;
    HASH_ITER(hh, stays->by_host, stay, next)
    {
        HASH_DEL(stays->by_host, stay);
        free(stay);
    }
    HASH_ITER(hh, stays->by_member, tally, next_tally)
    {
        HASH_DEL(stays->by_member, tally);
        free(tally);
    }
    free(stays);
}

static struct stay *find(const struct stays *stays, const char *host)
{
    struct stay *stay = NULL;
    HASH_FIND_STR(stays->by_host, host, stay);
    return stay;
}

static struct tally *find_tally(const struct stays *stays, const char *member)
{
    char name[DAQS_MEMBER_MAX + 1];
    struct tally *tally = NULL;
    (void)snprintf(name, sizeof name, "%s", member);
    HASH_FIND_STR(stays->by_member, name, tally);
    return tally;
}

static struct tally *need_tally(struct stays *stays, const char *member)
{
    struct tally *tally = find_tally(stays, member);
    if (tally || !(tally = calloc(1, sizeof *tally)))
        return tally;
    (void)snprintf(tally->member, sizeof tally->member, "%s", member);
    HASH_ADD_STR(stays->by_member, member, tally);
    return tally;
}

static void drop_tally(struct stays *stays, struct tally *tally)
{
    HASH_DEL(stays->by_member, tally);
    free(tally);
}

static void drop_stay(struct stays *stays, struct stay *stay)
{
    if (!stay)
        return;
    if (--stay->tally->hosts == 0)
        drop_tally(stays, stay->tally);
    HASH_DEL(stays->by_host, stay);
    free(stay);
}

int stays_read(struct stays *stays, const char *host, const char *member, int64_t now_ms)
{
    const size_t host_bytes = strlen(host) + 1;
    struct stay *stay = find(stays, host);
    if (!*member) {
        drop_stay(stays, stay);
        return DAQS_OK;
    }
    struct tally *tally = need_tally(stays, member);
    if (!tally)
        return DAQS_ENOMEM;
    if (!stay) {
        stay = calloc(1, sizeof *stay + host_bytes);
        if (!stay && tally->hosts == 0)
            drop_tally(stays, tally);
        if (!stay)
            return DAQS_ENOMEM;
        memcpy(stay->host, host, host_bytes);
        HASH_ADD_STR(stays->by_host, host, stay);
    }
    struct tally *before = stay->tally;
    stay->tally = tally;
    tally->hosts++;
    if (before && before != tally)
        before->left_ms = now_ms;
    if (before && --before->hosts == 0)
        drop_tally(stays, before);
    return DAQS_OK;
}

const char *stays_member(const struct stays *stays, const char *host)
{
    const struct stay *stay = find(stays, host);
    return stay ? stay->tally->member : "";
}

size_t stays_count(const struct stays *stays)
{
    return HASH_COUNT(stays->by_host);
}

size_t stays_of_member(const struct stays *stays, const char *member)
{
    const struct tally *tally = find_tally(stays, member);
    return tally ? tally->hosts : 0;
}

size_t stays_answers(const struct stays *stays, const struct members *m, const char *host)
{
    size_t order[PLACEMENT_FIRST];
    const size_t member = members_find(m, stays_member(stays, host));
    if (member < members_count(m) && members_at(m, member)->life != MEMBER_LOST)
        return member;
    return members_order(m, host, order) > 0 ? order[0] : OWN;
}

size_t stays_in_doubt(const struct stays *stays, const struct members *m, const char *host,
                      int64_t now_ms)
{
    const struct stay *stay = find(stays, host);
    const size_t number = stay ? members_find(m, stay->tally->member) : members_count(m);
    if (number == OWN || number == members_count(m))
        return members_count(m);
    const struct member *member = members_at(m, number);
    const bool may_live = members_linked(m, number) ? !members_silent(m, number, now_ms)
                                                    : stay->tally->left_ms <= member->beat_ms &&
                                                          now_ms - member->beat_ms < STAYS_DOUBT_MS;
    return member->life == MEMBER_LOST && may_live ? number : members_count(m);
}
