#include "controllerd/core/modes.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* The place of the first entry that is not before this one: they are in order of host and uplink.
 */
static size_t place_of(const struct modes *modes, const char *host, const char *uplink)
{
    size_t low = 0;
    size_t high = modes->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct modes_entry *here = &modes->entry[middle];
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

static struct modes_entry *find(const struct modes *modes, const char *host, const char *uplink)
{
    size_t place = place_of(modes, host, uplink);
    struct modes_entry *entry = place < modes->count ? &modes->entry[place] : NULL;
    bool same = entry && strcmp(entry->host, host) == 0 && strcmp(entry->uplink, uplink) == 0;
    return same ? entry : NULL;
}

static void free_entry(struct modes_entry *entry)
{
    free(entry->host);
    free(entry->uplink);
}

void modes_done(struct modes *modes)
{
    for (size_t i = 0; i < modes->count; i++)
        free_entry(&modes->entry[i]);
    free(modes->entry);
    *modes = (struct modes){0};
}

int modes_put(struct modes *modes, const char *host, const char *uplink, enum policy_mode mode)
{
    struct modes_entry *entry = find(modes, host, uplink);
    if (entry) {
        entry->mode = mode;
        return DAQS_OK;
    }
    struct modes_entry *grown = realloc(modes->entry, (modes->count + 1) * sizeof *grown);
    if (!grown)
        return DAQS_ENOMEM;
    modes->entry = grown;
    struct modes_entry fresh = {strdup(host), strdup(uplink), mode};
    if (!fresh.host || !fresh.uplink) {
        free_entry(&fresh);
        return DAQS_ENOMEM;
    }
    size_t place = place_of(modes, host, uplink);
    memmove(&grown[place + 1], &grown[place], (modes->count - place) * sizeof *grown);
    grown[place] = fresh;
    modes->count++;
    return DAQS_OK;
}

void modes_remove(struct modes *modes, const char *host, const char *uplink)
{
    struct modes_entry *entry = find(modes, host, uplink);
    if (!entry)
        return;
    free_entry(entry);
    size_t after = (size_t)(modes->entry + modes->count - entry) - 1;
    memmove(entry, entry + 1, after * sizeof *entry);
    modes->count--;
}

void modes_apply(const struct modes *modes, enum policy_mode otherwise, struct fleet_host *host)
{
    const struct modes_entry *whole = find(modes, host->name, "");
    for (uint32_t u = 0; u < host->uplinks; u++) {
        const struct modes_entry *own = find(modes, host->name, host->uplink[u].name);
        host->uplink[u].mode = own ? own->mode : whole ? whole->mode : otherwise;
    }
}
