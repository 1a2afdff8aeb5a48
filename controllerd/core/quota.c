#include "controllerd/core/quota.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#define SECOND_US INT64_C(1000000)

enum { SECONDS_AT_ONCE = 2, MANY = 1024 };

struct entry {
    char *who;
    struct bucket bucket;
    UT_hash_handle hh;
};

struct quota {
    struct entry *entries;
    size_t tidy_at; /* when there are so many, the empty ones go */
};

bool bucket_take(struct bucket *bucket, int64_t cost_us, int64_t most_us, int64_t now_ms)
{
    int64_t now_us = now_ms * 1000;
    int64_t empty_us = bucket->empty_us > now_us ? bucket->empty_us : now_us;
    if (empty_us - now_us + cost_us > most_us)
        return false;
    bucket->empty_us = empty_us + cost_us;
    return true;
}

struct quota *quota_new(void)
{
    struct quota *quota = calloc(1, sizeof *quota);
    if (quota)
        quota->tidy_at = MANY;
    return quota;
}

static void drop(struct quota *quota, struct entry *entry)
{
    HASH_DEL(quota->entries, entry);
    free(entry->who);
    free(entry);
}

void quota_free(struct quota *quota)
{
    if (!quota)
        return;
    while (quota->entries)
        drop(quota, quota->entries);
    free(quota);
}

/* A walk over them all pays for itself: as many have to come again before the next. */
static void tidy(struct quota *quota, int64_t now_ms)
{
    struct entry *entry = NULL;
    struct entry *next = NULL;
    if (HASH_COUNT(quota->entries) < quota->tidy_at)
        return;
    HASH_ITER(hh, quota->entries, entry, next)
    {
        if (entry->bucket.empty_us <= now_ms * 1000)
            drop(quota, entry);
    }
    quota->tidy_at = MANY + 2 * (size_t)HASH_COUNT(quota->entries);
}

static struct entry *find_or_add(struct quota *quota, const char *who, int64_t now_ms)
{
    struct entry *entry = NULL;
    HASH_FIND_STR(quota->entries, who, entry);
    if (entry)
        return entry;
    tidy(quota, now_ms);
    entry = calloc(1, sizeof *entry);
    if (entry)
        entry->who = strdup(who);
    if (!entry || !entry->who) {
        free(entry);
        return NULL;
    }
    HASH_ADD_KEYPTR(hh, quota->entries, entry->who, strlen(entry->who), entry);
    return entry;
}

bool quota_take(struct quota *quota, const char *who, uint32_t a_second, int64_t now_ms)
{
    struct entry *entry = find_or_add(quota, who, now_ms);
    return entry &&
           bucket_take(&entry->bucket, SECOND_US / a_second, SECONDS_AT_ONCE * SECOND_US, now_ms);
}

size_t quota_count(const struct quota *quota)
{
    return HASH_COUNT(quota->entries);
}
