/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "controllerd/io/store/store_internal.h"

/* What a write deletes at most, so that no lock is long. Many more than a write stores, to catch
 * up. */
enum { DELETED_AT_ONCE = 2048 };

/* How many events are deleted for so many bytes that there are too many; most events are larger
 * than this. What is still too much is deleted by the next writes. */
enum { EVENT_BYTES = 256 };

int store_last_event(struct store *store, int64_t *ret_id, struct daqs_error *err)
{
    return sqlite_number(store->writer, "SELECT seq FROM sqlite_sequence WHERE name = 'event'", 0,
                         ret_id, err);
}

int store_load_oversold(struct store *store, struct oversold *oversold, struct daqs_error *err)
{
    sqlite3_stmt *list AUTO_STATEMENT =
        sqlite_prepare(store->writer, "SELECT host, uplink, since_ms FROM oversubscribed", err);
    if (!list)
        return DAQS_ESTORE;
    int rc;
    while ((rc = sqlite3_step(list)) == SQLITE_ROW)
        if (oversold_put(oversold, (const char *)sqlite3_column_text(list, 0),
                         (const char *)sqlite3_column_text(list, 1),
                         sqlite3_column_int64(list, 2)) != DAQS_OK)
            return daqs_fail(err, DAQS_ENOMEM, "out of memory");
    if (rc == SQLITE_DONE || sqlite_fail(store->writer, "database", err) != DAQS_EFORMAT)
        return rc == SQLITE_DONE ? DAQS_OK : err->code;
    store_note_damage(store, err); /* uplinks may be reported again; SLAs do not need events */
    return DAQS_OK;
}

/* --- deleting --- */

/* The statement has one number and the number of events to delete. */
static int delete_oldest(sqlite3 *db, const char *sql, int64_t number, int64_t count,
                         struct store_events *job, struct daqs_error *err)
{
    sqlite3_stmt *statement AUTO_STATEMENT = sqlite_prepare(db, sql, err);
    if (!statement)
        return DAQS_ESTORE;
    sqlite3_bind_int64(statement, 1, number);
    sqlite3_bind_int64(statement, 2, count);
    int result = sqlite_step_done(statement, err);
    if (result == DAQS_OK && sqlite3_changes(db) > 0)
        job->deleted_some = true;
    return result;
}

/* By time, the oldest are those with the lowest time, if the clock is trusted; by size, those that
 * arrived first, because the clock may have been ahead. */
static int delete_events(sqlite3 *db, void *arg, struct daqs_error *err)
{
    struct store_events *job = arg;
    int64_t bytes = 0;
    int result = DAQS_OK;
    if (store_may_delete(job->base.store, job->now_ms))
        result = delete_oldest(db,
                               "DELETE FROM event WHERE id IN"
                               " (SELECT id FROM event WHERE at_ms < ?1 ORDER BY at_ms LIMIT ?2)",
                               job->now_ms - job->keep.ms, DELETED_AT_ONCE, job, err);
    if (result == DAQS_OK)
        result =
            sqlite_number(db, "SELECT value FROM meta WHERE name = 'event_bytes'", 0, &bytes, err);
    if (result != DAQS_OK || bytes <= job->keep.bytes)
        return result;
    int64_t count = (bytes - job->keep.bytes) / EVENT_BYTES + 1;
    return delete_oldest(db,
                         "DELETE FROM event WHERE id IN"
                         " (SELECT id FROM event WHERE id > ?1 ORDER BY id LIMIT ?2)",
                         0, count < DELETED_AT_ONCE ? count : DELETED_AT_ONCE, job, err);
}

/* --- writing --- */

static int insert_events(sqlite3 *db, void *arg, struct daqs_error *err)
{
    const struct store_events *job = arg;
    sqlite3_stmt *insert AUTO_STATEMENT =
        sqlite_prepare(db,
                       "INSERT INTO event (id, at_ms, kind, level, host, vm, since_ms, text,"
                       " uplink) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
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
        sqlite3_bind_text(insert, 9, e->uplink, -1, SQLITE_STATIC);
        result = sqlite_step_done(insert, err);
    }
    return result;
}

