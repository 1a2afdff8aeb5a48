/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/core/fleet/host_table.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

struct slot {
    const struct fleet_host *host;
    UT_hash_handle hh;
    _Alignas(max_align_t) unsigned char record[];
};

struct host_table {
    struct slot *slots;
    size_t record_bytes;
    void (*done)(void *record);
};

struct host_table *host_table_new(size_t record_bytes, void (*done)(void *record))
{
    struct host_table *table = calloc(1, sizeof *table);
    if (table)
        *table = (struct host_table){.record_bytes = record_bytes, .done = done};
    return table;
}

static struct slot *find(const struct host_table *table, const struct fleet_host *host)
{
    struct slot *slot = NULL;
    HASH_FIND_PTR(table->slots, &host, slot);
    return slot;
}

static void drop(struct host_table *table, struct slot *slot)
{
    HASH_DEL(table->slots, slot);
    if (table->done)
        table->done(slot->record);
    free(slot);
}

void host_table_free(struct host_table *table)
{
    struct slot *slot = NULL;
    struct slot *next = NULL;
    if (!table)
        return;
    HASH_ITER(hh, table->slots, slot, next)
    {
        drop(table, slot);
    }
    free(table);
}

void *host_table_find(const struct host_table *table, const struct fleet_host *host)
{
    struct slot *slot = find(table, host);
    return slot ? slot->record : NULL;
}

void *host_table_need(struct host_table *table, const struct fleet_host *host)
{
    struct slot *slot = find(table, host);
    if (!slot) {
        slot = calloc(1, sizeof *slot + table->record_bytes);
        if (!slot)
            return NULL;
        slot->host = host;
        HASH_ADD_PTR(table->slots, host, slot);
    }
    return slot->record;
}

void host_table_remove(struct host_table *table, const struct fleet_host *host)
{
    struct slot *slot = find(table, host);
    if (slot)
        drop(table, slot);
}

void *host_table_carry(const uint32_t *was, uint32_t count, const void *before, size_t size)
{
    unsigned char *now = calloc(count + 1U, size);
    for (uint32_t i = 0; now && before && i < count; i++)
        if (was[i] != FLEET_NEW)
            memcpy(now + i * size, (const unsigned char *)before + was[i] * size, size);
    return now;
}
