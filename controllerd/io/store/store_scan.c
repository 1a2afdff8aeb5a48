/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "controllerd/io/store/store_internal.h"

/* A part of an answer reads at most this many records. */
enum { PART_ROWS = 1000, PART_RECORDS = 20000 };
enum { TEXT_BYTES = 768 * 1024, ROW_BYTES = 4 * 1024 };

/* Checks the columns that every record begins with. */
static bool wanted(const struct store_question *q, sqlite3_stmt *select)
{
    int64_t at_ms = sqlite3_column_int64(select, 1);
    const char *host = (const char *)sqlite3_column_text(select, 2);
    const char *vm = (const char *)sqlite3_column_text(select, 3);
    return at_ms >= q->since_ms && at_ms <= q->until_ms &&
           (!*q->host || strcmp(host, q->host) == 0) && (!*q->vm || strcmp(vm, q->vm) == 0);
}

int store_scan(struct store_question *q, const char *sql, store_keep_row *keep,
               store_put_row *put_row)
{
    struct daqs_error *err = &q->base.error;
    sqlite3 *db = q->base.store->reader;
    sqlite3_stmt *select AUTO_STATEMENT = sqlite_prepare(db, sql, err);
    if (!select)
        return DAQS_ESTORE;
    q->next = q->token;
    sqlite3_bind_int64(select, 1, q->token);
    sqlite3_bind_int64(select, 2, PART_RECORDS);
    int rc = SQLITE_DONE;
    int seen = 0;
    bool full = false;
    while (!full && (rc = sqlite3_step(select)) == SQLITE_ROW) {
        if (wanted(q, select) && (!keep || keep(q, select)))
            put_row(&q->table, select);
        q->next = sqlite3_column_int64(select, 0);
        seen++;
        full = daqs_table_rows(&q->table) >= PART_ROWS ||
               q->table.arena.used_bytes > TEXT_BYTES - ROW_BYTES;
    }
    if (!full && rc != SQLITE_DONE)
        return sqlite_fail(db, "database", err);
    q->more = full || seen == PART_RECORDS;
    return q->table.failed ? daqs_fail(err, DAQS_ENOMEM, "out of memory") : DAQS_OK;
}

void store_scan_begin(struct store_question *q, const struct daqs_column *column, size_t columns)
{
    daqs_table_init(&q->table, column, columns, TEXT_BYTES);
}
