#include <stdio.h>
#include <string.h>

#include "controllerd/io/store_internal.h"

/* Old events are dropped a few at a time, with every write: never a long lock. A part of an answer
 * looks at so many events at most. */
enum { PRUNE_EVENTS = 2048, PART_ROWS = 2000, PART_EVENTS = 20000 };
enum { TEXT_BYTES = 768 * 1024, ROW_BYTES = 4 * 1024 };

#define KEEP_MS (730 * INT64_C(86400) * 1000)

int store_last_event(struct store *store, int64_t *ret_id, struct daqs_error *err)
{
    return sqlite_number(store->writer, "SELECT seq FROM sqlite_sequence WHERE name = 'event'", 0,
                         ret_id, err);
}

/* --- writing --- */

static int prune(sqlite3 *db, int64_t before_ms, struct daqs_error *err)
{
    sqlite3_stmt *statement AUTO_STATEMENT = sqlite_prepare(
        db, "DELETE FROM event WHERE id < (SELECT min(id) FROM event) + ?1 AND at_ms < ?2", err);
    if (!statement)
        return DAQS_ESTORE;
    sqlite3_bind_int64(statement, 1, PRUNE_EVENTS);
    sqlite3_bind_int64(statement, 2, before_ms);
    return sqlite_step_done(statement, err);
}

static int insert_events(sqlite3 *db, void *arg, struct daqs_error *err)
{
    const struct store_events *job = arg;
    sqlite3_stmt *insert AUTO_STATEMENT =
        sqlite_prepare(db,
                       "INSERT INTO event (id, at_ms, kind, level, host, vm, since_ms, text)"
                       " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                       err);
    if (!insert)
        return DAQS_ESTORE;
    int result = DAQS_OK;
    for (const struct event *e = job->first; e && result == DAQS_OK; e = e->next) {
        sqlite3_bind_int64(insert, 1, e->id);
        sqlite3_bind_int64(insert, 2, e->at_ms);
        sqlite3_bind_text(insert, 3, event_kind_name(e->kind), -1, SQLITE_STATIC);
        sqlite3_bind_text(insert, 4, event_level_name(event_kind_level(e->kind)), -1,
                          SQLITE_STATIC);
        sqlite3_bind_text(insert, 5, e->host, -1, SQLITE_STATIC);
        sqlite3_bind_text(insert, 6, e->vm, -1, SQLITE_STATIC);
        if (e->since_ms)
            sqlite3_bind_int64(insert, 7, e->since_ms);
        else
            sqlite3_bind_null(insert, 7);
        sqlite3_bind_text(insert, 8, e->text, -1, SQLITE_STATIC);
        result = sqlite_step_done(insert, err);
    }
    if (result == DAQS_OK)
        result = prune(db, job->now_ms - KEEP_MS, err);
    return result;
}

static int work_events(struct store_job *base)
{
    int result = store_durable(base->store, false, &base->error);
    if (result == DAQS_OK)
        result = sqlite_transaction(base->store->writer, insert_events, base, &base->error);
    return result;
}

int store_write_events(struct store *store, struct store_events *job)
{
    return store_submit_write(store, &job->base, work_events);
}

/* --- asking --- */

static const struct daqs_column columns[] = {
    {"id", DAQS_COLUMN_COUNT},   {"time", DAQS_COLUMN_TIME}, {"kind", DAQS_COLUMN_TEXT},
    {"level", DAQS_COLUMN_TEXT}, {"host", DAQS_COLUMN_TEXT}, {"vm", DAQS_COLUMN_TEXT},
    {"since", DAQS_COLUMN_TIME}, {"text", DAQS_COLUMN_TEXT},
};

/* The number before the first event to look at. The wall clock may have gone back, so the first one
 * of the span is looked for by number. */
static int find_first(sqlite3 *db, struct store_event_query *job, struct daqs_error *err)
{
    char sql[160];
    (void)snprintf(sql, sizeof sql,
                   "SELECT coalesce((SELECT min(id) - 1 FROM event WHERE at_ms >= %lld),"
                   " (SELECT max(id) FROM event), 0)",
                   (long long)job->since_ms);
    return sqlite_number(db, sql, 0, &job->after_id, err);
}

static void put_text(struct daqs_table *table, const char *text)
{
    if (text && *text)
        daqs_table_text(table, text);
    else
        daqs_table_empty(table);
}

static void put_row(struct daqs_table *table, sqlite3_stmt *select)
{
    daqs_table_number(table, (uint64_t)sqlite3_column_int64(select, 0));
    daqs_table_number(table, (uint64_t)sqlite3_column_int64(select, 1));
    for (int column = 2; column < 6; column++)
        put_text(table, (const char *)sqlite3_column_text(select, column));
    if (sqlite3_column_type(select, 6) == SQLITE_NULL)
        daqs_table_empty(table);
    else
        daqs_table_number(table, (uint64_t)sqlite3_column_int64(select, 6));
    daqs_table_text(table, (const char *)sqlite3_column_text(select, 7));
}

static bool wanted(const struct store_event_query *job, sqlite3_stmt *select)
{
    int64_t at_ms = sqlite3_column_int64(select, 1);
    const char *host = (const char *)sqlite3_column_text(select, 4);
    const char *vm = (const char *)sqlite3_column_text(select, 5);
    return at_ms >= job->since_ms && at_ms <= job->until_ms &&
           (!*job->host || strcmp(host, job->host) == 0) && (!*job->vm || strcmp(vm, job->vm) == 0);
}

static int work_query(struct store_job *base)
{
    struct store_event_query *job = (struct store_event_query *)base;
    sqlite3 *db = base->store->reader;
    daqs_table_init(&job->table, columns, sizeof columns / sizeof columns[0], TEXT_BYTES);
    int result = job->has_after ? DAQS_OK : find_first(db, job, &base->error);
    sqlite3_stmt *select AUTO_STATEMENT =
        result == DAQS_OK
            ? sqlite_prepare(db,
                             "SELECT id, at_ms, kind, level, host, vm, since_ms, text FROM event"
                             " WHERE id > ? ORDER BY id LIMIT ?",
                             &base->error)
            : NULL;
    if (!select)
        return DAQS_ESTORE;
    sqlite3_bind_int64(select, 1, job->after_id);
    sqlite3_bind_int64(select, 2, PART_EVENTS);
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
    job->more = full || seen == PART_EVENTS;
    return job->table.failed ? daqs_fail(&base->error, DAQS_ENOMEM, "out of memory") : DAQS_OK;
}

int store_query_events(struct store *store, struct store_event_query *job)
{
    return store_submit_query(store, &job->base, work_query);
}
