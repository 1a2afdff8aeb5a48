/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/core/fleet/vm_index.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "controllerd/core/fleet/host_table.h"

/* All locations of a UUID. */
struct uuid_entry {
    char *uuid;
    struct vm_location *first;
};

/* A location, and the UUID it is of. */
struct vm_entry {
    struct vm_location vm_location; /* first member */
    struct uuid_entry *uuid_entry;  /* NULL: the VM has no UUID */
};

/* The VMs of a host. */
struct host_entry {
    struct vm_index *index;
    uint32_t vms;
    struct vm_entry *vm_entry;
};

/* The UUIDs are in a tree, because a hostile host may choose ones that collide in a hash table. */
struct vm_index {
    void *uuids;              /* of tsearch: struct uuid_entry */
    struct host_table *hosts; /* struct host_entry */
};

static int by_uuid(const void *a, const void *b)
{
    return strcmp(((const struct uuid_entry *)a)->uuid, ((const struct uuid_entry *)b)->uuid);
}

static void erase(void *record)
{
    struct host_entry *host_entry = record;
    for (uint32_t i = 0; i < host_entry->vms; i++) {
        struct uuid_entry *uuid_entry = host_entry->vm_entry[i].uuid_entry;
        if (!uuid_entry)
            continue;
        DL_DELETE(uuid_entry->first, &host_entry->vm_entry[i].vm_location);
        if (uuid_entry->first)
            continue;
        (void)tdelete(uuid_entry, &host_entry->index->uuids, by_uuid);
        free(uuid_entry->uuid);
        free(uuid_entry);
    }
    free(host_entry->vm_entry);
    host_entry->vm_entry = NULL;
    host_entry->vms = 0;
}

struct vm_index *vm_index_new(void)
{
    struct vm_index *w = calloc(1, sizeof *w);
    struct host_table *hosts = host_table_new(sizeof(struct host_entry), erase);
    if (!w || !hosts) {
        free(w);
        host_table_free(hosts);
        return NULL;
    }
    w->hosts = hosts;
    return w;
}

void vm_index_free(struct vm_index *w)
{
    if (!w)
        return;
    host_table_free(w->hosts);
    free(w);
}

static struct uuid_entry *find_uuid(const struct vm_index *w, const char *uuid)
{
    const struct uuid_entry key = {.uuid = (char *)uuid};
    void *const node = tfind(&key, &w->uuids, by_uuid);
    return node ? *(struct uuid_entry *const *)node : NULL;
}

static struct uuid_entry *uuid_of(struct vm_index *w, const char *uuid)
{
    struct uuid_entry *uuid_entry = find_uuid(w, uuid);
    if (uuid_entry)
        return uuid_entry;
    uuid_entry = calloc(1, sizeof *uuid_entry);
    char *copy = uuid_entry ? strdup(uuid) : NULL;
    if (!copy) {
        free(uuid_entry);
        return NULL;
    }
    uuid_entry->uuid = copy;
    if (tsearch(uuid_entry, &w->uuids, by_uuid))
        return uuid_entry;
    free(copy);
    free(uuid_entry);
    return NULL;
}

int vm_index_update(struct vm_index *w, struct fleet_host *host)
{
    struct host_entry *host_entry = host_table_need(w->hosts, host);
    if (!host_entry)
        return DAQS_ENOMEM;
    erase(host_entry);
    host_entry->index = w;
    host_entry->vm_entry = calloc(host->vms + 1U, sizeof *host_entry->vm_entry);
    for (uint32_t v = 0; host_entry->vm_entry && v < host->vms; v++) {
        struct vm_entry *vm_entry = &host_entry->vm_entry[host_entry->vms++];
        if (!*host->vm[v].uuid)
            continue;
        vm_entry->vm_location.host = host;
        vm_entry->vm_location.vm = v;
        vm_entry->uuid_entry = uuid_of(w, host->vm[v].uuid);
        if (!vm_entry->uuid_entry) {
            erase(host_entry);
            return DAQS_ENOMEM;
        }
        DL_PREPEND(vm_entry->uuid_entry->first, &vm_entry->vm_location);
    }
    return host_entry->vm_entry ? DAQS_OK : DAQS_ENOMEM;
}

void vm_index_remove(struct vm_index *w, const struct fleet_host *host)
{
    host_table_remove(w->hosts, host);
}

const struct vm_location *vm_index_find(const struct vm_index *w, const char *uuid)
{
    const struct uuid_entry *uuid_entry = *uuid ? find_uuid(w, uuid) : NULL;
    return uuid_entry ? uuid_entry->first : NULL;
}
