/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/core/access/principals.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "shared/base/rate_limit.h"

#define SECOND_US INT64_C(1000000)

struct principal_entry {
    struct principal principal;  /* first member: pointers are interchangeable */
    struct rate_limit connected; /* rate of recent connections */
    UT_hash_handle by_name;
    UT_hash_handle by_key;
};

struct principals {
    struct principal_entry *names;
    struct principal_entry *keys;
    struct principal_entry **order; /* sorted by name; NULL: not built yet */
    size_t most;
};

static const char *const role_names[] = {
#define X(name, text) text,
    ROLES(X)
#undef X
};

const char *role_name(enum role role)
{
    return role_names[role];
}

bool role_parse(const char *name, enum role *ret)
{
    for (int role = 0; role < ROLES_COUNT; role++)
        if (strcmp(name, role_names[role]) == 0) {
            *ret = (enum role)role;
            return true;
        }
    return false;
}

struct principals *principals_new(size_t most)
{
    struct principals *principals = calloc(1, sizeof *principals);
    if (principals)
        principals->most = most;
    return principals;
}

static void forget_order(struct principals *principals)
{
    free(principals->order);
    principals->order = NULL;
}

static void free_entry(struct principal_entry *entry)
{
    free(entry->principal.name);
    free(entry->principal.enrolled_by);
    free(entry);
}

static void drop(struct principals *principals, struct principal_entry *entry)
{
    forget_order(principals);
    HASH_DELETE(by_name, principals->names, entry);
    HASH_DELETE(by_key, principals->keys, entry);
    free_entry(entry);
}

void principals_free(struct principals *principals)
{
    struct principal_entry *entry = NULL;
    struct principal_entry *next = NULL;
    if (!principals)
        return;
    HASH_ITER(by_name, principals->names, entry, next)
    {
        drop(principals, entry);
    }
    free(principals);
}

static struct principal_entry *find(const struct principals *principals, const char *name)
{
    struct principal_entry *entry = NULL;
    HASH_FIND(by_name, principals->names, name, strlen(name), entry);
    return entry;
}

const struct principal *principals_named(const struct principals *principals, const char *name)
{
    const struct principal_entry *entry = find(principals, name);
    return entry ? &entry->principal : NULL;
}

const struct principal *principals_with_key(const struct principals *principals,
                                            const struct daqs_key *key)
{
    struct principal_entry *entry = NULL;
    HASH_FIND(by_key, principals->keys, key->byte, sizeof key->byte, entry);
    return entry ? &entry->principal : NULL;
}

size_t principals_count(const struct principals *principals)
{
    return HASH_CNT(by_name, principals->names);
}

static int compare_names(const void *a, const void *b)
{
    const struct principal_entry *const *x = a;
    const struct principal_entry *const *y = b;
    return strcmp((*x)->principal.name, (*y)->principal.name);
}

const struct principal *principals_at(struct principals *principals, size_t index)
{
    size_t count = 0;
    if (!principals->order) {
        principals->order =
            calloc(principals_count(principals) + 1, sizeof(struct principal_entry *));
        for (struct principal_entry *e = principals->names; principals->order && e;
             e = e->by_name.next)
            principals->order[count++] = e;
        if (principals->order)
            qsort(principals->order, count, sizeof(struct principal_entry *), compare_names);
    }
    return principals->order ? &principals->order[index]->principal : NULL;
}

int principals_check(const struct principals *principals, const char *name,
                     const struct daqs_key *key, enum role role, bool replace,
                     struct daqs_error *err)
{
    const struct principal *named = principals_named(principals, name);
    const struct principal *owner = principals_with_key(principals, key);
    if (owner && owner != named)
        return daqs_fail(err, DAQS_EEXISTS, "this key already belongs to %.100s (%s)", owner->name,
                         role_name(owner->role));
    if (named && !replace && (owner != named || named->role != role))
        return daqs_fail(err, DAQS_EEXISTS,
                         "%.100s has another key or role (%s); --force replaces it, and closes "
                         "connections with the old key",
                         name, role_name(named->role));
    if (!named && principals_count(principals) >= principals->most)
        return daqs_fail(err, DAQS_ETOOBIG, "no room for more than %zu keys", principals->most);
    return DAQS_OK;
}

int principals_put(struct principals *principals, const struct principal *principal)
{
    struct principal_entry *entry = calloc(1, sizeof *entry);
    struct principal_entry *old = find(principals, principal->name);
    if (!entry)
        return DAQS_ENOMEM;
    entry->principal = *principal;
    entry->principal.name = strdup(principal->name);
    entry->principal.enrolled_by = strdup(principal->enrolled_by);
    if (!entry->principal.name || !entry->principal.enrolled_by) {
        free_entry(entry);
        return DAQS_ENOMEM;
    }
    if (old)
        drop(principals, old);
    forget_order(principals);
    HASH_ADD_KEYPTR(by_name, principals->names, entry->principal.name,
                    strlen(entry->principal.name), entry);
    HASH_ADD(by_key, principals->keys, principal.key, sizeof entry->principal.key, entry);
    return DAQS_OK;
}

/* A connection costs a second (of an agent) or a tenth of one (of others). The limit lets
 * PRINCIPALS_AGENT_BURST seconds accumulate. */
bool principals_admit(struct principals *principals, const struct principal *principal,
                      int64_t now_ms)
{
    struct principal_entry *entry = find(principals, principal->name);
    int64_t cost_us = principal->role == ROLE_AGENT ? SECOND_US : SECOND_US / 10;
    return entry && rate_limit_take(&entry->connected, cost_us, SECOND_US * PRINCIPALS_AGENT_BURST,
                                    now_ms * 1000);
}

bool principals_remove(struct principals *principals, const char *name)
{
    struct principal_entry *entry = find(principals, name);
    if (entry)
        drop(principals, entry);
    return entry != NULL;
}
