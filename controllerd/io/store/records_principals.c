/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "controllerd/io/store/records_sqlite_internal.h"
#include "shared/net/key.h"

/* The record contains the previous state, so it is written before the change. */
static int write_record(sqlite3 *db, const struct records_principal *job, const char *key,
                        struct daqs_error *err)
{
    sqlite3_stmt *statement AUTO_STATEMENT =
        sqlite_prepare(db,
                       "INSERT INTO audit (host, vm, at_ms, by, what, old_text, new_text)"
                       " VALUES (?1, '', ?2, ?3, ?4,"
                       " (SELECT role || ' ' || key FROM peer WHERE name = ?1), ?5 || ' ' || ?6)",
                       err);
    if (!statement)
        return DAQS_ESTORE;
    sqlite3_bind_text(statement, 1, job->name, -1, SQLITE_STATIC);
    sqlite3_bind_int64(statement, 2, job->at_ms);
    sqlite3_bind_text(statement, 3, job->by, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 4, job->remove ? "revoke" : "enroll", -1, SQLITE_STATIC);
    if (!job->remove) { /* unbound parameters are NULL, and so is their concatenation */
        sqlite3_bind_text(statement, 5, role_name(job->role), -1, SQLITE_STATIC);
        sqlite3_bind_text(statement, 6, key, -1, SQLITE_STATIC);
    }
    return sqlite_step_done(statement, err);
}

/* Rejects names that are in the trail: an operator has enrolled or revoked them deliberately. */
static int check_new(sqlite3 *db, const struct records_principal *job, struct daqs_error *err)
{
    sqlite3_stmt *statement AUTO_STATEMENT = sqlite_prepare(
        db, "SELECT 1 FROM audit WHERE host = ? AND what IN ('enroll', 'revoke') LIMIT 1", err);
    if (!statement)
        return DAQS_ESTORE;
    sqlite3_bind_text(statement, 1, job->name, -1, SQLITE_STATIC);
    int rc = sqlite3_step(statement);
    if (rc == SQLITE_ROW)
        return daqs_fail(err, DAQS_EEXISTS, "%.100s was enrolled before, or revoked", job->name);
    return rc == SQLITE_DONE ? DAQS_OK : sqlite_fail(db, "database", err);
}

static int write_peer(sqlite3 *db, const struct records_principal *job, const char *key,
                      struct daqs_error *err)
{
    const char *put = "INSERT INTO peer (name, key, role, enrolled_ms, enrolled_by)"
                      " VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (name) DO UPDATE"
                      " SET key = ?2, role = ?3, enrolled_ms = ?4, enrolled_by = ?5"
                      " WHERE ?6 OR (key = ?2 AND role = ?3)";
    sqlite3_stmt *statement AUTO_STATEMENT =
        sqlite_prepare(db, job->remove ? "DELETE FROM peer WHERE name = ?" : put, err);
    if (!statement)
        return DAQS_ESTORE;
    sqlite3_bind_text(statement, 1, job->name, -1, SQLITE_STATIC);
    if (!job->remove) {
        sqlite3_bind_text(statement, 2, key, -1, SQLITE_STATIC);
        sqlite3_bind_text(statement, 3, role_name(job->role), -1, SQLITE_STATIC);
        sqlite3_bind_int64(statement, 4, job->at_ms);
        sqlite3_bind_text(statement, 5, job->by, -1, SQLITE_STATIC);
        sqlite3_bind_int(statement, 6, job->replace);
    }
    int result = sqlite_step_done(statement, err);
    if (result == DAQS_OK && !job->remove && sqlite3_changes(db) == 0)
        result = daqs_fail(err, DAQS_EEXISTS, "%.100s has another key in the meantime", job->name);
    return result;
}

static int write_both(sqlite3 *db, void *arg, struct daqs_error *err)
{
    const struct records_principal *job = arg;
    char key[KEY_TEXT];
    key_format(&job->key, key);
    int result = job->only_new ? check_new(db, job, err) : DAQS_OK;
    if (result == DAQS_OK)
        result = write_record(db, job, key, err);
    return result == DAQS_OK ? write_peer(db, job, key, err) : result;
}

static int work_principal(struct store_job *base)
{
    struct records_principal *job = (struct records_principal *)base;
    return store_change(base, &job->asker, job->by, write_both);
}

int records_sqlite_write_principal(struct records *records, struct records_principal *job)
{
    return store_submit_write(records_store(records), &job->base, work_principal);
}

/* The file may be damaged: rows that are not valid principals are skipped, so they grant no
 * access. */
static int load_row(sqlite3_stmt *row, struct principals *principals)
{
    const char *name = (const char *)sqlite3_column_text(row, 0);
    const char *key = (const char *)sqlite3_column_text(row, 1);
    const char *role = (const char *)sqlite3_column_text(row, 2);
    const char *by = (const char *)sqlite3_column_text(row, 4);
    struct principal principal = {.name = (char *)name,
                                  .enrolled_ms = sqlite3_column_int64(row, 3),
                                  .enrolled_by = (char *)by};
    if (!name || !key || !role || !by || daqs_name_check("peer", name, strlen(name), NULL) ||
        key_parse(key, &principal.key, NULL) || !role_parse(role, &principal.role))
        return DAQS_OK;
    return principals_put(principals, &principal);
}

int records_sqlite_load_principals(struct records *records, struct principals *principals,
                                   struct daqs_error *err)
{
    sqlite3 *db = records_store(records)->writer;
    sqlite3_stmt *list AUTO_STATEMENT =
        sqlite_prepare(db, "SELECT name, key, role, enrolled_ms, enrolled_by FROM peer", err);
    if (!list)
        return DAQS_ESTORE;
    int rc;
    while ((rc = sqlite3_step(list)) == SQLITE_ROW)
        if (load_row(list, principals) != DAQS_OK)
            return daqs_fail(err, DAQS_ENOMEM, "out of memory");
    return rc == SQLITE_DONE ? DAQS_OK : sqlite_fail(db, "database", err);
}
