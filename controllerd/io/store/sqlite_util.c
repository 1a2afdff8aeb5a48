/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/io/store/sqlite_util.h"

#include <string.h>

int sqlite_fail(sqlite3 *db, const char *what, struct daqs_error *err)
{
    /* "disk I/O error" alone does not show what to fix. */
    int rc = sqlite3_errcode(db);
    int system = rc == SQLITE_IOERR ? sqlite3_system_errno(db) : 0;
    int code = rc == SQLITE_CORRUPT || rc == SQLITE_NOTADB ? DAQS_EFORMAT : DAQS_ESTORE;
    if (rc == SQLITE_INTERRUPT)
        return daqs_fail(err, DAQS_EBUSY, "%s: it is being closed", what);
    if (system == 0)
        return daqs_fail(err, code, "%s: %s", what, sqlite3_errmsg(db));
    return daqs_fail(err, DAQS_ESTORE, "%s: %s: %s", what, sqlite3_errmsg(db), strerror(system));
}

int sqlite_run(sqlite3 *db, const char *sql, struct daqs_error *err)
{
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
        return sqlite_fail(db, "database", err);
    return DAQS_OK;
}

static int enclose(sqlite3 *db, const char *begin,
                   int (*work)(sqlite3 *db, void *arg, struct daqs_error *err), void *arg,
                   struct daqs_error *err)
{
    int result = sqlite_run(db, begin, err);
    if (result != DAQS_OK)
        return result;
    result = work(db, arg, err);
    if (result == DAQS_OK)
        result = sqlite_run(db, "COMMIT", err);
    if (result != DAQS_OK)
        (void)sqlite_run(db, "ROLLBACK", NULL); /* fails if SQLite has rolled back already */
    return result;
}

int sqlite_transaction(sqlite3 *db, int (*work)(sqlite3 *db, void *arg, struct daqs_error *err),
                       void *arg, struct daqs_error *err)
{
    return enclose(db, "BEGIN IMMEDIATE", work, arg, err);
}

int sqlite_snapshot(sqlite3 *db, int (*work)(sqlite3 *db, void *arg, struct daqs_error *err),
                    void *arg, struct daqs_error *err)
{
    return enclose(db, "BEGIN", work, arg, err);
}

sqlite3_stmt *sqlite_prepare(sqlite3 *db, const char *sql, struct daqs_error *err)
{
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK)
        sqlite_fail(db, "database", err);
    return statement;
}

int sqlite_step_done(sqlite3_stmt *statement, struct daqs_error *err)
{
    int result = DAQS_OK;
    if (sqlite3_step(statement) != SQLITE_DONE)
        result = sqlite_fail(sqlite3_db_handle(statement), "database", err);
    sqlite3_reset(statement);
    return result;
}

int sqlite_number(sqlite3 *db, const char *sql, int64_t otherwise, int64_t *ret,
                  struct daqs_error *err)
{
    sqlite3_stmt *statement AUTO_STATEMENT = sqlite_prepare(db, sql, err);
    if (!statement)
        return DAQS_ESTORE;
    int rc = sqlite3_step(statement);
    if (rc != SQLITE_ROW && rc != SQLITE_DONE)
        return sqlite_fail(db, "database", err);
    *ret = rc == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : otherwise;
    return DAQS_OK;
}

void sqlite_bind_rate(sqlite3_stmt *statement, int index, daqs_bps rate)
{
    if (rate == DAQS_UNLIMITED)
        sqlite3_bind_null(statement, index);
    else
        sqlite3_bind_int64(statement, index, (int64_t)rate);
}

daqs_bps sqlite_column_rate(sqlite3_stmt *statement, int column)
{
    if (sqlite3_column_type(statement, column) == SQLITE_NULL)
        return DAQS_UNLIMITED;
    return (daqs_bps)sqlite3_column_int64(statement, column);
}
