/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/io/store/store_read.h"

#include "controllerd/io/store/store_internal.h"

int store_level_for(int64_t step_s)
{
    int level = ROLLUP_LEVELS - 1;
    /* A step of at least 60 steps of a level may be built from them even if it is not a
     * multiple. */
    while (level > 0 && step_s % rollup_level[level].step_s != 0 &&
           step_s < 60 * rollup_level[level].step_s)
        level--;
    return step_s < rollup_level[level].step_s ? 0 : level;
}

int store_level_kept(sqlite3 *db, int64_t from_s, int *level, struct daqs_error *err)
{
    int64_t kept_from_s = 0;
    int result = store_history_from(db, *level, &kept_from_s, err);
    while (result == DAQS_OK && from_s < kept_from_s && *level + 1 < ROLLUP_LEVELS)
        result = store_history_from(db, ++*level, &kept_from_s, err);
    return result;
}

/* Looks blocks up one by one, by their whole keys. They are ordered by time first, so a range would
 * read every nic of the fleet. */
static const char blocks_sql[] =
    "WITH RECURSIVE b (t) AS"
    " (SELECT ?1 WHERE ?1 <= ?2 UNION ALL SELECT t + ?3 FROM b WHERE t + ?3 <= ?2)"
    " SELECT t, " STORE_COLUMNS " FROM b CROSS JOIN history AS h"
    " ON h.step = ?4 AND h.block = t AND h.nic_id = ?5";

/* Gets the first and the last block of a level; 0 and -1 if there is none. It uses two subqueries
 * because SQLite uses the index for only one extreme at a time. */
static int bounds_of(sqlite3 *db, int level, int64_t *ret_first, int64_t *ret_last,
                     struct daqs_error *err)
{
    sqlite3_stmt *select AUTO_STATEMENT =
        sqlite_prepare(db,
                       "SELECT coalesce((SELECT min(block) FROM history WHERE step = ?1), 0),"
                       " coalesce((SELECT max(block) FROM history WHERE step = ?1), -1)",
                       err);
    if (!select)
        return DAQS_ESTORE;
    sqlite3_bind_int64(select, 1, rollup_level[level].step_s);
    if (sqlite3_step(select) != SQLITE_ROW)
        return sqlite_fail(db, "database", err);
    *ret_first = sqlite3_column_int64(select, 0);
    *ret_last = sqlite3_column_int64(select, 1);
    return DAQS_OK;
}

static int read_nic_blocks(sqlite3_stmt *select, const struct store_window *w, size_t index,
                           int level, int64_t from_s, int64_t to_s, struct daqs_error *err)
{
    struct rollup rollup[ROLLUP_STEPS_MAX];
    const struct rollup_level *l = &rollup_level[level];
    int rc;
    sqlite3_bind_int64(select, 5, w->nic[index].id);
    while ((rc = sqlite3_step(select)) == SQLITE_ROW) {
        int64_t block_s = sqlite3_column_int64(select, 0);
        if (!store_unpack(select, 1, rollup, l->steps))
            continue; /* damaged: skip this block only */
        for (size_t i = 0; i < l->steps; i++) {
            int64_t time_s = block_s + (int64_t)i * l->step_s;
            if (rollup[i].value[ROLLUP_MS] > 0 && time_s >= from_s && time_s <= to_s)
                w->take(w->arg, index, time_s, &rollup[i]);
        }
    }
    sqlite3_reset(select);
    return rc == SQLITE_DONE ? DAQS_OK : sqlite_fail(sqlite3_db_handle(select), "database", err);
}

