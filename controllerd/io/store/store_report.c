/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controllerd/core/diagnosis/violation.h"
#include "controllerd/core/history/report_join.h"
#include "controllerd/io/store/store_internal.h"
#include "controllerd/io/store/store_read.h"
#include "shared/base/cleanup.h"
#include "shared/base/time_text.h"

/* Limits of a part of an answer: some milliseconds of work, and less than a message. */
enum { PART_VMS = 200, PART_NICS = 4096, TEXT_BYTES = 256 * 1024 };
/* Longest spans that are reported from seconds, and from minutes. */
enum { SECONDS_MOST_S = 2 * 3600, MINUTES_MOST_S = 3 * 24 * 3600 };
enum { REASONS_BYTES = 512 };

struct report_row {
    char *host;
    char *vm;
    struct rollup sum;
    uint64_t worst; /* missed seconds of its worst step */
    int64_t worst_s;
    size_t uplinks; /* uplinks with judged guarantees */
};

/* The VMs of a part, and their nics with the index of their VM. */
struct report_part {
    int64_t from_s; /* inclusive */
    int64_t to_s;   /* exclusive */
    int level;
    size_t rows;
    struct report_row row[PART_VMS];
    size_t nics;
    struct store_read_nic nic[PART_NICS];
    size_t row_of[PART_NICS];
    bool judged[PART_NICS];
    char *uplink[PART_NICS];
};

static void free_part(struct report_part **part)
{
    for (size_t i = 0; *part && i < (*part)->rows; i++) {
        free((*part)->row[i].host);
        free((*part)->row[i].vm);
    }
    for (size_t i = 0; *part && i < (*part)->nics; i++)
        free((*part)->uplink[i]);
    free(*part);
}

static struct report_row *add_row(struct report_part *part, const char *host, const char *vm,
                                  struct daqs_error *err)
{
    struct report_row *row = &part->row[part->rows++];
    row->host = strdup(host);
    row->vm = strdup(vm);
    if (row->host && row->vm)
        return row;
    daqs_fail(err, DAQS_ENOMEM, "out of memory");
    return NULL;
}

/* VMs are sorted by number, so that a VM that is added during a report does not shift the
 * others. */
static int find_vms(sqlite3 *db, struct store_question *job, struct report_part *part,
                    struct daqs_error *err)
{
    sqlite3_stmt *select AUTO_STATEMENT =
        sqlite_prepare(db,
                       "SELECT vm.id, host.id, nic.id, host.name, vm.name, uplink FROM vm"
                       " JOIN host ON host.id = vm.host_id JOIN nic ON nic.vm_id = vm.id"
                       " WHERE vm.id > ?1 AND (?2 = '' OR host.name = ?2)"
                       " AND (?3 = '' OR vm.name = ?3) ORDER BY vm.id, nic.id",
                       err);
    if (!select)
        return DAQS_ESTORE;
    sqlite3_bind_int64(select, 1, job->token);
    sqlite3_bind_text(select, 2, job->host, -1, SQLITE_STATIC);
    sqlite3_bind_text(select, 3, job->vm, -1, SQLITE_STATIC);
    int rc;
    int64_t last = 0;
    while ((rc = sqlite3_step(select)) == SQLITE_ROW) {
        int64_t vm = sqlite3_column_int64(select, 0);
        if (vm != last && (part->rows == PART_VMS || part->nics >= PART_NICS / 2)) {
            job->more = true;
            return DAQS_OK;
        }
        if (vm != last && !add_row(part, (const char *)sqlite3_column_text(select, 3),
                                   (const char *)sqlite3_column_text(select, 4), err))
            return DAQS_ENOMEM;
        if (part->nics == PART_NICS)
            continue; /* a VM that has had thousands of nics */
        part->row_of[part->nics] = part->rows - 1;
        part->uplink[part->nics] = strdup((const char *)sqlite3_column_text(select, 5));
        if (!part->uplink[part->nics])
            return daqs_fail(err, DAQS_ENOMEM, "out of memory");
        part->nic[part->nics++] = (struct store_read_nic){.id = sqlite3_column_int64(select, 2),
                                                          .host = sqlite3_column_int64(select, 1)};
        job->next = last = vm;
    }
    return rc == SQLITE_DONE ? DAQS_OK : sqlite_fail(db, "database", err);
}

