/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/core/records/image_apply.h"

#include <stdlib.h>
#include <string.h>

/* --- SLAs --- */

static int by_place(const char *host, const char *vm, const struct image_sla *row)
{
    const int order = strcmp(host, row->host);
    return order ? order : strcmp(vm, row->vm);
}

static int by_row(const void *a, const void *b)
{
    const struct image_sla *const *x = a;
    const struct image_sla *const *y = b;
    return by_place((*x)->host, (*x)->vm, *y);
}

static int entry_to_row(const void *key, const void *row)
{
    const struct ledger_entry *entry = key;
    return by_place(entry->host, entry->vm, *(const struct image_sla *const *)row);
}

static const struct image_sla **sorted(const struct image *image)
{
    const struct image_sla **row = calloc(image->slas + 1, sizeof(struct image_sla *));
    for (size_t i = 0; row && i < image->slas; i++)
        row[i] = &image->sla[i];
    if (row)
        qsort(row, image->slas, sizeof(struct image_sla *), by_row);
    return row;
}

static bool remove_absent(const struct ledger_entry *entry, const struct image_sla **row,
                          size_t rows, struct changeset *changes)
{
    return bsearch(entry, row, rows, sizeof(struct image_sla *), entry_to_row) ||
           changeset_add(changes, LEDGER_UNSET, entry->host, entry->vm, entry);
}

/* Finds the entries that the image has no more. */
static bool compare_entries(const struct image *image, struct ledger *ledger,
                            struct changeset *changes)
{
    const struct image_sla **row = sorted(image);
    bool complete = row;
    for (size_t i = 0; complete && image->whole && i < ledger_count(ledger); i++)
        complete = remove_absent(ledger_at(ledger, i), row, image->slas, changes);
    for (size_t i = 0; complete && !image->whole && i < image->names; i++) {
        const struct ledger_entry *entry =
            image->name[i].principal ? NULL : ledger_of_host(ledger, image->name[i].name);
        for (; complete && entry; entry = entry->next_of_host)
            complete = remove_absent(entry, row, image->slas, changes);
    }
    free(row);
    return complete;
}

void image_keep_slas(struct image *image, const struct ledger *ledger)
{
    for (size_t i = 0; i < image->invalids; i++) {
        const struct ledger_entry *entry =
            ledger_find(ledger, image->invalid[i].host, image->invalid[i].vm);
        if (entry)
            image_add_sla(image, &(struct image_sla){.host = entry->host,
                                                     .vm = entry->vm,
                                                     .sla = entry->sla,
                                                     .uuid = entry->uuid,
                                                     .updated_ms = entry->updated_at_ms,
                                                     .updated_by = entry->updated_by,
                                                     .gone = entry->gone});
    }
}

static bool same_sla(const struct ledger_entry *entry, const struct image_sla *row)
{
    return entry && sla_same(&entry->sla, &row->sla) && entry->updated_at_ms == row->updated_ms &&
           strcmp(entry->updated_by, row->updated_by) == 0;
}

static bool same_vm(const struct ledger_entry *entry, const struct image_sla *row)
{
    return strcmp(entry->uuid, row->uuid) == 0 && entry->gone == row->gone;
}

bool image_compare_slas(const struct image *image, struct ledger *ledger, struct changeset *changes)
{
    if (!compare_entries(image, ledger, changes))
        return false;
    for (size_t i = 0; i < image->slas; i++) {
        const struct image_sla *row = &image->sla[i];
        const struct ledger_entry *entry = ledger_find(ledger, row->host, row->vm);
        const bool learns = same_sla(entry, row);
        if (learns && same_vm(entry, row))
            continue;
        struct ledger_change *change =
            changeset_add(changes, learns ? LEDGER_LEARN : LEDGER_SET, row->host, row->vm, entry);
        const char *uuid = change ? changeset_text(changes, row->uuid) : NULL;
        if (!uuid)
            return false;
        change->has_new = true;
        change->new_sla = row->sla;
        change->uuid = uuid;
        change->gone = row->gone;
        change->line = (uint32_t)i + 1;
    }
    return true;
}

bool image_apply_slas(const struct image *image, const struct changeset *changes,
                      struct ledger *ledger)
{
    bool complete = true;
    for (size_t i = 0; i < changes->count; i++) {
        const struct ledger_change *change = &changes->change[i];
        if (!change->has_new) {
            (void)ledger_remove(ledger, change->host, change->vm);
            continue;
        }
        const struct image_sla *row = &image->sla[change->line - 1];
        complete = ledger_put(ledger, row->host, row->vm, &row->sla, row->updated_ms,
                              row->updated_by) == DAQS_OK &&
                   ledger_set_uuid(ledger, row->host, row->vm, row->uuid) &&
                   ledger_set_gone(ledger, row->host, row->vm, row->gone) && complete;
    }
    return complete;
}

/* --- modes and maintenance --- */

bool image_apply_policies(const struct image *image, struct policy_overrides *overrides)
{
    bool complete = true;
    if (image->whole)
        policy_overrides_done(overrides);
    for (size_t i = 0; i < image->names && !image->whole; i++)
        policy_overrides_forget(overrides, image->name[i].name);
    for (size_t i = 0; i < image->policies; i++)
        complete = policy_overrides_put(overrides, image->policy[i].host, image->policy[i].uplink,
                                        image->policy[i].mode) == DAQS_OK &&
                   complete;
    return complete;
}

bool image_apply_maintenance(const struct image *image, struct maintenance *maintenance)
{
    bool complete = true;
    if (image->whole)
        maintenance_clear(maintenance);
    for (size_t i = 0; i < image->names && !image->whole; i++)
        maintenance_remove(maintenance, image->name[i].name);
    for (size_t i = 0; i < image->maintenances; i++) {
        const struct image_maintenance *row = &image->maintenance[i];
        complete =
            maintenance_put(maintenance, row->host, row->since_ms, row->by) == DAQS_OK && complete;
    }
    return complete;
}
