/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/core/access/name_limits.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "shared/base/rate_limit.h"

#define SECOND_US INT64_C(1000000)

enum { SECONDS_AT_ONCE = 2, MANY = 1024 };

struct name_limit {
    char *name;
    UT_hash_handle hh;
    struct rate_limit limit[];
};

struct name_limits {
    struct name_limit *entries;
    size_t kinds;
    size_t tidy_at; /* number of entries at which idle ones are dropped */
};

struct name_limits *name_limits_new(size_t kinds)
{
    struct name_limits *limits = calloc(1, sizeof *limits);
    if (limits)
        *limits = (struct name_limits){.kinds = kinds, .tidy_at = MANY};
    return limits;
}

static void drop(struct name_limits *limits, struct name_limit *entry)
{
    HASH_DEL(limits->entries, entry);
    free(entry->name);
    free(entry);
}

void name_limits_free(struct name_limits *limits)
{
    if (!limits)
        return;
    while (limits->entries)
        drop(limits, limits->entries);
    free(limits);
}

static bool is_idle(const struct name_limits *limits, const struct name_limit *entry,
                    int64_t now_ms)
{
    for (size_t kind = 0; kind < limits->kinds; kind++)
        if (!rate_limit_idle(&entry->limit[kind], now_ms * 1000))
            return false;
    return true;
}

/* Drops idle entries once there are 'tidy_at'. The cost of the walk is amortised: as many names
 * again have to be added before the next walk. */
static void tidy(struct name_limits *limits, int64_t now_ms)
{
    struct name_limit *entry = NULL;
    struct name_limit *next = NULL;
    if (HASH_COUNT(limits->entries) < limits->tidy_at)
        return;
    HASH_ITER(hh, limits->entries, entry, next)
    {
        if (is_idle(limits, entry, now_ms))
            drop(limits, entry);
    }
    limits->tidy_at = MANY + 2 * (size_t)HASH_COUNT(limits->entries);
}

static struct name_limit *find_or_add(struct name_limits *limits, const char *name, int64_t now_ms)
{
    struct name_limit *entry = NULL;
    HASH_FIND_STR(limits->entries, name, entry);
    if (entry)
        return entry;
    tidy(limits, now_ms);
    entry = calloc(1, sizeof *entry + limits->kinds * sizeof entry->limit[0]);
    if (entry)
        entry->name = strdup(name);
    if (!entry || !entry->name) {
        free(entry);
        return NULL;
    }
    HASH_ADD_KEYPTR(hh, limits->entries, entry->name, strlen(entry->name), entry);
    return entry;
}

bool name_limits_charge(struct name_limits *limits, const char *name, size_t kind, int64_t cost_us,
                        int64_t burst_us, int64_t now_ms)
{
    struct name_limit *entry = find_or_add(limits, name, now_ms);
    return entry && rate_limit_take(&entry->limit[kind], cost_us, burst_us, now_ms * 1000);
}

bool name_limits_have(const struct name_limits *limits, const char *name, size_t kind,
                      int64_t cost_us, int64_t burst_us, int64_t now_ms)
{
    const struct name_limit *entry = NULL;
    HASH_FIND_STR(limits->entries, name, entry);
    struct rate_limit limit = entry ? entry->limit[kind] : (struct rate_limit){0};
    return rate_limit_take(&limit, cost_us, burst_us, now_ms * 1000);
}

bool name_limits_take(struct name_limits *limits, const char *name, uint32_t per_second,
                      int64_t now_ms)
{
    return name_limits_charge(limits, name, 0, SECOND_US / per_second, SECONDS_AT_ONCE * SECOND_US,
                              now_ms);
}

size_t name_limits_count(const struct name_limits *limits)
{
    return HASH_COUNT(limits->entries);
}
