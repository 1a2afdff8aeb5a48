/* SPDX-License-Identifier: Apache-2.0 */
/* sqlite_util - helpers for all users of a database handle. */
#ifndef DAQS_CONTROLLERD_IO_STORE_SQLITE_UTIL_H
#define DAQS_CONTROLLERD_IO_STORE_SQLITE_UTIL_H

#include <sqlite3.h>

#include "shared/base/cleanup.h"
#include "shared/base/error.h"
#include "shared/base/rate.h"

static inline void sqlite_finalize_p(sqlite3_stmt **statement)
{
    sqlite3_finalize(*statement);
}
#define AUTO_STATEMENT DAQS_AUTO(sqlite_finalize_p)

/* Returns the handle's last error as DAQS_ESTORE, with a text that begins with 'what'.
 * DAQS_EFORMAT: the file is damaged, or not a database. DAQS_EBUSY: the store interrupted it, which
 * is not a fault of the database. */
int sqlite_fail(sqlite3 *db, const char *what, struct daqs_error *err);

/* Runs statements that return no rows. */
int sqlite_run(sqlite3 *db, const char *sql, struct daqs_error *err);

/* Runs 'work' in one transaction: either all of it is committed, or nothing. */
int sqlite_transaction(sqlite3 *db, int (*work)(sqlite3 *db, void *arg, struct daqs_error *err),
                       void *arg, struct daqs_error *err);

/* Like sqlite_transaction, but read-only: 'work' sees one state of the database. */
int sqlite_snapshot(sqlite3 *db, int (*work)(sqlite3 *db, void *arg, struct daqs_error *err),
                    void *arg, struct daqs_error *err);

/* Prepares a statement, which the caller finalizes; NULL with an error. */
sqlite3_stmt *sqlite_prepare(sqlite3 *db, const char *sql, struct daqs_error *err);

/* Steps a statement that returns no rows and resets it. */
int sqlite_step_done(sqlite3_stmt *statement, struct daqs_error *err);

/* Gets the first column of a query's first row, or 'otherwise' if there is no row. */
int sqlite_number(sqlite3 *db, const char *sql, int64_t otherwise, int64_t *ret,
                  struct daqs_error *err);

/* DAQS_UNLIMITED is stored as NULL. */
void sqlite_bind_rate(sqlite3_stmt *statement, int index, daqs_bps rate);
daqs_bps sqlite_column_rate(sqlite3_stmt *statement, int column);

#endif
