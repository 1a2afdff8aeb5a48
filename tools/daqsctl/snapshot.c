/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/daqsctl/snapshot.h"

#include <stdlib.h>
#include <string.h>

#include "shared/base/sum.h"
#include "tools/daqsctl/table_lookup.h"

enum { TEXTS_BYTES = 256 * 1024 * 1024 };

void snapshot_init(struct snapshot *snapshot)
{
    *snapshot = (struct snapshot){.uplinks = 0};
    daqs_arena_init(&snapshot->texts, TEXTS_BYTES);
}

void snapshot_done(struct snapshot *snapshot)
{
    free(snapshot->uplink);
    free(snapshot->nic);
    daqs_arena_done(&snapshot->texts);
    snapshot_init(snapshot);
}

/* Returns an array with room for one more item of 'size' bytes; NULL if out of memory. */
static void *grow(void *items, size_t count, size_t *capacity, size_t size)
{
    if (count < *capacity)
        return items;
    size_t more = *capacity ? *capacity * 2 : 256;
    void *bigger = reallocarray(items, more, size);
    if (bigger)
        *capacity = more;
    return bigger;
}

static const char *keep(struct snapshot *snapshot, const struct daqs_table *table, size_t row,
                        const char *name)
{
    const char *text = table_cell_text(table, row, name);
    return daqs_arena_text(&snapshot->texts, text, strlen(text));
}

bool snapshot_add_hosts(struct snapshot *snapshot, const struct daqs_table *table)
{
    for (size_t row = 0; row < daqs_table_rows(table); row++) {
        struct snapshot_uplink *items = grow(snapshot->uplink, snapshot->uplinks,
                                             &snapshot->uplinks_capacity, sizeof *snapshot->uplink);
        if (!items)
            return false;
        snapshot->uplink = items;
        if (snapshot->uplinks == PICTURE_UPLINKS_MOST)
            return true;
        const struct snapshot_uplink uplink = {
            .host = keep(snapshot, table, row, "host"),
            .uplink = keep(snapshot, table, row, "uplink"),
            .up = strcmp(table_cell_text(table, row, "state"), "up") == 0,
            .capacity = table_cell_number(table, row, "capacity_bps", 0),
            .usage = table_cell_number(table, row, "usage_bps", 0),
            .maintenance = table_cell_number(table, row, "maintenance", 0) != 0,
        };
        if (!uplink.host || !uplink.uplink)
            return false;
        snapshot->uplink[snapshot->uplinks++] = uplink;
    }
    return true;
}

bool snapshot_add_vms(struct snapshot *snapshot, const struct daqs_table *table)
{
    for (size_t row = 0; row < daqs_table_rows(table); row++) {
        struct snapshot_nic *items =
            grow(snapshot->nic, snapshot->nics, &snapshot->nics_capacity, sizeof *snapshot->nic);
        if (!items)
            return false;
        snapshot->nic = items;
        if (snapshot->nics == PICTURE_NICS_MOST) {
            snapshot->cut = true;
            return true;
        }
        const struct snapshot_nic nic = {
            .host = keep(snapshot, table, row, "host"),
            .vm = keep(snapshot, table, row, "vm"),
            .nic = keep(snapshot, table, row, "nic"),
            .uplink = keep(snapshot, table, row, "uplink"),
            .state = keep(snapshot, table, row, "state"),
            .reason = keep(snapshot, table, row, "reason"),
            .usage = table_cell_number(table, row, "usage_bps", DAQS_UNLIMITED),
            .limit = table_cell_number(table, row, "limit_bps", DAQS_UNLIMITED),
            .min = table_cell_number(table, row, "min_bps", 0),
            .max = table_cell_number(table, row, "max_bps", DAQS_UNLIMITED),
        };
        if (!nic.host || !nic.vm || !nic.nic || !nic.uplink || !nic.state || !nic.reason)
            return false;
        snapshot->nic[snapshot->nics++] = nic;
    }
    return true;
}

void snapshot_add_status(struct snapshot *snapshot, const struct daqs_table *table)
{
    for (size_t row = 0; row < daqs_table_rows(table); row++)
        if (strcmp(table_cell_text(table, row, "name"), "guarantees_missed") == 0) {
            snapshot->missed = strtoull(table_cell_text(table, row, "value"), NULL, 10);
            snapshot->has_missed = true;
        }
}

static bool is_left_out(const struct snapshot *snapshot, const char *member)
{
    for (size_t i = 0; i < snapshot->left_out; i++)
        if (strcmp(snapshot->left_out_member[i].member, member) == 0)
            return true;
    return false;
}

bool snapshot_add_left_out(struct snapshot *snapshot, const struct wire_missing *member,
                           size_t members)
{
    for (size_t i = 0; i < members && snapshot->left_out < PICTURE_MEMBERS_MOST; i++) {
        const char *name = member[i].member;
        if (is_left_out(snapshot, name))
            continue;
        name = daqs_arena_text(&snapshot->texts, name, strlen(name));
        if (!name)
            return false;
        snapshot->left_out_member[snapshot->left_out++] =
            (struct wire_missing){.member = name, .hosts = member[i].hosts};
    }
    return true;
}

static int by_place(const void *a, const void *b)
{
    const struct snapshot_uplink *x = a;
    const struct snapshot_uplink *y = b;
    int order = strcmp(x->host, y->host);
    return order ? order : strcmp(x->uplink, y->uplink);
}

void snapshot_complete(struct snapshot *snapshot)
{
    if (snapshot->uplinks > 0)
        qsort(snapshot->uplink, snapshot->uplinks, sizeof *snapshot->uplink, by_place);
    for (size_t i = 0; i < snapshot->nics && snapshot->uplinks > 0; i++) {
        struct snapshot_nic *nic = &snapshot->nic[i];
        const struct snapshot_uplink key = {.host = nic->host, .uplink = nic->uplink};
        const struct snapshot_uplink *found =
            bsearch(&key, snapshot->uplink, snapshot->uplinks, sizeof *snapshot->uplink, by_place);
        nic->capacity = found ? found->capacity : 0;
    }
}

struct snapshot_sum snapshot_sum(const struct snapshot *snapshot)
{
    struct snapshot_sum sum = {0};
    for (size_t i = 0; i < snapshot->uplinks; i++) {
        const struct snapshot_uplink *u = &snapshot->uplink[i];
        bool new_host = i == 0 || strcmp(u->host, snapshot->uplink[i - 1].host) != 0;
        sum.hosts += new_host;
        sum.hosts_up += new_host && u->up;
        sum.maintenance += new_host && u->maintenance;
        sum.capacity = daqs_sum(sum.capacity, u->up ? u->capacity : 0);
        sum.usage = daqs_sum(sum.usage, u->up ? u->usage : 0);
    }
    for (size_t i = 0; i < snapshot->nics; i++) {
        const struct snapshot_nic *nic = &snapshot->nic[i];
        bool same_vm = i > 0 && strcmp(nic->vm, snapshot->nic[i - 1].vm) == 0 &&
                       strcmp(nic->host, snapshot->nic[i - 1].host) == 0;
        sum.guarantees += nic->min > 0 && !same_vm;
        sum.unknown += nic->min > 0 && !same_vm &&
                       (strcmp(nic->state, "away") == 0 || strcmp(nic->state, "unknown") == 0);
    }
    return sum;
}
