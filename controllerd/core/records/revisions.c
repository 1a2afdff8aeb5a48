/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/core/records/revisions.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

enum { NOT_COPIED = -1 };

struct entry {
    int64_t revision;
    int64_t copied; /* the revision that the copy has */
    int64_t audit;  /* the copy has its trail up to this record; 0: none is known */
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

void revisions_free(struct revisions *revisions)
{
    struct entry *entry = NULL;
    struct entry *next = NULL;
    if (!revisions)
        return;
    HASH_ITER(by_name, revisions->entry, entry, next)
    {
        HASH_DELETE(by_name, revisions->entry, entry);
        free(entry);
    }
    free(revisions);
}

void revisions_clear(struct revisions *revisions)
{
    struct entry *entry = NULL;
    struct entry *next = NULL;
    HASH_ITER(by_name, revisions->entry, entry, next)
    {
        if (entry->revision != 0)
            entry->copied = NOT_COPIED;
        entry->revision = 0;
    }
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

/* Returns NULL if out of memory. */
static struct entry *find_or_add(struct revisions *revisions, const char *name)
{
    struct entry *entry = find(revisions, name);
    const size_t length = strlen(name);
    if (entry)
        return entry;
    entry = calloc(1, sizeof *entry + length + 1);
    if (!entry)
        return NULL;
    memcpy(entry->name, name, length + 1);
    HASH_ADD_KEYPTR(by_name, revisions->entry, entry->name, length, entry);
    return entry;
}

bool revisions_set(struct revisions *revisions, const char *name, int64_t revision)
{
    struct entry *entry = find_or_add(revisions, name);
    if (entry && entry->revision != revision && entry->copied == revision)
        entry->copied = NOT_COPIED; /* the database went back, and on again */
    if (entry)
        entry->revision = revision;
    return entry;
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

/* --- the copy --- */

void revisions_copied(struct revisions *revisions, const char *name, int64_t revision)
{
    struct entry *entry = find(revisions, name);
    if (entry)
        entry->copied = revision;
}

void revisions_copied_next(struct revisions *revisions, const char *name, int64_t revision)
{
    struct entry *entry = find(revisions, name);
    if (entry && entry->copied == revision - 1)
        entry->copied = revision;
}

bool revisions_is_copied(const struct revisions *revisions, const char *name)
{
    const struct entry *entry = find(revisions, name);
    return !entry || entry->copied == entry->revision;
}

void revisions_copied_all(struct revisions *revisions)
{
    struct entry *entry = NULL;
    struct entry *next = NULL;
    HASH_ITER(by_name, revisions->entry, entry, next)
    if (entry->revision == 0)
        entry->copied = 0;
}

void revisions_behind(const struct revisions *revisions, void (*found)(void *arg, const char *name),
                      void *arg)
{
    struct entry *entry = NULL;
    struct entry *next = NULL;
    HASH_ITER(by_name, revisions->entry, entry, next)
    if (entry->copied != entry->revision)
        found(arg, entry->name);
}

bool revisions_saw(struct revisions *revisions, const char *name, int64_t audit)
{
    struct entry *entry = find_or_add(revisions, name);
    if (entry && audit > entry->audit)
        entry->audit = audit;
    return entry;
}

int64_t revisions_seen(const struct revisions *revisions, const char *name)
{
    const struct entry *entry = find(revisions, name);
    return entry ? entry->audit : 0;
}

void revisions_each_seen(const struct revisions *revisions,
                         void (*each)(void *arg, const char *name, int64_t audit), void *arg)
{
    struct entry *entry = NULL;
    struct entry *next = NULL;
    HASH_ITER(by_name, revisions->entry, entry, next)
    if (entry->audit > 0)
        each(arg, entry->name, entry->audit);
}
