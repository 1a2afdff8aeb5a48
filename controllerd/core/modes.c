#include "controllerd/core/modes.h"

#include <stdlib.h>
#include <string.h>

static struct modes_entry *find(const struct modes *modes, const char *host, const char *uplink)
{
    for (size_t i = 0; i < modes->count; i++)
        if (strcmp(modes->entry[i].host, host) == 0 && strcmp(modes->entry[i].uplink, uplink) == 0)
            return &modes->entry[i];
    return NULL;
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
    entry = &grown[modes->count];
    *entry = (struct modes_entry){strdup(host), strdup(uplink), mode};
    if (!entry->host || !entry->uplink) {
        free_entry(entry);
        return DAQS_ENOMEM;
    }
    modes->count++;
    return DAQS_OK;
}

void modes_remove(struct modes *modes, const char *host, const char *uplink)
{
    struct modes_entry *entry = find(modes, host, uplink);
    if (!entry)
        return;
    free_entry(entry);
    *entry = modes->entry[--modes->count];
}

void modes_apply(const struct modes *modes, enum policy_mode otherwise, struct fleet_host *host)
{
    const struct modes_entry *whole = find(modes, host->name, "");
    for (uint32_t u = 0; u < host->uplinks; u++) {
        const struct modes_entry *own = find(modes, host->name, host->uplink[u].name);
        host->uplink[u].mode = own ? own->mode : whole ? whole->mode : otherwise;
    }
}
