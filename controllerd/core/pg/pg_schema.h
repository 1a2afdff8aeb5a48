/* SPDX-License-Identifier: Apache-2.0 */
/* pg_schema - the migrations of the shared database (schema/pg), and the transactions that apply
 * them.
 *
 * Programs of several versions use the database side by side, so a newer schema is fine as long as
 * it does not need a newer program (schema/pg/README.md). */
#ifndef DAQS_CONTROLLERD_CORE_PG_PG_SCHEMA_H
#define DAQS_CONTROLLERD_CORE_PG_PG_SCHEMA_H

#include <stddef.h>

#include "controllerd/core/pg/pg_job.h"

struct pg_migration {
    const char *sql;
    size_t length;
    const char *sha256; /* in hexadecimal digits */
    int needs;          /* the newest migration that a program must know from then on */
};

/* The embedded migrations, from the files in schema/pg. File number n is element n - 1. */
extern const struct pg_migration pg_migrations[];
extern const int pg_migrations_count;

/* Adds to a PG_READ job, which is empty, what pg_schema_check reads. */
void pg_schema_ask(struct pg_job *job);

/* Returns the number of migrations that are applied, in *ret_version, from the job when it is done.
 * A job that failed because there is no such table means 0; other failures are passed on.
 * DAQS_EVERSION: the database needs a newer program. DAQS_EREFUSED: another migration than this
 * program's was applied under the same number, or it is not a database of DAQS. */
int pg_schema_check(const struct pg_job *job, const struct pg_migration *migrations, int count,
                    int *ret_version, struct daqs_error *err);

/* Adds to a PG_WRITE job, which is empty, the migrations after 'version', in one transaction that
 * only one controller can commit. If another one was first, the job fails (CONFLICT, REFUSED or
 * SCHEMA): ask again. */
void pg_schema_apply(struct pg_job *job, const struct pg_migration *migrations, int count,
                     int version);

#endif