static void take_rollup(void *arg, size_t index, int64_t time_s, const struct rollup *rollup)
{
    struct report_part *part = arg;
    struct report_row *row = &part->row[part->row_of[index]];
    rollup_add(&row->sum, rollup);
    part->judged[index] |=
        rollup->value[ROLLUP_MET] + rollup->value[ROLLUP_MISSED] + rollup->value[ROLLUP_IDLE] > 0;
    uint64_t missed = rollup->value[ROLLUP_MISSED];
    if (missed > row->worst || (missed > 0 && missed == row->worst && time_s < row->worst_s)) {
        row->worst = missed;
        row->worst_s = time_s;
    }
}

/* The guarantees in the span, according to the audit trail. */
struct promise {
    uint64_t ms;   /* time with a guarantee */
    daqs_bps last; /* guarantee at the end of the span; 0: none */
};

static int find_promise(sqlite3 *db, const struct report_part *part, const struct report_row *row,
                        struct promise *ret, struct daqs_error *err)
{
    sqlite3_stmt *select AUTO_STATEMENT =
        sqlite_prepare(db,
                       "SELECT at_ms, new_min_bps FROM audit WHERE host = ? AND vm = ?"
                       " AND what <> 'set-policy' ORDER BY id",
                       err);
    if (!select)
        return DAQS_ESTORE;
    sqlite3_bind_text(select, 1, row->host, -1, SQLITE_STATIC);
    sqlite3_bind_text(select, 2, row->vm, -1, SQLITE_STATIC);
    int64_t since_ms = part->from_s * 1000;
    int64_t to_ms = part->to_s * 1000;
    *ret = (struct promise){0};
    int64_t min = 0;
    int rc;
    while ((rc = sqlite3_step(select)) == SQLITE_ROW) {
        int64_t at_ms = sqlite3_column_int64(select, 0);
        at_ms = at_ms < since_ms ? since_ms : at_ms > to_ms ? to_ms : at_ms;
        ret->ms += min > 0 ? (uint64_t)(at_ms - since_ms) : 0;
        since_ms = at_ms;
        min = sqlite3_column_int64(select, 1); /* NULL reads as 0 */
        if (at_ms < to_ms)
            ret->last = min > 0 ? (daqs_bps)min : 0;
    }
    ret->ms += min > 0 ? (uint64_t)(to_ms - since_ms) : 0;
    return rc == SQLITE_DONE ? DAQS_OK : sqlite_fail(db, "database", err);
}

static void bind_span(sqlite3_stmt *select, const struct report_part *part,
                      const struct report_row *row)
{
    sqlite3_bind_text(select, 1, row->host, -1, SQLITE_STATIC);
    sqlite3_bind_text(select, 2, row->vm, -1, SQLITE_STATIC);
    sqlite3_bind_int64(select, 3, part->from_s * 1000);
    sqlite3_bind_int64(select, 4, part->to_s * 1000);
}

/* Gets the length of the longest violation that ended in the span, counting only its part in the
 * span. */
static int longest_miss(sqlite3 *db, const struct report_part *part, const struct report_row *row,
                        int64_t *ret_ms, struct daqs_error *err)
{
    sqlite3_stmt *select AUTO_STATEMENT = sqlite_prepare(
        db,
        "SELECT max(min(at_ms, ?4) - max(since_ms, ?3)) FROM event WHERE kind = 'violation-end'"
        " AND host = ?1 AND vm = ?2 AND at_ms >= ?3 AND since_ms < ?4",
        err);
    if (!select)
        return DAQS_ESTORE;
    bind_span(select, part, row);
    if (sqlite3_step(select) != SQLITE_ROW)
        return sqlite_fail(db, "database", err);
    *ret_ms = sqlite3_column_int64(select, 0);
    return DAQS_OK;
}

/* Lists the causes of the violations that ended in the span, as "CAUSE 12 s; CAUSE 3 s", longest
 * first. */