static int read_blocks(sqlite3 *db, const struct store_window *w, int level, int64_t from_s,
                       int64_t to_s, struct daqs_error *err)
{
    int64_t span_s = rollup_block_s(level);
    int64_t first_s = 0;
    int64_t last_s = 0;
    int result = bounds_of(db, level, &first_s, &last_s, err);
    sqlite3_stmt *select AUTO_STATEMENT =
        result == DAQS_OK ? sqlite_prepare(db, blocks_sql, err) : NULL;
    if (!select)
        return DAQS_ESTORE;
    int64_t block_s = rollup_round_down(from_s, span_s);
    sqlite3_bind_int64(select, 1, block_s > first_s ? block_s : first_s);
    sqlite3_bind_int64(select, 2, to_s < last_s ? to_s : last_s);
    sqlite3_bind_int64(select, 3, span_s);
    sqlite3_bind_int64(select, 4, rollup_level[level].step_s);
    for (size_t i = 0; i < w->nics && result == DAQS_OK; i++)
        result = read_nic_blocks(select, w, i, level, from_s, to_s, err);
    return result;
}

/* Adds the records of the nics [first, end) of the window, which all belong to one host. Both are
 * in about the same order, so each search starts where the previous record was found. */
static void take_records(const struct store_window *w, size_t first, size_t end, int64_t time_s,
                         const uint8_t *record, size_t bytes)
{
    size_t at = 0;
    size_t nics = end - first;
    for (; bytes >= ROLLUP_RECORD_BYTES;
         record += ROLLUP_RECORD_BYTES, bytes -= ROLLUP_RECORD_BYTES) {
        struct rollup rollup;
        int64_t nic = rollup_read(record, &rollup);
        size_t tried = 0;
        while (tried < nics && w->nic[first + (at + tried) % nics].id != nic)
            tried++;
        if (tried == nics)
            continue; /* belongs to another VM */
        at = (at + tried) % nics;
        if (rollup.value[ROLLUP_MS] > 0)
            w->take(w->arg, first + at, time_s, &rollup);
        at++;
    }
}

/* Reads the steps of a level that wait to be packed. */
static int read_recent(sqlite3 *db, const struct store_window *w, int level, int64_t from_s,
                       int64_t to_s, struct daqs_error *err)
{
    sqlite3_stmt *select AUTO_STATEMENT =
        sqlite_prepare(db,
                       "SELECT time, data FROM history_recent WHERE step = ?1 AND host_id = ?2"
                       " AND time BETWEEN ?3 AND ?4",
                       err);
    if (!select)
        return DAQS_ESTORE;
    sqlite3_bind_int64(select, 1, rollup_level[level].step_s);
    sqlite3_bind_int64(select, 3, from_s);
    sqlite3_bind_int64(select, 4, to_s);
    for (size_t first = 0, end; first < w->nics; first = end) {
        int rc;
        for (end = first; end < w->nics && w->nic[end].host == w->nic[first].host; end++)
            ;
        sqlite3_bind_int64(select, 2, w->nic[first].host);
        while ((rc = sqlite3_step(select)) == SQLITE_ROW)
            take_records(w, first, end, sqlite3_column_int64(select, 0),
                         sqlite3_column_blob(select, 1), (size_t)sqlite3_column_bytes(select, 1));
        sqlite3_reset(select);
        if (rc != SQLITE_DONE)
            return sqlite_fail(db, "database", err);
    }
    return DAQS_OK;
}

/* Steps are added to the next level when they are packed, so steps that wait at finer levels are in
 * no sum yet: together, everything is counted once. Before the first block that a level still has,
 * the next level is used. */
int store_read(sqlite3 *db, const struct store_window *w, struct daqs_error *err)
{
    int result = DAQS_OK;
    int64_t to_s = w->to_s;
    for (int level = 0; level < w->level && result == DAQS_OK; level++)
        result = read_recent(db, w, level, w->from_s, w->to_s, err);
    for (int level = w->level; level < ROLLUP_LEVELS && to_s >= w->from_s && result == DAQS_OK;
         level++) {
        int64_t from_s = 0;
        result = read_recent(db, w, level, w->from_s, to_s, err);
        if (result == DAQS_OK)
            result = store_history_from(db, level, &from_s, err);
        if (result == DAQS_OK && from_s <= to_s)
            result = read_blocks(db, w, level, from_s > w->from_s ? from_s : w->from_s, to_s, err);
        to_s = from_s <= to_s ? from_s - 1 : to_s;
    }
    return result;
}
