#include "tools/daqsctl/picture.h"

#include <stdlib.h>
#include <string.h>

#include "tools/daqsctl/cells.h"

enum { TEXTS_BYTES = 256 * 1024 * 1024 };

void picture_init(struct picture *picture)
{
    *picture = (struct picture){.uplinks = 0};
    daqs_arena_init(&picture->texts, TEXTS_BYTES);
}

void picture_done(struct picture *picture)
{
    free(picture->uplink);
    free(picture->nic);
    daqs_arena_done(&picture->texts);
    picture_init(picture);
}

/* Room for one more of 'size' bytes; NULL: there is none. */
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

static const char *keep(struct picture *picture, const struct daqs_table *table, size_t row,
                        const char *name)
{
    const char *text = cell_text_named(table, row, name);
    return daqs_arena_text(&picture->texts, text, strlen(text));
}

bool picture_add_hosts(struct picture *picture, const struct daqs_table *table)
{
    for (size_t row = 0; row < daqs_table_rows(table); row++) {
        struct picture_uplink *items = grow(picture->uplink, picture->uplinks,
                                            &picture->uplinks_capacity, sizeof *picture->uplink);
        if (!items)
            return false;
        picture->uplink = items;
        if (picture->uplinks == PICTURE_UPLINKS_MOST)
            return true;
        const struct picture_uplink uplink = {
            .host = keep(picture, table, row, "host"),
            .uplink = keep(picture, table, row, "uplink"),
            .up = strcmp(cell_text_named(table, row, "state"), "up") == 0,
            .capacity = cell_number_named(table, row, "capacity_bps", 0),
            .usage = cell_number_named(table, row, "usage_bps", 0),
        };
        if (!uplink.host || !uplink.uplink)
            return false;
        picture->uplink[picture->uplinks++] = uplink;
    }
    return true;
}

bool picture_add_vms(struct picture *picture, const struct daqs_table *table)
{
    for (size_t row = 0; row < daqs_table_rows(table); row++) {
        struct picture_nic *items =
            grow(picture->nic, picture->nics, &picture->nics_capacity, sizeof *picture->nic);
        if (!items)
            return false;
        picture->nic = items;
        if (picture->nics == PICTURE_NICS_MOST) {
            picture->cut = true;
            return true;
        }
        const struct picture_nic nic = {
            .host = keep(picture, table, row, "host"),
            .vm = keep(picture, table, row, "vm"),
            .nic = keep(picture, table, row, "nic"),
            .uplink = keep(picture, table, row, "uplink"),
            .state = keep(picture, table, row, "state"),
            .reason = keep(picture, table, row, "reason"),
            .usage = cell_number_named(table, row, "usage_bps", DAQS_UNLIMITED),
            .limit = cell_number_named(table, row, "limit_bps", DAQS_UNLIMITED),
            .min = cell_number_named(table, row, "min_bps", 0),
            .max = cell_number_named(table, row, "max_bps", DAQS_UNLIMITED),
        };
        if (!nic.host || !nic.vm || !nic.nic || !nic.uplink || !nic.state || !nic.reason)
            return false;
        picture->nic[picture->nics++] = nic;
    }
    return true;
}

void picture_add_status(struct picture *picture, const struct daqs_table *table)
{
    for (size_t row = 0; row < daqs_table_rows(table); row++)
        if (strcmp(cell_text_named(table, row, "name"), "guarantees_missed") == 0) {
            picture->missed = strtoull(cell_text_named(table, row, "value"), NULL, 10);
            picture->has_missed = true;
        }
}

static int by_place(const void *a, const void *b)
{
    const struct picture_uplink *x = a;
    const struct picture_uplink *y = b;
    int order = strcmp(x->host, y->host);
    return order ? order : strcmp(x->uplink, y->uplink);
}

void picture_complete(struct picture *picture)
{
    if (picture->uplinks > 0)
        qsort(picture->uplink, picture->uplinks, sizeof *picture->uplink, by_place);
    for (size_t i = 0; i < picture->nics && picture->uplinks > 0; i++) {
        struct picture_nic *nic = &picture->nic[i];
        const struct picture_uplink key = {.host = nic->host, .uplink = nic->uplink};
        const struct picture_uplink *found =
            bsearch(&key, picture->uplink, picture->uplinks, sizeof *picture->uplink, by_place);
        nic->capacity = found ? found->capacity : 0;
    }
}

struct picture_sum picture_sum(const struct picture *picture)
{
    struct picture_sum sum = {0};
    for (size_t i = 0; i < picture->uplinks; i++) {
        const struct picture_uplink *u = &picture->uplink[i];
        bool new_host = i == 0 || strcmp(u->host, picture->uplink[i - 1].host) != 0;
        sum.hosts += new_host;
        sum.hosts_up += new_host && u->up;
        sum.capacity += u->up ? u->capacity : 0;
        sum.usage += u->up ? u->usage : 0;
    }
    for (size_t i = 0; i < picture->nics; i++) {
        const struct picture_nic *nic = &picture->nic[i];
        bool same_vm = i > 0 && strcmp(nic->vm, picture->nic[i - 1].vm) == 0 &&
                       strcmp(nic->host, picture->nic[i - 1].host) == 0;
        sum.guarantees += nic->min > 0 && !same_vm;
    }
    return sum;
}
