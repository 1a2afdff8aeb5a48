/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/io/store/migrate.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "controllerd/io/store/sqlite_util.h"

/* "DAQS" in PRAGMA application_id identifies the file as a DAQS database. */
#define APPLICATION_ID 0x44415153

enum { HASH_TEXT = crypto_hash_sha256_BYTES * 2 + 1 };

struct migrating {
    const struct schema_migration *migrations;
    int from;
    int to;
    int64_t now_ms;
};

static void hash_of(const struct schema_migration *migration, char text[static HASH_TEXT])
{
    unsigned char hash[crypto_hash_sha256_BYTES];
    crypto_hash_sha256(hash, (const unsigned char *)migration->sql, migration->length);
    sodium_bin2hex(text, HASH_TEXT, hash, sizeof hash);
}

static int apply_one(sqlite3 *db, const struct migrating *m, int version, struct daqs_error *err)
{
    char hash[HASH_TEXT];
    const struct schema_migration *migration = &m->migrations[version - 1];
    int result = sqlite_run(db, migration->sql, err);
    if (result != DAQS_OK)
        return daqs_wrap(err, "migration %d", version);
    sqlite3_stmt *insert AUTO_STATEMENT = sqlite_prepare(
        db, "INSERT INTO migration (version, sha256, applied_ms) VALUES (?, ?, ?)", err);
    if (!insert)
        return DAQS_ESTORE;
    hash_of(migration, hash);
    sqlite3_bind_int(insert, 1, version);
    sqlite3_bind_text(insert, 2, hash, -1, SQLITE_STATIC);
    sqlite3_bind_int64(insert, 3, m->now_ms);
    return sqlite_step_done(insert, err);
}

static int apply(sqlite3 *db, void *arg, struct daqs_error *err)
{
    const struct migrating *m = arg;
    char pragma[96];
    for (int version = m->from + 1; version <= m->to; version++) {
        int result = apply_one(db, m, version, err);
        if (result != DAQS_OK)
            return result;
    }
    (void)snprintf(pragma, sizeof pragma, "PRAGMA application_id = %d; PRAGMA user_version = %d",
                   APPLICATION_ID, m->to);
    return sqlite_run(db, pragma, err);
}

/* Checks that the applied migrations are the ones that this program has under the same numbers. */
static int check_applied(sqlite3 *db, const struct schema_migration *migrations, int version,
                         struct daqs_error *err)
{
    sqlite3_stmt *list AUTO_STATEMENT =
        sqlite_prepare(db, "SELECT version, sha256 FROM migration ORDER BY version", err);
    if (!list)
        return DAQS_ESTORE;
    for (int expected = 1; expected <= version; expected++) {
        char hash[HASH_TEXT];
        hash_of(&migrations[expected - 1], hash);
        const char *applied =
            sqlite3_step(list) == SQLITE_ROW ? (const char *)sqlite3_column_text(list, 1) : NULL;
        if (!applied || sqlite3_column_int(list, 0) != expected || strcmp(applied, hash) != 0)
            return daqs_fail(err, DAQS_EREFUSED,
                             "migration %d of the database differs from this program's", expected);
    }
    return DAQS_OK;
}

int migrate(sqlite3 *db, const struct schema_migration *migrations, int count, int64_t now_ms,
            struct daqs_error *err)
{
    int64_t application = 0;
    int64_t version = 0;
    int64_t tables = 0;
    int result = sqlite_number(db, "PRAGMA application_id", 0, &application, err);
    if (result == DAQS_OK)
        result = sqlite_number(db, "PRAGMA user_version", 0, &version, err);
    if (result == DAQS_OK)
        result = sqlite_number(db, "SELECT count(*) FROM sqlite_schema", 0, &tables, err);
    if (result != DAQS_OK)
        return result;
    if (version < 0 ||
        (application != APPLICATION_ID && (application != 0 || version != 0 || tables != 0)))
        return daqs_fail(err, DAQS_EREFUSED, "it is not a DAQS database");
    if (version > count)
        return daqs_fail(err, DAQS_EVERSION,
                         "the database has version %" PRId64
                         ", this program supports %d; use a newer program",
                         version, count);
    if (version > 0) /* the table of migrations exists from version 1 on */
        result = check_applied(db, migrations, (int)version, err);
    if (result != DAQS_OK || version == count)
        return result;
    struct migrating m = {migrations, (int)version, count, now_ms};
    return sqlite_transaction(db, apply, &m, err);
}
