/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "controllerd/io/store/store_internal.h"
#include "shared/base/time_text.h"

/* Limits of a part of an answer: rows that fit into a message, and some milliseconds of work. */
enum { PART_ROWS = 4000, PART_BLOCKS = 256, TEXT_BYTES = 512 * 1024 };

/* The most text that the rows of one nic's block have: host, VM, its UUID, MAC and uplink. */
enum { BLOCK_TEXT = ROLLUP_STEPS_MAX * 5 * (DAQS_NAME_MAX + 1) };

static const struct daqs_column columns[] = {
    {"time", DAQS_COLUMN_TIME},       {"host", DAQS_COLUMN_TEXT},
    {"vm", DAQS_COLUMN_TEXT},         {"uuid", DAQS_COLUMN_TEXT},
    {"nic", DAQS_COLUMN_TEXT},        {"uplink", DAQS_COLUMN_TEXT},
    {"usage_bps", DAQS_COLUMN_RATE},  {"limit_bps", DAQS_COLUMN_RATE},
    {"demand_bps", DAQS_COLUMN_RATE}, {"tx_bytes", DAQS_COLUMN_COUNT},
    {"rx_bytes", DAQS_COLUMN_COUNT},  {"tx_packets", DAQS_COLUMN_COUNT},
    {"met_s", DAQS_COLUMN_COUNT},     {"missed_s", DAQS_COLUMN_COUNT},
    {"idle_s", DAQS_COLUMN_COUNT},    {"measured_ms", DAQS_COLUMN_MS},
};

/* Where an export continues: the blocks before block_s are exported, and of that block the nics up
 * to 'nic'. A token holds both: minutes since 1970, and the number of the nic in 32 bits. */
struct position {
    int64_t block_s;
    int64_t nic;
};

static int64_t token_of(const struct position *at)
{
    return at->block_s / 60 << 32 | at->nic;
}

static struct position position_of(int64_t token)
{
    return (struct position){.block_s = (token >> 32) * 60, .nic = token & UINT32_MAX};
}

struct exporting {
    sqlite3 *db;
    struct store_question *question;
    int level;
    int64_t from_s;    /* older blocks have been dropped */
    int64_t horizon_s; /* blocks before it are finished */
    struct position at;
    unsigned damaged; /* blocks */
};

/* Gets the start of the first block that is not finished: seconds of it may still come, or some of
 * its steps still wait to be packed, here or at a finer level. */
static int find_horizon(struct exporting *e, int64_t now_s, struct daqs_error *err)
{
    int64_t span_s = rollup_block_s(e->level);
    int64_t settled_s = atomic_load(&e->question->base.store->settled_s);
    e->horizon_s = rollup_round_down(
        settled_s && settled_s < now_s ? settled_s : now_s - SETTLED_AFTER_S, span_s);
    for (int level = 0; level <= e->level; level++) {
        char sql[96];
        int64_t waiting_s = 0;
        (void)snprintf(sql, sizeof sql,
                       "SELECT coalesce(min(time), %lld) FROM history_recent WHERE step = %d",
                       (long long)e->horizon_s, (int)rollup_level[level].step_s);
        int result = sqlite_number(e->db, sql, 0, &waiting_s, err);
        if (result != DAQS_OK)
            return result;
        int64_t block_s = rollup_round_down(waiting_s, span_s);
        e->horizon_s = block_s < e->horizon_s ? block_s : e->horizon_s;
    }
    return DAQS_OK;
}

/* Finds where to begin. Notes blocks that were dropped although they had not been exported yet:
 * there were some, because a level's history begins behind the last block that was dropped. */
