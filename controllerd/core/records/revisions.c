/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/core/records/revisions.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

struct entry {
    int64_t revision;
    UT_hash_handle by_name;
    char name[];
};

struct revisions {
    struct entry *entry;
};

struct revisions *revisions_new(void)
{
    return calloc(1, sizeof(struct revisions));
}

void revisions_clear(struct revisions *revisions)
{
    struct entry *entry = NULL;
    struct entry *next = NULL;
    HASH_ITER(by_name, revisions->entry, entry, next)
    {
        HASH_DELETE(by_name, revisions->entry, entry);
        free(entry);
    }
}

void revisions_free(struct revisions *revisions)
{
    if (revisions)
        revisions_clear(revisions);
    free(revisions);
}

static struct entry *find(const struct revisions *revisions, const char *name)
{
    struct entry *entry = NULL;
    HASH_FIND(by_name, revisions->entry, name, strlen(name), entry);
    return entry;
}

int64_t revisions_of(const struct revisions *revisions, const char *name)
{
    const struct entry *entry = find(revisions, name);
    return entry ? entry->revision : 0;
}

bool revisions_set(struct revisions *revisions, const char *name, int64_t revision)
{
    struct entry *entry = find(revisions, name);
    const size_t length = strlen(name);
    if (!entry) {
        entry = calloc(1, sizeof *entry + length + 1);
        if (!entry)
            return false;
        memcpy(entry->name, name, length + 1);
        HASH_ADD_KEYPTR(by_name, revisions->entry, entry->name, length, entry);
    }
    entry->revision = revision;
    return true;
}

size_t revisions_count(const struct revisions *revisions)
{
    return HASH_CNT(by_name, revisions->entry);
}

enum revision_news revisions_compare(const struct revisions *revisions, const char *name,
                                     int64_t revision)
{
    const int64_t known = revisions_of(revisions, name);
    return revision == known ? REVISION_SAME : revision > known ? REVISION_NEWER : REVISION_BACK;
}

void revisions_missing(const struct revisions *revisions, bool (*has)(void *arg, const char *name),
                       void (*found)(void *arg, const char *name), void *arg)
{
    struct entry *entry = NULL;
    struct entry *next = NULL;
    HASH_ITER(by_name, revisions->entry, entry, next)
    if (entry->revision > 0 && !has(arg, entry->name))
        found(arg, entry->name);
}
