#include <string.h>

#include "controllerd/io/store_internal.h"

/* So many seconds of one nic are looked at for one part of an answer: some milliseconds. */
enum { PART_SECONDS = 4000, TEXT_BYTES = 512 * 1024 };

static const struct daqs_column columns[] = {
    {"time", DAQS_COLUMN_TIME},       {"nic", DAQS_COLUMN_TEXT},
    {"usage_bps", DAQS_COLUMN_RATE},  {"limit_bps", DAQS_COLUMN_RATE},
    {"demand_bps", DAQS_COLUMN_RATE},
};

static int count_nics(sqlite3 *db, const struct store_history *job, int64_t *ret,
                      struct daqs_error *err)
{
    sqlite3_stmt *statement AUTO_STATEMENT = sqlite_prepare(
        db,
        "SELECT count(*) FROM nic JOIN vm ON vm.id = nic.vm_id JOIN host ON host.id = vm.host_id"
        " WHERE host.name = ? AND vm.name = ?",
        err);
    if (!statement)
        return DAQS_ESTORE;
    sqlite3_bind_text(statement, 1, job->host, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 2, job->vm, -1, SQLITE_STATIC);
    if (sqlite3_step(statement) != SQLITE_ROW)
        return sqlite_fail(db, "database", err);
    *ret = sqlite3_column_int64(statement, 0);
    return DAQS_OK;
}

/* Seconds are looked up one by one, by their whole key: history is ordered by time first, so a
 * range would read every nic of the fleet. A step has a limit (or a visible demand) only if
 * all its seconds had one. */
static const char select_sql[] =
    "WITH RECURSIVE second (t) AS"
    " (SELECT ?3 UNION ALL SELECT t + 1 FROM second WHERE t < ?4),"
    " which (id, mac) AS MATERIALIZED"
    " (SELECT nic.id, nic.mac FROM nic JOIN vm ON vm.id = nic.vm_id"
    "  JOIN host ON host.id = vm.host_id WHERE host.name = ?1 AND vm.name = ?2)"
    " SELECT t / ?5 * ?5, mac, CAST(avg(usage_bps) AS INTEGER),"
    "  iif(count(limit_bps) = count(*), CAST(avg(limit_bps) AS INTEGER), NULL),"
    "  iif(count(demand_bps) = count(*), CAST(avg(demand_bps) AS INTEGER), NULL)"
    " FROM second CROSS JOIN which CROSS JOIN history_1s AS h ON h.time = t AND h.nic_id = which.id"
    " GROUP BY 1, 2 ORDER BY 1, 2";

static int select_part(sqlite3 *db, struct store_history *job, int64_t to_s, struct daqs_error *err)
{
    sqlite3_stmt *select AUTO_STATEMENT = sqlite_prepare(db, select_sql, err);
    if (!select)
        return DAQS_ESTORE;
    sqlite3_bind_text(select, 1, job->host, -1, SQLITE_STATIC);
    sqlite3_bind_text(select, 2, job->vm, -1, SQLITE_STATIC);
    sqlite3_bind_int64(select, 3, job->from_s);
    sqlite3_bind_int64(select, 4, to_s);
    sqlite3_bind_int64(select, 5, job->step_s);
    int rc;
    while ((rc = sqlite3_step(select)) == SQLITE_ROW) {
        daqs_table_number(&job->table, (uint64_t)sqlite3_column_int64(select, 0) * 1000);
        daqs_table_text(&job->table, (const char *)sqlite3_column_text(select, 1));
        for (int column = 2; column < 5; column++)
            daqs_table_rate(&job->table, sqlite_column_rate(select, column));
    }
    if (rc != SQLITE_DONE)
        return sqlite_fail(db, "database", err);
    return job->table.failed ? daqs_fail(err, DAQS_ENOMEM, "out of memory") : DAQS_OK;
}

/* Seconds are looked up one by one, so the span must not reach beyond those there are. With
 * none at all it ends before it begins. */
static int clip_span(sqlite3 *db, struct store_history *job, struct daqs_error *err)
{
    int64_t first_s = 0;
    int64_t last_s = 0;
    int result =
        sqlite_number(db, "SELECT coalesce(min(time), 1) FROM history_1s", 0, &first_s, err);
    if (result == DAQS_OK)
        result =
            sqlite_number(db, "SELECT coalesce(max(time), 0) FROM history_1s", 0, &last_s, err);
    if (result != DAQS_OK)
        return result;
    if (job->from_s < first_s)
        job->from_s = first_s;
    if (job->to_s > last_s)
        job->to_s = last_s;
    return DAQS_OK;
}

static int work_history(struct store_job *base)
{
    struct store_history *job = (struct store_history *)base;
    sqlite3 *db = base->store->reader;
    int64_t nics = 0;
    daqs_table_init(&job->table, columns, sizeof columns / sizeof columns[0], TEXT_BYTES);
    int result = count_nics(db, job, &nics, &base->error);
    if (result != DAQS_OK)
        return result;
    if (nics == 0)
        return daqs_fail(&base->error, DAQS_ENOTFOUND,
                         "there is no history of VM %.100s on host %.100s", job->vm, job->host);
    result = clip_span(db, job, &base->error);
    if (result != DAQS_OK || job->from_s > job->to_s)
        return result;
    int64_t span_s = PART_SECONDS / nics;
    span_s = span_s > job->step_s ? span_s / job->step_s * job->step_s : job->step_s;
    int64_t to_s = job->from_s / job->step_s * job->step_s + span_s - 1; /* whole steps */
    if (to_s >= job->to_s)
        to_s = job->to_s;
    else
        job->next_s = to_s + 1;
    return select_part(db, job, to_s, &base->error);
}

int store_query_history(struct store *store, struct store_history *job)
{
    return store_submit_query(store, &job->base, work_history);
}