static int find_start(struct exporting *e, struct daqs_error *err)
{
    char at[DAQS_TIME_TEXT];
    char from[DAQS_TIME_TEXT];
    struct store_question *q = e->question;
    int64_t span_s = rollup_block_s(e->level);
    bool continues = q->token >= 0;
    e->at = continues ? position_of(q->token)
                      : (struct position){.block_s = rollup_round_down(q->since_ms / 1000, span_s)};
    if (!continues && e->at.block_s > e->horizon_s)
        e->at.block_s = e->horizon_s;
    (void)daqs_time_format(e->at.block_s * 1000, at);
    if (continues && e->at.block_s > q->until_ms / 1000 + span_s)
        return daqs_fail(err, DAQS_EINVALID,
                         "the token continues at %s, which is in the future: the clock was ahead "
                         "when it was made, or is behind now",
                         at);
    if (e->at.block_s >= e->from_s)
        return DAQS_OK;
    if (continues)
        (void)snprintf(q->note, sizeof q->note,
                       "history from %s to %s was dropped before it was exported; export more "
                       "often, or raise the key of [history] that keeps it",
                       at, daqs_time_format(e->from_s * 1000, from));
    e->at = (struct position){.block_s = e->from_s};
    return DAQS_OK;
}

/* The nics of a block in the order of their numbers, after number ?3. */
#define BLOCK_ROWS "SELECT h.nic_id, host.name, vm.name, uuid, mac, uplink, " STORE_COLUMNS
static const char all_sql[] = BLOCK_ROWS
    " FROM history AS h CROSS JOIN nic ON nic.id = h.nic_id CROSS JOIN vm ON vm.id = nic.vm_id"
    " CROSS JOIN host ON host.id = vm.host_id"
    " WHERE h.step = ?1 AND h.block = ?2 AND h.nic_id > ?3 ORDER BY h.nic_id";
/* Those of a host, or of one VM, are looked up by their whole keys. */
static const char host_sql[] = BLOCK_ROWS
    " FROM host CROSS JOIN vm ON vm.host_id = host.id CROSS JOIN nic ON nic.vm_id = vm.id"
    " CROSS JOIN history AS h ON h.step = ?1 AND h.block = ?2 AND h.nic_id = nic.id"
    " WHERE host.name = ?4 AND (?5 = '' OR vm.name = ?5) AND nic.id > ?3 ORDER BY nic.id";

enum { NAMES_FIRST = 1, NAMES = 5, VALUES_FIRST = NAMES_FIRST + NAMES };

static void put_row(struct daqs_table *table, sqlite3_stmt *row, int64_t time_s,
                    const struct rollup *rollup)
{
    daqs_table_number(table, (uint64_t)time_s * 1000);
    for (int i = 0; i < NAMES; i++)
        daqs_table_text(table, (const char *)sqlite3_column_text(row, NAMES_FIRST + i));
    daqs_table_rate(table, rollup_usage(rollup));
    daqs_table_rate(table, rate_code_decode(rollup->value[ROLLUP_LIMIT]));
    daqs_table_rate(table, rate_code_decode(rollup->value[ROLLUP_DEMAND]));
    daqs_table_number(table, rollup->value[ROLLUP_TX]);
    daqs_table_number(table, rollup->value[ROLLUP_RX]);
    if (rollup->value[ROLLUP_PACKETS] == RATE_CODE_NO_PACKETS)
        daqs_table_empty(table);
    else
        daqs_table_number(table, rollup->value[ROLLUP_PACKETS]);
    daqs_table_number(table, rollup->value[ROLLUP_MET]);
    daqs_table_number(table, rollup->value[ROLLUP_MISSED]);
    daqs_table_number(table, rollup->value[ROLLUP_IDLE]);
    daqs_table_number(table, rollup->value[ROLLUP_MS]);
}

static void put_nic(struct exporting *e, sqlite3_stmt *row)
{
    struct rollup rollup[ROLLUP_STEPS_MAX];
    const struct rollup_level *level = &rollup_level[e->level];
    if (!store_unpack(row, VALUES_FIRST, rollup, level->steps)) {
        e->damaged++;
        return;
    }
    for (size_t i = 0; i < level->steps; i++)
        if (rollup[i].value[ROLLUP_MS] > 0)
            put_row(&e->question->table, row, e->at.block_s + (int64_t)i * level->step_s,
                    &rollup[i]);
}

static bool is_full(const struct exporting *e)
{
    const struct daqs_table *table = &e->question->table;
    return daqs_table_rows(table) + ROLLUP_STEPS_MAX > PART_ROWS ||
           table->arena.used_bytes + BLOCK_TEXT > TEXT_BYTES;
}

/* Exports the rest of the block that the position is in. *ret_full: the answer is full, and the
 * position is behind the last nic of it. */
