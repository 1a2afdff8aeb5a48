/* SPDX-License-Identifier: Apache-2.0 */
/* pg_migrate - brings the shared database to the schema of this program, without waiting for it. */
#ifndef DAQS_CONTROLLERD_IO_PG_PG_MIGRATE_H
#define DAQS_CONTROLLERD_IO_PG_PG_MIGRATE_H

#include "controllerd/core/pg/pg_schema.h"
#include "controllerd/io/pg/pg_client.h"

struct pg_migrate {
    struct pg_job job; /* first: private, as all but result, version, error and context */
    struct pg_client *client;
    const struct pg_migration *migrations;
    int count;
    int tries;
    void (*done)(struct pg_migrate *migrate);
    void *context; /* for the caller */
    int result;    /* DAQS_OK, or an error of pg_schema_check, or of a job (pg_job.h) */
    int version;   /* migrations that are applied now; may be more than this program knows */
    struct daqs_error error; /* for people */
};

/* Checks which migrations are applied, and applies the missing ones of this program in one
 * transaction. Several controllers may do so at once. Calls 'done' from pg_client_reap; 'migrate'
 * must live until then. Returns false if it could not be begun; 'done' is not called. */
bool pg_migrate_begin(struct pg_migrate *migrate, struct pg_client *client,
                      const struct pg_migration *migrations, int count,
                      void (*done)(struct pg_migrate *migrate), void *context);

#endif
