/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "controllerd/io/store/store_internal.h"
#include "shared/base/cleanup.h"

/* Steps may arrive this long after their block ended, because a second is closed by the host's next
 * report. If a step arrives later, the block is packed again. */
enum { GRACE_S = 3 };

struct pack_row {
    uint32_t nic;
    UT_hash_handle hh;
    struct rollup rollup[ROLLUP_STEPS_MAX];
};

struct pack {
    sqlite3 *db;
    int level;
    int64_t block_s;
    int64_t host;
    bool kept;             /* blocks of this age have not been dropped at this level */
    struct pack_row *rows; /* by nic, in the order in which they were found */
};

static void free_rows(struct pack *pack)
{
    struct pack_row *row = NULL;
    struct pack_row *next = NULL;
    HASH_ITER(hh, pack->rows, row, next)
    {
        HASH_DEL(pack->rows, row);
        free(row);
    }
}

static struct pack_row *find_row(struct pack *pack, uint32_t nic)
{
    struct pack_row *row = NULL;
    HASH_FIND(hh, pack->rows, &nic, sizeof nic, row);
    if (row)
        return row;
    row = calloc(1, sizeof *row);
    if (!row)
        return NULL;
    row->nic = nic;
    HASH_ADD(hh, pack->rows, nic, sizeof row->nic, row);
    return row;
}

static int take_records(struct pack *pack, size_t step, const uint8_t *record, size_t bytes,
                        struct daqs_error *err)
{
    for (; bytes >= ROLLUP_RECORD_BYTES;
         record += ROLLUP_RECORD_BYTES, bytes -= ROLLUP_RECORD_BYTES) {
        struct rollup rollup;
        struct pack_row *row = find_row(pack, rollup_read(record, &rollup));
        if (!row)
            return daqs_fail(err, DAQS_ENOMEM, "out of memory");
        rollup_add(&row->rollup[step], &rollup);
    }
    return DAQS_OK;
}

/* Removes the host's steps of the block from history_recent and adds them up, whatever their times
 * are. */
static int take_steps(struct pack *pack, struct daqs_error *err)
{
    sqlite3_stmt *take AUTO_STATEMENT =
        sqlite_prepare(pack->db,
                       "DELETE FROM history_recent WHERE step = ?1 AND host_id = ?2"
                       " AND time >= ?3 AND time < ?4 RETURNING time, data",
                       err);
    if (!take)
        return DAQS_ESTORE;
    int64_t step_s = rollup_level[pack->level].step_s;
    sqlite3_bind_int64(take, 1, step_s);
    sqlite3_bind_int64(take, 2, pack->host);
    sqlite3_bind_int64(take, 3, pack->block_s);
    sqlite3_bind_int64(take, 4, pack->block_s + rollup_block_s(pack->level));
    int rc;
    while ((rc = sqlite3_step(take)) == SQLITE_ROW) {
        size_t step = (size_t)((sqlite3_column_int64(take, 0) - pack->block_s) / step_s);
        int result = take_records(pack, step, sqlite3_column_blob(take, 1),
                                  (size_t)sqlite3_column_bytes(take, 1), err);
        if (result != DAQS_OK)
            return result;
    }
    return rc == SQLITE_DONE ? DAQS_OK : sqlite_fail(pack->db, "database", err);
}

int store_history_from(sqlite3 *db, int level, int64_t *ret_s, struct daqs_error *err)
{
    char sql[80];
    (void)snprintf(sql, sizeof sql, "SELECT time FROM history_from WHERE step = %d",
                   (int)rollup_level[level].step_s);
    return sqlite_number(db, sql, 0, ret_s, err);
}

int store_set_history_from(sqlite3 *db, int level, int64_t from_s, struct daqs_error *err)
{
    sqlite3_stmt *update AUTO_STATEMENT =
        sqlite_prepare(db, "UPDATE history_from SET time = ?1 WHERE step = ?2", err);
    if (!update)
        return DAQS_ESTORE;
    sqlite3_bind_int64(update, 1, from_s);
    sqlite3_bind_int64(update, 2, rollup_level[level].step_s);
    return sqlite_step_done(update, err);
}

bool store_unpack(sqlite3_stmt *statement, int first, struct rollup *ret, size_t steps)
{
    bool good = true;
    for (int c = 0; good && c < ROLLUP_COLUMNS; c++) {
        const void *bytes = sqlite3_column_blob(statement, first + 2 * c + 1);
        good = rollup_unpack((uint64_t)sqlite3_column_int64(statement, first + 2 * c), bytes,
                             (size_t)sqlite3_column_bytes(statement, first + 2 * c + 1),
                             (enum rollup_column)c, ret, steps);
    }
    return good;
}

/* Adds the block that is already stored, if steps arrived late. */
static int add_packed(const struct pack *pack, sqlite3_stmt *select, struct pack_row *row,
                      struct daqs_error *err)
{
    struct rollup packed[ROLLUP_STEPS_MAX];
    size_t steps = rollup_level[pack->level].steps;
    sqlite3_bind_int64(select, 1, rollup_level[pack->level].step_s);
    sqlite3_bind_int64(select, 2, pack->block_s);
    sqlite3_bind_int64(select, 3, row->nic);
    int rc = sqlite3_step(select);
    bool good = rc == SQLITE_ROW && store_unpack(select, 0, packed, steps);
    for (size_t i = 0; good && i < steps; i++)
        rollup_add(&row->rollup[i], &packed[i]);
    sqlite3_reset(select);
    return rc == SQLITE_ROW || rc == SQLITE_DONE ? DAQS_OK : sqlite_fail(pack->db, "database", err);
}

