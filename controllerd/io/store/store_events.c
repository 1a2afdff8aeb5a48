/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "controllerd/io/store/store_internal.h"

/* Each write drops a few old events, so that no lock is long. */
enum { PRUNE_EVENTS = 2048 };

#define KEEP_MS (730 * INT64_C(86400) * 1000)

int store_last_event(struct store *store, int64_t *ret_id, struct daqs_error *err)
{
    return sqlite_number(store->writer, "SELECT seq FROM sqlite_sequence WHERE name = 'event'", 0,
                         ret_id, err);
}

/* With max(id), SQLite takes the other columns from the row that has the maximum. */
int store_load_oversold(struct store *store, struct oversold *oversold, struct daqs_error *err)
{
    sqlite3_stmt *list AUTO_STATEMENT =
        sqlite_prepare(store->writer,
                       "SELECT host, uplink, at_ms, kind, max(id) FROM event WHERE uplink <> ''"
                       " AND kind IN ('oversubscribed', 'oversubscribed-end')"
                       " GROUP BY host, uplink HAVING kind = 'oversubscribed'",
                       err);
    if (!list)
        return DAQS_ESTORE;
    int rc;
    while ((rc = sqlite3_step(list)) == SQLITE_ROW)
        if (oversold_put(oversold, (const char *)sqlite3_column_text(list, 0),
                         (const char *)sqlite3_column_text(list, 1),
                         sqlite3_column_int64(list, 2)) != DAQS_OK)
            return daqs_fail(err, DAQS_ENOMEM, "out of memory");
    return rc == SQLITE_DONE ? DAQS_OK : sqlite_fail(store->writer, "database", err);
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
