/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "shared/base/grow.h"

#include "controllerd/io/store/store_internal.h"

/* What each write, one a second, does in addition. Every host completes a block a minute, and every
 * nic has one that becomes too old. Three times as much is packed and dropped, to catch up after a
 * pause. */
enum { SECONDS_A_ROUND = 20, PACK_LEAST = 4, DROP_LEAST = 64, NAMES_AT_ONCE = 256 };

struct store_rollups *store_rollups_new(void)
{
    return calloc(1, sizeof(struct store_rollups));
}

void store_rollups_free(struct store_rollups *job)
{
    if (!job)
        return;
    free(job->step);
    free(job->record);
    free(job);
}

bool store_rollups_begin(struct store_rollups *job, int64_t time_s, int64_t host)
{
    struct store_step *step = daqs_grow(job->step, job->steps, &job->step_capacity, sizeof *step);
    if (!step)
        return false;
    job->step = step;
    job->step[job->steps++] = (struct store_step){.time_s = time_s, .host = host};
    return true;
}

bool store_rollups_add(struct store_rollups *job, int64_t nic, const struct rollup *rollup)
{
    uint8_t *record = daqs_grow(job->record, job->nics, &job->nic_capacity, ROLLUP_RECORD_BYTES);
    if (!record)
        return false;
    job->record = record;
    rollup_write(record + job->nics * ROLLUP_RECORD_BYTES, (uint32_t)nic, rollup);
    job->nics++;
    job->step[job->steps - 1].nics++;
    return true;
}

static int put_aside(sqlite3 *db, const struct store_rollups *job, struct daqs_error *err)
{
    sqlite3_stmt *insert AUTO_STATEMENT = sqlite_prepare(db, STORE_PUT_ASIDE, err);
    if (!insert)
        return DAQS_ESTORE;
    int result = DAQS_OK;
    const uint8_t *record = job->record;
    for (size_t i = 0; i < job->steps && result == DAQS_OK; i++) {
        const struct store_step *step = &job->step[i];
        size_t bytes = step->nics * ROLLUP_RECORD_BYTES;
        if (bytes == 0)
            continue;
        sqlite3_bind_int64(insert, 1, rollup_level[0].step_s);
        sqlite3_bind_int64(insert, 2, step->time_s);
        sqlite3_bind_int64(insert, 3, step->host);
        sqlite3_bind_blob64(insert, 4, record, bytes, SQLITE_STATIC);
        result = sqlite_step_done(insert, err);
        record += bytes;
    }
    return result;
}

/* Drops blocks that begin before a time, oldest first, at most 'most' of them. Once the block of
 * one nic is dropped, the level's history begins after that block for all nics. */
static int drop_blocks(sqlite3 *db, int level, int64_t before_s, size_t most, int64_t *ret_from_s,
                       struct daqs_error *err)
{
    sqlite3_stmt *drop AUTO_STATEMENT =
        sqlite_prepare(db,
                       "DELETE FROM history WHERE (step, block, nic_id) IN"
                       " (SELECT step, block, nic_id FROM history WHERE step = ?1 AND block < ?2"
                       "  ORDER BY block, nic_id LIMIT ?3) RETURNING block",
                       err);
    if (!drop)
        return DAQS_ESTORE;
    sqlite3_bind_int64(drop, 1, rollup_level[level].step_s);
    sqlite3_bind_int64(drop, 2, before_s);
    sqlite3_bind_int64(drop, 3, (int64_t)most);
    int rc;
    while ((rc = sqlite3_step(drop)) == SQLITE_ROW) {
        int64_t end_s = sqlite3_column_int64(drop, 0) + rollup_block_s(level);
        *ret_from_s = end_s > *ret_from_s ? end_s : *ret_from_s;
    }
    return rc == SQLITE_DONE ? DAQS_OK : sqlite_fail(db, "database", err);
}

static int drop_old(sqlite3 *db, const struct store_rollups *job, struct daqs_error *err)
{
    int result = DAQS_OK;
    for (int level = 0; level < ROLLUP_LEVELS && result == DAQS_OK; level++) {
        int64_t from_s = 0;
        int64_t keep_s = job->keep.ms[level] / 1000;
        int64_t old_s = job->now_s - keep_s - rollup_block_s(level) + 1;
        result = store_history_from(db, level, &from_s, err);
        int64_t told_s = from_s;
        if (from_s > job->now_s) /* the clock was far ahead, and has been corrected */
            from_s = job->now_s / rollup_block_s(level) * rollup_block_s(level);
        int64_t fresh_s = from_s;
        if (result == DAQS_OK)
            result = drop_blocks(db, level, old_s > from_s ? old_s : from_s,
                                 DROP_LEAST + job->fleet_nics / SECONDS_A_ROUND, &fresh_s, err);
        if (result == DAQS_OK && fresh_s != told_s)
            result = store_set_history_from(db, level, fresh_s, err);
    }
    return result;
}

static int write_points(sqlite3 *db, void *arg, struct daqs_error *err)
{
    const struct store_rollups *job = arg;
    int result = put_aside(db, job, err);
    if (result == DAQS_OK)
        result = store_pack(db, job->now_s, PACK_LEAST + job->fleet_hosts / SECONDS_A_ROUND, err);
    if (result != DAQS_OK || !store_may_delete(job->base.store, job->now_s * 1000))
        return result;
    result = drop_old(db, job, err);
    if (result == DAQS_OK && job->all_named)
        result = store_forget_names(db, job->base.store->looked_at, NAMES_AT_ONCE,
                                    &job->base.store->looked_at, err);
    return result;
}

static int work_rollups(struct store_job *base)
{
    const struct store_rollups *job = (const struct store_rollups *)base;
    int result = store_durable(base->store, false, &base->error);
    if (result == DAQS_OK)
        result = sqlite_transaction(base->store->writer, write_points, base, &base->error);
    if (result == DAQS_OK)
        atomic_store(&base->store->settled_s,
                     settled_note(&base->store->settled, job->mono_s, job->now_s));
    return result;
}

int store_write_rollups(struct store *store, struct store_rollups *job)
{
    return store_submit_write(store, &job->base, work_rollups);
}