static int put_block(const struct pack *pack, sqlite3_stmt *insert, const struct pack_row *row,
                     struct daqs_error *err)
{
    struct rollup_packed column[ROLLUP_COLUMNS];
    sqlite3_bind_int64(insert, 1, rollup_level[pack->level].step_s);
    sqlite3_bind_int64(insert, 2, pack->block_s);
    sqlite3_bind_int64(insert, 3, row->nic);
    for (int c = 0; c < ROLLUP_COLUMNS; c++) {
        rollup_pack(row->rollup, rollup_level[pack->level].steps, (enum rollup_column)c,
                    &column[c]);
        sqlite3_bind_int64(insert, 4 + 2 * c, (int64_t)column[c].base);
        sqlite3_bind_blob64(insert, 5 + 2 * c, column[c].bytes, column[c].length, SQLITE_STATIC);
    }
    return sqlite_step_done(insert, err);
}

/* Stores the block's sum as a step of the next level; it adds to what is there. */
static int put_sum(const struct pack *pack, const uint8_t *record, size_t nics,
                   struct daqs_error *err)
{
    sqlite3_stmt *insert AUTO_STATEMENT = sqlite_prepare(pack->db, STORE_PUT_ASIDE, err);
    if (!insert)
        return DAQS_ESTORE;
    sqlite3_bind_int64(insert, 1, rollup_level[pack->level + 1].step_s);
    sqlite3_bind_int64(insert, 2, pack->block_s);
    sqlite3_bind_int64(insert, 3, pack->host);
    sqlite3_bind_blob64(insert, 4, record, nics * ROLLUP_RECORD_BYTES, SQLITE_STATIC);
    return sqlite_step_done(insert, err);
}

static int put_rows(struct pack *pack, struct daqs_error *err)
{
    sqlite3_stmt *select AUTO_STATEMENT = sqlite_prepare(
        pack->db,
        "SELECT " STORE_COLUMNS " FROM history WHERE step = ?1 AND block = ?2 AND nic_id = ?3",
        err);
    sqlite3_stmt *insert AUTO_STATEMENT =
        sqlite_prepare(pack->db,
                       "INSERT OR REPLACE INTO history (step, block, nic_id, " STORE_COLUMNS
                       ") VALUES (?,?,?, ?,?,?,?,?,?,?,?, ?,?,?,?,?,?,?,?,?,?)",
                       err);
    size_t steps = rollup_level[pack->level].steps;
    size_t nics = 0;
    uint8_t *record DAQS_AUTO_FREE =
        malloc(ROLLUP_RECORD_BYTES * ((size_t)HASH_COUNT(pack->rows) + 1));
    int result = select && insert ? DAQS_OK : DAQS_ESTORE;
    if (result == DAQS_OK && !record)
        result = daqs_fail(err, DAQS_ENOMEM, "out of memory");
    for (struct pack_row *row = pack->rows; row && result == DAQS_OK; row = row->hh.next) {
        struct rollup sum = {0};
        for (size_t i = 0; i < steps; i++)
            rollup_add(&sum, &row->rollup[i]);
        rollup_write(record + ROLLUP_RECORD_BYTES * nics++, row->nic, &sum);
        if (pack->kept)
            result = add_packed(pack, select, row, err);
        if (result == DAQS_OK && pack->kept)
            result = put_block(pack, insert, row, err);
    }
    if (result == DAQS_OK && nics > 0 && pack->level + 1 < ROLLUP_LEVELS)
        result = put_sum(pack, record, nics, err);
    return result;
}

/* Finds the oldest step that waits and whose block has ended; *ret_found is false if there is
 * none. */
static int find_due(sqlite3 *db, int level, int64_t now_s, struct pack *ret, bool *ret_found,
                    struct daqs_error *err)
{
    sqlite3_stmt *select AUTO_STATEMENT =
        sqlite_prepare(db,
                       "SELECT time, host_id FROM history_recent WHERE step = ?1 AND time < ?2"
                       " ORDER BY time, host_id LIMIT 1",
                       err);
    if (!select)
        return DAQS_ESTORE;
    int64_t span_s = rollup_block_s(level);
    sqlite3_bind_int64(select, 1, rollup_level[level].step_s);
    sqlite3_bind_int64(select, 2, (now_s - GRACE_S) / span_s * span_s);
    int rc = sqlite3_step(select);
    *ret_found = rc == SQLITE_ROW;
    if (rc == SQLITE_ROW)
        *ret = (struct pack){.db = db,
                             .level = level,
                             .block_s = rollup_round_down(sqlite3_column_int64(select, 0), span_s),
                             .host = sqlite3_column_int64(select, 1)};
    return rc == SQLITE_ROW || rc == SQLITE_DONE ? DAQS_OK : sqlite_fail(db, "database", err);
}

int store_pack(sqlite3 *db, int64_t now_s, size_t most, struct daqs_error *err)
{
    for (int level = 0; level < ROLLUP_LEVELS; level++) {
        bool found = true;
        for (size_t i = 0; i < most && found; i++) {
            struct pack pack;
            int64_t from_s = 0;
            int result = store_history_from(db, level, &from_s, err);
            if (result == DAQS_OK)
                result = find_due(db, level, now_s, &pack, &found, err);
            if (result == DAQS_OK && found) {
                pack.kept = pack.block_s >= from_s;
                result = take_steps(&pack, err);
                if (result == DAQS_OK)
                    result = put_rows(&pack, err);
                free_rows(&pack);
            }
            if (result != DAQS_OK)
                return result;
        }
    }
    return DAQS_OK;
}
