/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>

#include "controllerd/io/store/records_sqlite_internal.h"

static int write_record(sqlite3 *db, const struct records_epoch *job, struct daqs_error *err)
{
    sqlite3_stmt *statement AUTO_STATEMENT =
        sqlite_prepare(db,
                       "INSERT INTO audit (host, vm, at_ms, by, what, old_text, new_text)"
                       " VALUES ('', '', ?1, ?2, 'take-over', ?3, ?4)",
                       err);
    if (!statement)
        return DAQS_ESTORE;
    char before[24];
    char after[24];
    (void)snprintf(before, sizeof before, "%" PRIu64, job->before);
    (void)snprintf(after, sizeof after, "%" PRIu64, job->epoch);
    sqlite3_bind_int64(statement, 1, job->at_ms);
    sqlite3_bind_text(statement, 2, job->by, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 3, before, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 4, after, -1, SQLITE_STATIC);
    return sqlite_step_done(statement, err);
}

static int raise_epoch(sqlite3 *db, void *arg, struct daqs_error *err)
{
    struct records_epoch *job = arg;
    int result = store_next_epoch(db, job->least, &job->epoch, err);
    return result == DAQS_OK && job->take_over ? write_record(db, job, err) : result;
}

static int work_epoch(struct store_job *base)
{
    struct records_epoch *job = (struct records_epoch *)base;
    return store_change(base, &job->asker, job->by, raise_epoch);
}

int records_sqlite_write_epoch(struct records *records, struct records_epoch *job)
{
    return store_submit_write(records_store(records), &job->base, work_epoch);
}
