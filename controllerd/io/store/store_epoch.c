/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>

#include "controllerd/io/store/store_internal.h"

static int work_newest(struct store_job *base)
{
    const struct store_newest *job = (struct store_newest *)base;
    char sql[128];
    (void)snprintf(sql, sizeof sql,
                   "INSERT OR REPLACE INTO meta (name, value) VALUES ('clock', %" PRId64 ")",
                   job->newest_ms);
    int result = store_durable(base->store, false, &base->error);
    return result == DAQS_OK ? sqlite_run(base->store->writer, sql, &base->error) : result;
}

int store_write_newest(struct store *store, struct store_newest *job)
{
    return store_submit_write(store, &job->base, work_newest);
}

static int write_record(sqlite3 *db, const struct store_epoch *job, struct daqs_error *err)
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
    const struct store_epoch *job = arg;
    int result = store_next_epoch(db, arg, err);
    return result == DAQS_OK && job->take_over ? write_record(db, job, err) : result;
}

static int work_epoch(struct store_job *base)
{
    struct store_epoch *job = (struct store_epoch *)base;
    return store_change(base, &job->asker, job->by, raise_epoch);
}

int store_write_epoch(struct store *store, struct store_epoch *job)
{
    return store_submit_write(store, &job->base, work_epoch);
}
