/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/core/pg/pg_schema.h"

#include <inttypes.h>
#include <string.h>

#include "shared/base/cleanup.h"

/* A change of tables waits for all transactions that use them. */
#define APPLY_LIMIT_MS 60000

void pg_schema_ask(struct pg_job *job)
{
    pg_statement(job, "SELECT version, sha256, needs FROM daqs.migration ORDER BY version", PG_ANY);
}

/* Reads a row of daqs.migration. False: it is not one. */
static bool read_row(const struct pg_job *job, size_t row, int64_t *ret_version,
                     const char **ret_sha256, int64_t *ret_needs)
{
    *ret_sha256 = pg_cell(job, 0, row, 1);
    return *ret_sha256 && pg_cell_number(job, 0, row, 0, ret_version) &&
           pg_cell_number(job, 0, row, 2, ret_needs);
}

int pg_schema_check(const struct pg_job *job, const struct pg_migration *migrations, int count,
                    int *ret_version, struct daqs_error *err)
{
    *ret_version = 0;
    if (job->outcome != PG_DONE && strcmp(job->sqlstate, "42P01") == 0)
        return DAQS_OK; /* undefined_table; also if the whole schema is missing */
    if (job->outcome != PG_DONE)
        return daqs_fail(err, job->error.code, "%s", job->error.text);
    const size_t rows = pg_result(job, 0).rows;
    for (size_t i = 0; i < rows; i++) {
        int64_t version = 0;
        int64_t needs = 0;
        const char *sha256 = NULL;
        if (!read_row(job, i, &version, &sha256, &needs) || version != (int64_t)i + 1)
            return daqs_fail(err, DAQS_EREFUSED, "daqs.migration is not a table of DAQS");
        if (needs > count)
            return daqs_fail(err, DAQS_EVERSION,
                             "the database has version %zu, which needs a program with version"
                             " %" PRId64 " of the schema; this one has %d: use a newer program",
                             rows, needs, count);
        if (version <= count && strcmp(sha256, migrations[i].sha256) != 0)
            return daqs_fail(err, DAQS_EREFUSED,
                             "migration %" PRId64 " of the database differs from this program's",
                             version);
    }
    *ret_version = (int)rows;
    return rows > 0 ? DAQS_OK
                    : daqs_fail(err, DAQS_EREFUSED, "daqs.migration is not a table of DAQS");
}

/* Adds the statements of a script: each ends with a semicolon at the end of a line. */
static void add_script(struct pg_job *job, const struct pg_migration *migration)
{
    const char *at = migration->sql;
    const char *end;
    while ((end = strstr(at, ";\n"))) {
        char *sql DAQS_AUTO_FREE = strndup(at, (size_t)(end - at));
        if (sql)
            pg_statement(job, pg_copy(job, sql), PG_ANY);
        else
            job->broken = true;
        at = end + 2;
    }
}

void pg_schema_apply(struct pg_job *job, const struct pg_migration *migrations, int count,
                     int version)
{
    job->limit_ms = APPLY_LIMIT_MS;
    for (int i = version; i < count; i++) {
        /* The row's lock keeps out others that are to apply the same migration. The first one makes
         * the table, which has the same effect. */
        if (i == 0)
            add_script(job, &migrations[i]);
        pg_statement(job,
                     "UPDATE daqs.meta SET value = value + 1 WHERE name = 'schema' AND value = $1",
                     PG_CHANGES_ONE);
        pg_number(job, i);
        if (i > 0)
            add_script(job, &migrations[i]);
        pg_statement(job,
                     "INSERT INTO daqs.migration (version, sha256, applied_ms, needs) VALUES"
                     " ($1, $2, floor(extract(epoch FROM clock_timestamp()) * 1000), $3)",
                     PG_CHANGES_ONE);
        pg_number(job, i + 1);
        pg_text(job, migrations[i].sha256);
        pg_number(job, migrations[i].needs);
    }
}
