/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controllerd/core/history/history_join.h"
#include "controllerd/io/store/store_internal.h"
#include "controllerd/io/store/store_read.h"
#include "shared/base/cleanup.h"

/* Limits of a part of an answer: rows that fit into a message, and some milliseconds of work. */
enum { PART_POINTS = 10000, TEXT_BYTES = 512 * 1024 };

/* The VM's nics and their rollups, step by step. */
struct grid {
    size_t nics;
    struct store_read_nic *nic;
    char (*mac)[DAQS_MAC_TEXT];
    int64_t first_s;
    int64_t step_s;
    size_t steps;
    struct rollup *rollup; /* for each step, one per nic */
};

static void grid_done(struct grid *grid)
{
    free(grid->nic);
    free(grid->mac);
    free(grid->rollup);
}

static int find_nics(sqlite3 *db, const struct store_question *job, struct grid *grid,
                     struct daqs_error *err)
{
    sqlite3_stmt *select AUTO_STATEMENT = sqlite_prepare(
        db,
        "SELECT nic.id, host.id, mac, count(*) OVER () FROM nic JOIN vm ON vm.id = nic.vm_id"
        " JOIN host ON host.id = vm.host_id WHERE host.name = ? AND vm.name = ? ORDER BY mac",
        err);
    if (!select)
        return DAQS_ESTORE;
    sqlite3_bind_text(select, 1, job->host, -1, SQLITE_STATIC);
    sqlite3_bind_text(select, 2, job->vm, -1, SQLITE_STATIC);
    int rc;
    while ((rc = sqlite3_step(select)) == SQLITE_ROW) {
        size_t most = (size_t)sqlite3_column_int64(select, 3);
        if (!grid->nic) {
            grid->nic = calloc(most, sizeof *grid->nic);
            grid->mac = calloc(most, sizeof *grid->mac);
        }
        if (!grid->nic || !grid->mac)
            return daqs_fail(err, DAQS_ENOMEM, "out of memory");
        grid->nic[grid->nics] = (struct store_read_nic){.id = sqlite3_column_int64(select, 0),
                                                        .host = sqlite3_column_int64(select, 1)};
        (void)snprintf(grid->mac[grid->nics], sizeof grid->mac[0], "%s",
                       (const char *)sqlite3_column_text(select, 2));
        grid->nics++;
    }
    return rc == SQLITE_DONE ? DAQS_OK : sqlite_fail(db, "database", err);
}

static void take_rollup(void *arg, size_t index, int64_t time_s, const struct rollup *rollup)
{
    struct grid *grid = arg;
    size_t step = (size_t)((time_s - grid->first_s) / grid->step_s);
    if (step < grid->steps)
        rollup_add(&grid->rollup[step * grid->nics + index], rollup);
}

static int fill_table(struct store_question *job, const struct grid *grid, struct daqs_error *err)
{
    for (size_t i = 0; i < grid->steps * grid->nics; i++) {
        const struct rollup *rollup = &grid->rollup[i];
        if (rollup->value[ROLLUP_MS] == 0)
            continue; /* leave gaps out */
        int64_t time_s = grid->first_s + (int64_t)(i / grid->nics) * grid->step_s;
        daqs_table_number(&job->table, (uint64_t)time_s * 1000);
        daqs_table_text(&job->table, grid->mac[i % grid->nics]);
        daqs_table_rate(&job->table, rollup_usage(rollup));
        daqs_table_rate(&job->table, rate_code_decode(rollup->value[ROLLUP_LIMIT]));
        daqs_table_rate(&job->table, rate_code_decode(rollup->value[ROLLUP_DEMAND]));
        daqs_table_number(&job->table, rollup->value[ROLLUP_TX]);
        daqs_table_number(&job->table, rollup->value[ROLLUP_RX]);
        if (rollup->value[ROLLUP_PACKETS] == RATE_CODE_NO_PACKETS)
            daqs_table_empty(&job->table);
        else
            daqs_table_number(&job->table, rollup->value[ROLLUP_PACKETS]);
        daqs_table_number(&job->table, rollup->value[ROLLUP_MET]);
        daqs_table_number(&job->table, rollup->value[ROLLUP_MISSED]);
        daqs_table_number(&job->table, rollup->value[ROLLUP_IDLE]);
        if (job->measured)
            daqs_table_number(&job->table, rollup->value[ROLLUP_MS]);
    }
    return job->table.failed ? daqs_fail(err, DAQS_ENOMEM, "out of memory") : DAQS_OK;
}

struct history_span {
    int64_t from_s; /* both inclusive */
    int64_t to_s;
};

