/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/io/store/store_internal.h"

static const struct daqs_column columns[] = {
    {"time", DAQS_COLUMN_TIME},        {"by", DAQS_COLUMN_TEXT},
    {"what", DAQS_COLUMN_TEXT},        {"host", DAQS_COLUMN_TEXT},
    {"vm", DAQS_COLUMN_TEXT},          {"old_min_bps", DAQS_COLUMN_RATE},
    {"old_max_bps", DAQS_COLUMN_RATE}, {"old_weight", DAQS_COLUMN_COUNT},
    {"min_bps", DAQS_COLUMN_RATE},     {"max_bps", DAQS_COLUMN_RATE},
    {"weight", DAQS_COLUMN_COUNT},     {"old", DAQS_COLUMN_TEXT},
    {"new", DAQS_COLUMN_TEXT},
};
enum { COLUMNS = sizeof columns / sizeof columns[0] };

/* Maps the table's columns to those of the statement, which begins with the columns that store_scan
 * needs. */
static const int place[COLUMNS] = {1, 4, 5, 2, 3, 6, 7, 8, 9, 10, 11, 12, 13};

static void put_row(struct daqs_table *table, sqlite3_stmt *select)
{
    for (int i = 0; i < COLUMNS; i++) {
        const char *text = (const char *)sqlite3_column_text(select, place[i]);
        if (!text || !*text)
            daqs_table_empty(table);
        else if (columns[i].kind == DAQS_COLUMN_TEXT)
            daqs_table_text(table, text);
        else
            daqs_table_number(table, (uint64_t)sqlite3_column_int64(select, place[i]));
    }
}

static int work_audit(struct store_job *base)
{
    struct store_question *q = (struct store_question *)base;
    store_scan_begin(q, columns, COLUMNS);
    return store_scan(q,
                      "SELECT id, at_ms, host, vm, by, what, old_min_bps, old_max_bps, old_weight,"
                      " new_min_bps, new_max_bps, new_weight, old_text, new_text FROM audit"
                      " WHERE id > ? ORDER BY id LIMIT ?",
                      NULL, put_row);
}

int store_query_audit(struct store *store, struct store_question *question)
{
    return store_submit_query(store, &question->base, work_audit);
}
