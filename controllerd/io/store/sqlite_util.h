/* sqlite_util - what every user of a database handle needs. */
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

/* The handle's last error as DAQS_ESTORE with a text that begins with 'what'; DAQS_EBUSY if we
 * interrupted it, which is no fault of the database's. */
int sqlite_fail(sqlite3 *db, const char *what, struct daqs_error *err);

/* Runs statements that return no rows. */
int sqlite_run(sqlite3 *db, const char *sql, struct daqs_error *err);

/* Runs work inside one transaction: all of it is committed, or nothing. */
int sqlite_transaction(sqlite3 *db, int (*work)(sqlite3 *db, void *arg, struct daqs_error *err),
                       void *arg, struct daqs_error *err);

/* The same for reading only: all of it sees one state of the database. */
int sqlite_snapshot(sqlite3 *db, int (*work)(sqlite3 *db, void *arg, struct daqs_error *err),
                    void *arg, struct daqs_error *err);

/* Prepares a statement; NULL with an error. The caller's to finalize. */
sqlite3_stmt *sqlite_prepare(sqlite3 *db, const char *sql, struct daqs_error *err);

/* Steps a statement that returns no rows and resets it. */
int sqlite_step_done(sqlite3_stmt *statement, struct daqs_error *err);

/* The first column of the first row of a query, or 'otherwise' if there is none. */
int sqlite_number(sqlite3 *db, const char *sql, int64_t otherwise, int64_t *ret,
                  struct daqs_error *err);

/* DAQS_UNLIMITED is stored as NULL. */
void sqlite_bind_rate(sqlite3_stmt *statement, int index, daqs_bps rate);
daqs_bps sqlite_column_rate(sqlite3_stmt *statement, int column);

#endif
