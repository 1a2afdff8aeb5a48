/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/core/group/stays.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "shared/base/error.h"

enum { OWN = 0 };

struct stay {
    char *host;
    char member[DAQS_MEMBER_MAX + 1];
    UT_hash_handle hh;
};

struct stays {
    struct stay *by_host;
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
    HASH_ITER(hh, stays->by_host, stay, next)
    {
        HASH_DEL(stays->by_host, stay);
        free(stay->host);
        free(stay);
    }
    free(stays);
}

static struct stay *find(const struct stays *stays, const char *host)
{
    struct stay *stay = NULL;
    HASH_FIND_STR(stays->by_host, host, stay);
    return stay;
}

int stays_read(struct stays *stays, const char *host, const char *member)
{
    struct stay *stay = find(stays, host);
    if (!stay) {
        stay = calloc(1, sizeof *stay);
        char *copy = stay ? strdup(host) : NULL;
        if (!copy) {
            free(stay);
            return DAQS_ENOMEM;
        }
        stay->host = copy;
        HASH_ADD_KEYPTR(hh, stays->by_host, stay->host, strlen(stay->host), stay);
    }
    (void)snprintf(stay->member, sizeof stay->member, "%s", member);
    return DAQS_OK;
}

const char *stays_member(const struct stays *stays, const char *host)
{
    const struct stay *stay = find(stays, host);
    return stay ? stay->member : "";
}

size_t stays_count(const struct stays *stays)
{
    return HASH_COUNT(stays->by_host);
}

size_t stays_of_member(const struct stays *stays, const char *member)
{
    size_t hosts = 0;
    for (const struct stay *stay = stays->by_host; stay; stay = stay->hh.next)
        hosts += strcmp(stay->member, member) == 0;
    return hosts;
}

size_t stays_answers(const struct stays *stays, const struct members *m, const char *host)
{
    size_t order[PLACEMENT_FIRST];
    const size_t member = members_find(m, stays_member(stays, host));
    if (member < members_count(m) && members_at(m, member)->life != MEMBER_LOST)
        return member;
    return members_order(m, host, order) > 0 ? order[0] : OWN;
}