/* Deletes in a transaction of its own: it makes room even if there is none for what is stored, and
 * events are stored even if old ones cannot be deleted. */
static int work_events(struct store_job *base)
{
    struct store_events *job = (struct store_events *)base;
    int result = store_durable(base->store, false, &base->error);
    if (result == DAQS_OK && job->may_delete)
        job->delete_result =
            sqlite_transaction(base->store->writer, delete_events, job, &job->delete_error);
    if (result == DAQS_OK && job->count > 0)
        result = sqlite_transaction(base->store->writer, insert_events, base, &base->error);
    return result;
}

int store_write_events(struct store *store, struct store_events *job)
{
    return store_submit_write(store, &job->base, work_events);
}

/* --- queries --- */

static const struct daqs_column columns[] = {
    {"id", DAQS_COLUMN_COUNT},   {"time", DAQS_COLUMN_TIME}, {"kind", DAQS_COLUMN_TEXT},
    {"level", DAQS_COLUMN_TEXT}, {"host", DAQS_COLUMN_TEXT}, {"vm", DAQS_COLUMN_TEXT},
    {"since", DAQS_COLUMN_TIME}, {"text", DAQS_COLUMN_TEXT},
};

/* Sets the token to the number before the first event of the span. It is searched by number,
 * because the wall clock may have been set back. */
static int find_first(struct store_question *q)
{
    char sql[160];
    (void)snprintf(sql, sizeof sql,
                   "SELECT coalesce((SELECT min(id) - 1 FROM event WHERE at_ms >= %lld),"
                   " (SELECT max(id) FROM event), 0)",
                   (long long)q->since_ms);
    return sqlite_number(q->base.store->reader, sql, 0, &q->token, &q->base.error);
}

static void put_text(struct daqs_table *table, sqlite3_stmt *select, int column)
{
    const char *text = (const char *)sqlite3_column_text(select, column);
    if (text && *text)
        daqs_table_text(table, text);
    else
        daqs_table_empty(table);
}

static void put_row(struct daqs_table *table, sqlite3_stmt *select)
{
    daqs_table_number(table, (uint64_t)sqlite3_column_int64(select, 0));
    daqs_table_number(table, (uint64_t)sqlite3_column_int64(select, 1));
    put_text(table, select, 4); /* kind */
    put_text(table, select, 5); /* level */
    put_text(table, select, 2); /* host */
    put_text(table, select, 3); /* VM */
    if (sqlite3_column_type(select, 6) == SQLITE_NULL)
        daqs_table_empty(table);
    else
        daqs_table_number(table, (uint64_t)sqlite3_column_int64(select, 6));
    daqs_table_text(table, (const char *)sqlite3_column_text(select, 7));
}

static bool is_asked_for(const struct store_question *q, sqlite3_stmt *select)
{
    enum event_level level = EVENT_WARNING;
    (void)event_level_parse((const char *)sqlite3_column_text(select, 5), &level);
    return level >= q->level &&
           (!q->kind || strcmp((const char *)sqlite3_column_text(select, 4), q->kind) == 0);
}

static int work_query(struct store_job *base)
{
    struct store_question *q = (struct store_question *)base;
    store_scan_begin(q, columns, sizeof columns / sizeof columns[0]);
    int result = q->token >= 0 ? DAQS_OK : find_first(q);
    if (result != DAQS_OK)
        return result;
    return store_scan(q,
                      "SELECT id, at_ms, host, vm, kind, level, since_ms, text FROM event"
                      " WHERE id > ? ORDER BY id LIMIT ?",
                      is_asked_for, put_row);
}

int store_query_events(struct store *store, struct store_question *question)
{
    return store_submit_query(store, &question->base, work_query);
}
