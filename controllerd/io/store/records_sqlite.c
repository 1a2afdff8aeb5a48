/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/io/store/records_sqlite.h"

#include <stdlib.h>

#include "controllerd/io/store/records_sqlite_internal.h"

static void free_all(struct records *records)
{
    free(records);
}

struct records *records_sqlite_new(struct store *store)
{
    static const struct records_engine engine = {
        .load_ledger = records_sqlite_load_ledger,
        .load_overrides = records_sqlite_load_overrides,
        .load_maintenance = records_sqlite_load_maintenance,
        .load_principals = records_sqlite_load_principals,
        .write_changeset = records_sqlite_write_changeset,
        .write_policy = records_sqlite_write_policy,
        .write_host = records_sqlite_write_host,
        .write_principal = records_sqlite_write_principal,
        .write_epoch = records_sqlite_write_epoch,
        .free = free_all,
    };
    struct records_sqlite *self = calloc(1, sizeof *self);
    if (!self)
        return NULL;
    *self = (struct records_sqlite){.base = {.engine = &engine}, .store = store};
    return &self->base;
}