static int export_block(struct exporting *e, sqlite3_stmt *select, bool *ret_full,
                        struct daqs_error *err)
{
    int rc = SQLITE_DONE;
    sqlite3_bind_int64(select, 2, e->at.block_s);
    sqlite3_bind_int64(select, 3, e->at.nic);
    while (!*ret_full && (rc = sqlite3_step(select)) == SQLITE_ROW) {
        put_nic(e, select);
        e->at.nic = sqlite3_column_int64(select, 0);
        *ret_full = is_full(e);
    }
    sqlite3_reset(select);
    return *ret_full || rc == SQLITE_DONE ? DAQS_OK : sqlite_fail(e->db, "database", err);
}

/* Gets the first block that there is from that time on; 'otherwise' if there is none. */
static int next_block(struct exporting *e, int64_t from_s, int64_t otherwise, int64_t *ret_s,
                      struct daqs_error *err)
{
    char sql[112];
    (void)snprintf(sql, sizeof sql,
                   "SELECT min(block) FROM history WHERE step = %d AND block >= %lld",
                   (int)rollup_level[e->level].step_s, (long long)from_s);
    int result = sqlite_number(e->db, sql, 0, ret_s, err);
    if (*ret_s < from_s) /* NULL reads as 0 */
        *ret_s = otherwise;
    return result;
}

static int export_blocks(struct exporting *e, sqlite3_stmt *select, struct daqs_error *err)
{
    const struct store_question *q = e->question;
    int result = DAQS_OK;
    bool full = false;
    sqlite3_bind_int64(select, 1, rollup_level[e->level].step_s);
    sqlite3_bind_text(select, 4, q->host, -1, SQLITE_STATIC);
    sqlite3_bind_text(select, 5, q->vm, -1, SQLITE_STATIC);
    for (int blocks = 0; result == DAQS_OK && !full && e->at.block_s < e->horizon_s; blocks++) {
        int64_t block_s = 0;
        result = next_block(e, e->at.block_s, e->horizon_s, &block_s, err);
        if (block_s > e->at.block_s)
            e->at = (struct position){.block_s = block_s < e->horizon_s ? block_s : e->horizon_s};
        full = blocks == PART_BLOCKS;
        if (result != DAQS_OK || full || e->at.block_s == e->horizon_s)
            continue;
        result = export_block(e, select, &full, err);
        if (!full)
            e->at = (struct position){.block_s = e->at.block_s + rollup_block_s(e->level)};
    }
    return result;
}

static int answer_export(sqlite3 *db, void *arg, struct daqs_error *err)
{
    struct store_question *q = arg;
    struct exporting e = {.db = db, .question = q};
    daqs_table_init(&q->table, columns, sizeof columns / sizeof columns[0], TEXT_BYTES);
    while (rollup_level[e.level].step_s != q->step_s && e.level + 1 < ROLLUP_LEVELS)
        e.level++;
    int result = store_history_from(db, e.level, &e.from_s, err);
    if (result == DAQS_OK)
        result = find_horizon(&e, q->until_ms / 1000, err);
    if (result == DAQS_OK)
        result = find_start(&e, err);
    sqlite3_stmt *select AUTO_STATEMENT =
        result == DAQS_OK ? sqlite_prepare(db, *q->host ? host_sql : all_sql, err) : NULL;
    if (result == DAQS_OK)
        result = select ? export_blocks(&e, select, err) : DAQS_ESTORE;
    if (e.damaged > 0 && !*q->note)
        (void)snprintf(q->note, sizeof q->note,
                       "%u blocks of nics before %s are damaged and were left out", e.damaged,
                       daqs_time_format(e.at.block_s * 1000, (char[DAQS_TIME_TEXT]){0}));
    q->next = token_of(&e.at);
    q->more = result == DAQS_OK && q->next != q->token;
    if (result == DAQS_OK && q->table.failed)
        result = daqs_fail(err, DAQS_ENOMEM, "out of memory");
    return result;
}

static int work_export(struct store_job *base)
{
    return sqlite_snapshot(base->store->reader, answer_export, base, &base->error);
}

int store_query_export(struct store *store, struct store_question *question)
{
    return store_submit_query(store, &question->base, work_export);
}
