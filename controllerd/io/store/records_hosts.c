/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/io/store/records_sqlite_internal.h"

/* Statements end with NULL. ?1 is the host, ?2 the time and ?3 the asker. A record in the audit
 * trail contains the previous state, so it is written before the change. */
static const char *const on[] = {
    "INSERT INTO audit (host, vm, at_ms, by, what, new_text, old_text)"
    " VALUES (?1, '', ?2, ?3, 'maintenance', 'on',"
    " iif(EXISTS (SELECT 1 FROM maintenance WHERE host = ?1), 'on', 'off'))",
    "INSERT OR REPLACE INTO maintenance (host, since_ms, set_by) VALUES (?1, ?2, ?3)",
    NULL,
};
static const char *const off[] = {
    "INSERT INTO audit (host, vm, at_ms, by, what, new_text, old_text)"
    " VALUES (?1, '', ?2, ?3, 'maintenance', 'off',"
    " iif(EXISTS (SELECT 1 FROM maintenance WHERE host = ?1), 'on', 'off'))",
    "DELETE FROM maintenance WHERE host = ?1",
    NULL,
};
/* Operators' keys stay, whatever they are called. */
static const char *const forget[] = {
    "INSERT INTO audit (host, vm, at_ms, by, what, old_text)"
    " SELECT name, '', ?2, ?3, 'revoke', role || ' ' || key FROM peer"
    " WHERE name = ?1 AND role = 'agent'",
    "DELETE FROM peer WHERE name = ?1 AND role = 'agent'",
    "INSERT INTO audit (host, vm, at_ms, by, what, new_text, old_text)"
    " SELECT host, uplink, ?2, ?3, 'set-policy', 'default', mode FROM policy WHERE host = ?1",
    "DELETE FROM policy WHERE host = ?1",
    "INSERT INTO audit (host, vm, at_ms, by, what, new_text, old_text)"
    " SELECT host, '', ?2, ?3, 'maintenance', 'off', 'on' FROM maintenance WHERE host = ?1",
    "DELETE FROM maintenance WHERE host = ?1",
    NULL,
};

static int run_each(sqlite3 *db, const char *const *sql, const struct records_host *job,
                    struct daqs_error *err)
{
    int result = DAQS_OK;
    for (; *sql && result == DAQS_OK; sql++) {
        sqlite3_stmt *statement AUTO_STATEMENT = sqlite_prepare(db, *sql, err);
        if (!statement)
            return DAQS_ESTORE;
        sqlite3_bind_text(statement, 1, job->host, -1, SQLITE_STATIC);
        sqlite3_bind_int64(statement, 2, job->at_ms); /* no effect if it is not in the statement */
        sqlite3_bind_text(statement, 3, job->by, -1, SQLITE_STATIC);
        result = sqlite_step_done(statement, err);
    }
    return result;
}

static int write_all(sqlite3 *db, void *arg, struct daqs_error *err)
{
    const struct records_host *job = arg;
    static const char *const *const sql[] = {[RECORDS_MAINTENANCE_ON] = on,
                                             [RECORDS_MAINTENANCE_OFF] = off,
                                             [RECORDS_FORGET_HOST] = forget};
    return run_each(db, sql[job->what], job, err);
}

static int work_host(struct store_job *base)
{
    struct records_host *job = (struct records_host *)base;
    return store_change(base, &job->asker, job->by, write_all);
}

int records_sqlite_write_host(struct records *records, struct records_host *job)
{
    return store_submit_write(records_store(records), &job->base, work_host);
}

int records_sqlite_load_maintenance(struct records *records, struct maintenance *maintenance,
                                    struct daqs_error *err)
{
    sqlite3 *db = records_store(records)->writer;
    sqlite3_stmt *list AUTO_STATEMENT =
        sqlite_prepare(db, "SELECT host, since_ms, set_by FROM maintenance", err);
    if (!list)
        return DAQS_ESTORE;
    int rc;
    while ((rc = sqlite3_step(list)) == SQLITE_ROW)
        if (maintenance_put(maintenance, (const char *)sqlite3_column_text(list, 0),
                            sqlite3_column_int64(list, 1),
                            (const char *)sqlite3_column_text(list, 2)) != DAQS_OK)
            return daqs_fail(err, DAQS_ENOMEM, "out of memory");
    return rc == SQLITE_DONE ? DAQS_OK : sqlite_fail(db, "database", err);
}