/* Clips the span to the history there is, so that a span of years is not queried in many empty
 * parts. */
static int clip_span(sqlite3 *db, struct history_span *span, struct daqs_error *err)
{
    int64_t first_s = 0;
    int64_t last_s = 0;
    int result = sqlite_number(
        db,
        "SELECT min(coalesce((SELECT min(block) FROM history WHERE step = 1), 1 << 60),"
        " coalesce((SELECT min(block) FROM history WHERE step = 60), 1 << 60),"
        " coalesce((SELECT min(block) FROM history WHERE step = 3600), 1 << 60),"
        " coalesce((SELECT min(time) FROM history_recent WHERE step = 1), 1 << 60),"
        " coalesce((SELECT min(time) FROM history_recent WHERE step = 60), 1 << 60),"
        " coalesce((SELECT min(time) FROM history_recent WHERE step = 3600), 1 << 60))",
        0, &first_s, err);
    if (result == DAQS_OK)
        result = sqlite_number(
            db,
            "SELECT max(coalesce((SELECT max(block) + 60 FROM history WHERE step = 1), 0),"
            " coalesce((SELECT max(time) FROM history_recent WHERE step = 1), 0),"
            " coalesce((SELECT max(block) + 3600 FROM history WHERE step = 60), 0),"
            " coalesce((SELECT max(time) + 60 FROM history_recent WHERE step = 60), 0),"
            " coalesce((SELECT max(block) + 86400 FROM history WHERE step = 3600), 0),"
            " coalesce((SELECT max(time) + 3600 FROM history_recent WHERE step = 3600), 0))",
            0, &last_s, err);
    if (result != DAQS_OK)
        return result;
    if (span->from_s < first_s)
        span->from_s = first_s;
    if (span->to_s > last_s)
        span->to_s = last_s;
    return DAQS_OK;
}

/* If only coarser history is left, moves the first step to the start of the coarse step that
 * contains it. */
static int include_coarse(sqlite3 *db, struct grid *grid, struct daqs_error *err)
{
    int level = store_level_for(grid->step_s);
    int result = store_level_kept(db, grid->first_s, &level, err);
    int64_t coarse_s = rollup_level[level].step_s;
    if (coarse_s > grid->step_s && coarse_s % grid->step_s == 0)
        grid->first_s = rollup_round_down(grid->first_s, coarse_s);
    return result;
}

static int answer_history(sqlite3 *db, void *arg, struct daqs_error *err)
{
    struct store_question *job = arg;
    struct history_span span = {.from_s = job->token >= 0 ? job->token : job->since_ms / 1000,
                                .to_s = job->until_ms / 1000};
    struct grid grid DAQS_AUTO(grid_done) = {.step_s = job->step_s};
    daqs_table_init(&job->table, history_column,
                    job->measured ? HISTORY_PART_COLUMNS : HISTORY_COLUMNS, TEXT_BYTES);
    int result = find_nics(db, job, &grid, err);
    if (result == DAQS_OK)
        result = clip_span(db, &span, err);
    if (result != DAQS_OK || grid.nics == 0 || span.from_s > span.to_s)
        return result;
    grid.first_s = rollup_round_down(span.from_s, job->step_s);
    if (job->token < 0)
        result = include_coarse(db, &grid, err);
    if (result != DAQS_OK)
        return result;
    size_t most = grid.nics < PART_POINTS ? PART_POINTS / grid.nics : 1;
    size_t steps = (size_t)((span.to_s - grid.first_s) / job->step_s) + 1;
    grid.steps = steps < most ? steps : most;
    grid.rollup = calloc(grid.steps * grid.nics, sizeof *grid.rollup);
    if (!grid.rollup)
        return daqs_fail(err, DAQS_ENOMEM, "out of memory");
    job->next = grid.first_s + (int64_t)grid.steps * job->step_s;
    job->more = steps > grid.steps;
    const struct store_window window = {.from_s = grid.first_s, /* whole steps */
                                        .to_s = job->more ? job->next - 1 : span.to_s,
                                        .level = store_level_for(job->step_s),
                                        .nics = grid.nics,
                                        .nic = grid.nic,
                                        .take = take_rollup,
                                        .arg = &grid};
    result = store_read(db, &window, err);
    return result == DAQS_OK ? fill_table(job, &grid, err) : result;
}

static int work_history(struct store_job *base)
{
    return sqlite_snapshot(base->store->reader, answer_history, base, &base->error);
}

int store_query_history(struct store *store, struct store_question *question)
{
    return store_submit_query(store, &question->base, work_history);
}