static int find_reasons(sqlite3 *db, const struct report_part *part, const struct report_row *row,
                        char ret[static REASONS_BYTES], struct daqs_error *err)
{
    sqlite3_stmt *select AUTO_STATEMENT = sqlite_prepare(
        db,
        "SELECT iif(instr(text, ?5), substr(text, instr(text, ?5) + length(?5)), 'not known') AS"
        " cause, sum(min(at_ms, ?4) - max(since_ms, ?3)) / 1000 AS seconds FROM event"
        " WHERE kind = 'violation-end' AND host = ?1 AND vm = ?2 AND at_ms >= ?3 AND since_ms < ?4"
        " GROUP BY cause ORDER BY seconds DESC, cause",
        err);
    if (!select)
        return DAQS_ESTORE;
    bind_span(select, part, row);
    sqlite3_bind_text(select, 5, VIOLATION_WAS, -1, SQLITE_STATIC);
    size_t used = 0;
    int rc;
    while ((rc = sqlite3_step(select)) == SQLITE_ROW && used < REASONS_BYTES - 1) {
        int n = snprintf(ret + used, REASONS_BYTES - used, "%s%s %lld s", used ? "; " : "",
                         (const char *)sqlite3_column_text(select, 0),
                         (long long)sqlite3_column_int64(select, 1));
        used += n < 0 ? 0 : (size_t)n;
    }
    return rc == SQLITE_DONE || rc == SQLITE_ROW ? DAQS_OK : sqlite_fail(db, "database", err);
}

/* Counts the uplinks with judged guarantees. A guarantee applies to each uplink, and its verdicts
 * may have been stored with several nics, one after the other. A VM's nics are adjacent. */
static void count_uplinks(struct report_part *part)
{
    for (size_t i = 0, first = 0; i < part->nics; i++) {
        bool fresh = part->judged[i];
        first = part->row_of[i] == part->row_of[first] ? first : i;
        for (size_t k = first; k < i && fresh; k++)
            fresh = !part->judged[k] || strcmp(part->uplink[k], part->uplink[i]) != 0;
        part->row[part->row_of[i]].uplinks += fresh;
    }
}

static int put_row(sqlite3 *db, struct daqs_table *table, const struct report_part *part,
                   const struct report_row *row, struct daqs_error *err)
{
    const uint64_t *sum = row->sum.value;
    struct promise promise;
    int64_t miss_ms = 0;
    char reasons[REASONS_BYTES] = "";
    int result = find_promise(db, part, row, &promise, err);
    if (result == DAQS_OK && sum[ROLLUP_MISSED] > 0)
        result = longest_miss(db, part, row, &miss_ms, err);
    if (result == DAQS_OK && sum[ROLLUP_MISSED] > 0)
        result = find_reasons(db, part, row, reasons, err);
    uint64_t judged = sum[ROLLUP_MET] + sum[ROLLUP_MISSED] + sum[ROLLUP_IDLE];
    if (result != DAQS_OK || (judged == 0 && promise.ms == 0 && sum[ROLLUP_MS] == 0))
        return result; /* nothing to report */
    /* A guarantee applies to each of the VM's uplinks. */
    uint64_t promised = promise.ms / 1000 * (row->uplinks ? row->uplinks : 1);
    promised = promised > judged ? promised : judged;
    daqs_table_text(table, row->host);
    daqs_table_text(table, row->vm);
    if (sum[ROLLUP_MET] + sum[ROLLUP_MISSED] > 0)
        daqs_table_number(table,
                          sum[ROLLUP_MET] * 1000000 / (sum[ROLLUP_MET] + sum[ROLLUP_MISSED]));
    else
        daqs_table_empty(table);
    daqs_table_number(table, sum[ROLLUP_MET]);
    daqs_table_number(table, sum[ROLLUP_MISSED]);
    daqs_table_number(table, sum[ROLLUP_IDLE]);
    daqs_table_number(table, promised - judged);
    daqs_table_number(table, (uint64_t)(miss_ms > 0 ? miss_ms : 0) / 1000);
    if (row->worst > 0)
        daqs_table_number(table, (uint64_t)row->worst_s * 1000);
    else
        daqs_table_empty(table);
    daqs_table_number(table, row->worst);
    daqs_table_number(table, sum[ROLLUP_TX]);
    daqs_table_number(table, sum[ROLLUP_RX]);
    if (promised > 0)
        daqs_table_number(table, judged * 1000000 / promised);
    else
        daqs_table_empty(table);
    if (promise.last > 0)
        daqs_table_number(table, promise.last);
    else
        daqs_table_empty(table);
    daqs_table_text(table, reasons);
    return table->failed ? daqs_fail(err, DAQS_ENOMEM, "out of memory") : DAQS_OK;
}

