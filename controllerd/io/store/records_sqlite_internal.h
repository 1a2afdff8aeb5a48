/* SPDX-License-Identifier: Apache-2.0 */
/* records_sqlite_internal - shared by the engine's files. */
#ifndef DAQS_CONTROLLERD_IO_STORE_RECORDS_SQLITE_INTERNAL_H
#define DAQS_CONTROLLERD_IO_STORE_RECORDS_SQLITE_INTERNAL_H

#include "controllerd/io/store/records_sqlite.h"
#include "controllerd/io/store/store_internal.h"

struct records_sqlite {
    struct records base;
    struct store *store;
};

static inline struct store *records_store(struct records *records)
{
    return ((const struct records_sqlite *)records)->store;
}

/* records_slas.c */
int records_sqlite_load_ledger(struct records *records, struct ledger *ledger,
                               struct daqs_error *err);
int records_sqlite_write_changeset(struct records *records, struct records_changeset *job);

/* records_policy.c */
int records_sqlite_load_overrides(struct records *records, struct policy_overrides *overrides,
                                  struct daqs_error *err);
int records_sqlite_write_policy(struct records *records, struct records_policy *job);

/* records_hosts.c */
int records_sqlite_load_maintenance(struct records *records, struct maintenance *maintenance,
                                    struct daqs_error *err);
int records_sqlite_write_host(struct records *records, struct records_host *job);

/* records_principals.c */
int records_sqlite_load_principals(struct records *records, struct principals *principals,
                                   struct daqs_error *err);
int records_sqlite_write_principal(struct records *records, struct records_principal *job);

/* records_epoch.c */
int records_sqlite_write_epoch(struct records *records, struct records_epoch *job);

#endif
