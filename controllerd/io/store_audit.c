#include <string.h>

#include "controllerd/io/store_internal.h"

/* A part of an answer looks at so many records at most. */
enum { PART_ROWS = 1000, PART_RECORDS = 20000 };
enum { TEXT_BYTES = 768 * 1024, ROW_BYTES = 4 * 1024 };

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

static bool wanted(const struct store_audit *job, sqlite3_stmt *select)
{
    int64_t at_ms = sqlite3_column_int64(select, 1);
    const char *host = (const char *)sqlite3_column_text(select, 4);
    const char *vm = (const char *)sqlite3_column_text(select, 5);
    return at_ms >= job->since_ms && at_ms <= job->until_ms &&
           (!*job->host || strcmp(host, job->host) == 0) && (!*job->vm || strcmp(vm, job->vm) == 0);
}

static void put_row(struct daqs_table *table, sqlite3_stmt *select)
{
    for (int i = 0; i < COLUMNS; i++) {
        const char *text = (const char *)sqlite3_column_text(select, i + 1);
        if (!text || !*text)
            daqs_table_empty(table);
        else if (columns[i].kind == DAQS_COLUMN_TEXT)
            daqs_table_text(table, text);
        else
            daqs_table_number(table, (uint64_t)sqlite3_column_int64(select, i + 1));
    }
}

static int work_audit(struct store_job *base)
{
    struct store_audit *job = (struct store_audit *)base;
    sqlite3 *db = base->store->reader;
    daqs_table_init(&job->table, columns, COLUMNS, TEXT_BYTES);
    sqlite3_stmt *select AUTO_STATEMENT = sqlite_prepare(
        db,
        "SELECT id, at_ms, by, what, host, vm, old_min_bps, old_max_bps, old_weight, new_min_bps,"
        " new_max_bps, new_weight, old_text, new_text FROM audit WHERE id > ? ORDER BY id LIMIT ?",
        &base->error);
    if (!select)
        return DAQS_ESTORE;
    sqlite3_bind_int64(select, 1, job->after_id);
    sqlite3_bind_int64(select, 2, PART_RECORDS);
    int rc = SQLITE_DONE;
    int seen = 0;
    bool full = false;
    while (!full && (rc = sqlite3_step(select)) == SQLITE_ROW) {
        if (wanted(job, select))
            put_row(&job->table, select);
        job->after_id = sqlite3_column_int64(select, 0);
        seen++;
        full = daqs_table_rows(&job->table) >= PART_ROWS ||
               job->table.arena.used_bytes > TEXT_BYTES - ROW_BYTES;
    }
    if (!full && rc != SQLITE_DONE)
        return sqlite_fail(db, "database", &base->error);
    job->more = full || seen == PART_RECORDS;
    return job->table.failed ? daqs_fail(&base->error, DAQS_ENOMEM, "out of memory") : DAQS_OK;
}

int store_query_audit(struct store *store, struct store_audit *job)
{
    return store_submit_query(store, &job->base, work_audit);
}