static int level_of(int64_t span_s)
{
    return span_s <= SECONDS_MOST_S ? 0 : span_s <= MINUTES_MOST_S ? 1 : 2;
}

/* Chooses a level that has history from the start of the span on, and rounds the span to whole
 * steps, so that adjoining reports count nothing twice. */
static int choose_span(sqlite3 *db, const struct store_question *job, struct report_part *part,
                       struct daqs_error *err)
{
    int64_t from_s = job->since_ms / 1000;
    int64_t to_s = job->until_ms / 1000;
    part->level = level_of(to_s - from_s);
    int result = store_level_kept(db, from_s, &part->level, err);
    int64_t step_s = rollup_level[part->level].step_s;
    part->from_s = rollup_round_down(from_s, step_s);
    part->to_s = rollup_round_down(to_s, step_s);
    if (part->to_s <= part->from_s)
        part->to_s = part->from_s + step_s;
    return result;
}

/* --- why it is empty --- */

static void note_data(void *arg, size_t index, int64_t time_s, const struct rollup *rollup)
{
    bool *any = arg;
    (void)index;
    (void)time_s;
    *any |= rollup->value[ROLLUP_MS] > 0;
}

/* Says that there is data after the last whole step of the span only, if so. */
static int explain_empty(sqlite3 *db, struct store_question *job, const struct report_part *part,
                         struct daqs_error *err)
{
    static const char *const steps[] = {"second", "minute", "hour"};
    char when[DAQS_TIME_TEXT];
    bool any = false;
    const struct store_window window = {.from_s = part->to_s,
                                        .to_s = job->until_ms / 1000,
                                        .level = 0,
                                        .nics = part->nics,
                                        .nic = part->nic,
                                        .take = note_data,
                                        .arg = &any};
    if (part->level == 0 || part->nics == 0 || window.to_s < window.from_s)
        return DAQS_OK;
    int result = store_read(db, &window, err);
    if (result == DAQS_OK && any)
        (void)snprintf(
            job->why_empty, sizeof job->why_empty,
            "no full %s is stored yet, and a report over this span is made of full %ss: "
            "the first is complete at %s; until then use --since 1h, which is made of "
            "seconds",
            steps[part->level], steps[part->level],
            daqs_time_format((part->to_s + rollup_level[part->level].step_s) * 1000, when));
    return result;
}

static int answer(sqlite3 *db, void *arg, struct daqs_error *err)
{
    struct store_question *job = arg;
    struct report_part *part DAQS_AUTO(free_part) = calloc(1, sizeof *part);
    if (!part)
        return daqs_fail(err, DAQS_ENOMEM, "out of memory");
    int result = find_vms(db, job, part, err);
    if (result == DAQS_OK)
        result = choose_span(db, job, part, err);
    const struct store_window window = {.from_s = part->from_s,
                                        .to_s = part->to_s - 1,
                                        .level = part->level,
                                        .nics = part->nics,
                                        .nic = part->nic,
                                        .take = take_rollup,
                                        .arg = part};
    if (result == DAQS_OK && part->nics > 0)
        result = store_read(db, &window, err);
    count_uplinks(part);
    for (size_t i = 0; i < part->rows && result == DAQS_OK; i++)
        result = put_row(db, &job->table, part, &part->row[i], err);
    if (result == DAQS_OK && daqs_table_rows(&job->table) == 0)
        result = explain_empty(db, job, part, err);
    return result;
}

static int work_report(struct store_job *base)
{
    struct store_question *job = (struct store_question *)base;
    daqs_table_init(&job->table, report_column, REPORT_COLUMNS, TEXT_BYTES);
    return sqlite_snapshot(base->store->reader, answer, job, &base->error);
}

int store_query_report(struct store *store, struct store_question *question)
{
    return store_submit_query(store, &question->base, work_report);
}
