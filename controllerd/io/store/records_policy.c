/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/io/store/records_sqlite_internal.h"

/* The record contains the previous mode, so it is written before the change. */
static int write_record(sqlite3 *db, const struct records_policy *job, struct daqs_error *err)
{
    sqlite3_stmt *statement AUTO_STATEMENT =
        sqlite_prepare(db,
                       "INSERT INTO audit (host, vm, at_ms, by, what, new_text, old_text)"
                       " VALUES (?1, ?2, ?3, ?4, 'set-policy', ?5, coalesce((SELECT mode"
                       " FROM policy WHERE host = ?1 AND uplink = ?2), 'default'))",
                       err);
    if (!statement)
        return DAQS_ESTORE;
    sqlite3_bind_text(statement, 1, job->host, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 2, job->uplink, -1, SQLITE_STATIC);
    sqlite3_bind_int64(statement, 3, job->at_ms);
    sqlite3_bind_text(statement, 4, job->by, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 5, job->has_mode ? policy_mode_name(job->mode) : "default", -1,
                      SQLITE_STATIC);
    return sqlite_step_done(statement, err);
}

static int write_policy(sqlite3 *db, void *arg, struct daqs_error *err)
{
    const struct records_policy *job = arg;
    const char *put = "INSERT OR REPLACE INTO policy (host, uplink, mode, updated_ms, updated_by)"
                      " VALUES (?, ?, ?, ?, ?)";
    const char *take = "DELETE FROM policy WHERE host = ? AND uplink = ?";
    sqlite3_stmt *statement AUTO_STATEMENT = sqlite_prepare(db, job->has_mode ? put : take, err);
    if (!statement)
        return DAQS_ESTORE;
    sqlite3_bind_text(statement, 1, job->host, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 2, job->uplink, -1, SQLITE_STATIC);
    if (job->has_mode) {
        sqlite3_bind_text(statement, 3, policy_mode_name(job->mode), -1, SQLITE_STATIC);
        sqlite3_bind_int64(statement, 4, job->at_ms);
        sqlite3_bind_text(statement, 5, job->by, -1, SQLITE_STATIC);
    }
    return sqlite_step_done(statement, err);
}

static int write_both(sqlite3 *db, void *arg, struct daqs_error *err)
{
    int result = write_record(db, arg, err);
    return result == DAQS_OK ? write_policy(db, arg, err) : result;
}

static int work_policy(struct store_job *base)
{
    struct records_policy *job = (struct records_policy *)base;
    return store_change(base, &job->asker, job->by, write_both);
}

int records_sqlite_write_policy(struct records *records, struct records_policy *job)
{
    return store_submit_write(records_store(records), &job->base, work_policy);
}

int records_sqlite_load_overrides(struct records *records, struct policy_overrides *overrides,
                                  struct daqs_error *err)
{
    sqlite3 *db = records_store(records)->writer;
    sqlite3_stmt *list AUTO_STATEMENT =
        sqlite_prepare(db, "SELECT host, uplink, mode FROM policy", err);
    if (!list)
        return DAQS_ESTORE;
    int rc;
    while ((rc = sqlite3_step(list)) == SQLITE_ROW) {
        enum policy_mode mode;
        if (!policy_mode_parse((const char *)sqlite3_column_text(list, 2), &mode))
            continue; /* the table's CHECK prevents this */
        if (policy_overrides_put(overrides, (const char *)sqlite3_column_text(list, 0),
                                 (const char *)sqlite3_column_text(list, 1), mode) != DAQS_OK)
            return daqs_fail(err, DAQS_ENOMEM, "out of memory");
    }
    return rc == SQLITE_DONE ? DAQS_OK : sqlite_fail(db, "database", err);
}
