/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/core/fleet/policy_overrides.h"

#include <stdlib.h>
#include <string.h>

/* Returns the index of the first entry that is not before this one. Entries are sorted by host and
 * uplink. */
static size_t place_of(const struct policy_overrides *overrides, const char *host,
                       const char *uplink)
{
    size_t low = 0;
    size_t high = overrides->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct policy_override *here = &overrides->entry[middle];
        int order = strcmp(here->host, host);
        if (order == 0)
            order = strcmp(here->uplink, uplink);
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct policy_override *find(const struct policy_overrides *overrides, const char *host,
                                    const char *uplink)
{
    size_t place = place_of(overrides, host, uplink);
    struct policy_override *entry = place < overrides->count ? &overrides->entry[place] : NULL;
    bool same = entry && strcmp(entry->host, host) == 0 && strcmp(entry->uplink, uplink) == 0;
    return same ? entry : NULL;
}

static void free_entry(struct policy_override *entry)
{
    free(entry->host);
    free(entry->uplink);
}

void policy_overrides_done(struct policy_overrides *overrides)
{
    for (size_t i = 0; i < overrides->count; i++)
        free_entry(&overrides->entry[i]);
    free(overrides->entry);
    *overrides = (struct policy_overrides){0};
}

int policy_overrides_put(struct policy_overrides *overrides, const char *host, const char *uplink,
                         enum policy_mode mode)
{
    struct policy_override *entry = find(overrides, host, uplink);
    if (entry) {
        entry->mode = mode;
        return DAQS_OK;
    }
    struct policy_override *grown =
        realloc(overrides->entry, (overrides->count + 1) * sizeof *grown);
    if (!grown)
        return DAQS_ENOMEM;
    overrides->entry = grown;
    struct policy_override fresh = {strdup(host), strdup(uplink), mode};
    if (!fresh.host || !fresh.uplink) {
        free_entry(&fresh);
        return DAQS_ENOMEM;
    }
    size_t place = place_of(overrides, host, uplink);
    memmove(&grown[place + 1], &grown[place], (overrides->count - place) * sizeof *grown);
    grown[place] = fresh;
    overrides->count++;
    return DAQS_OK;
}

static void remove_entry(struct policy_overrides *overrides, struct policy_override *entry)
{
    free_entry(entry);
    size_t after = (size_t)(overrides->entry + overrides->count - entry) - 1;
    memmove(entry, entry + 1, after * sizeof *entry);
    overrides->count--;
}

void policy_overrides_remove(struct policy_overrides *overrides, const char *host,
                             const char *uplink)
{
    struct policy_override *entry = find(overrides, host, uplink);
    if (entry)
        remove_entry(overrides, entry);
}

/* The host's first entry; NULL: none. */
static struct policy_override *first_of(const struct policy_overrides *overrides, const char *host)
{
    const size_t place = place_of(overrides, host, "");
    return place < overrides->count && strcmp(overrides->entry[place].host, host) == 0
               ? &overrides->entry[place]
               : NULL;
}

bool policy_overrides_has(const struct policy_overrides *overrides, const char *host)
{
    return first_of(overrides, host) != NULL;
}

void policy_overrides_forget(struct policy_overrides *overrides, const char *host)
{
    for (struct policy_override *entry; (entry = first_of(overrides, host));)
        remove_entry(overrides, entry);
}

enum policy_mode policy_overrides_mode(const struct policy_overrides *overrides,
                                       enum policy_mode otherwise, const char *host,
                                       const char *uplink)
{
    const struct policy_override *whole = find(overrides, host, "");
    const struct policy_override *own = find(overrides, host, uplink);
    return own ? own->mode : whole ? whole->mode : otherwise;
}

void policy_overrides_apply(const struct policy_overrides *overrides, enum policy_mode otherwise,
                            struct fleet_host *host)
{
    for (uint32_t u = 0; u < host->uplinks; u++)
        host->uplink[u].mode =
            policy_overrides_mode(overrides, otherwise, host->name, host->uplink[u].name);
}
