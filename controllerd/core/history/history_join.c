/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/core/history/history_join.h"

#include <stdlib.h>
#include <string.h>

#include "shared/base/cleanup.h"
#include "shared/base/rate.h"
#include "shared/base/sum.h"

const struct daqs_column history_column[HISTORY_PART_COLUMNS] = {
    [HISTORY_TIME] = {"time", DAQS_COLUMN_TIME},
    [HISTORY_NIC] = {"nic", DAQS_COLUMN_TEXT},
    [HISTORY_USAGE] = {"usage_bps", DAQS_COLUMN_RATE},
    [HISTORY_LIMIT] = {"limit_bps", DAQS_COLUMN_RATE},
    [HISTORY_DEMAND] = {"demand_bps", DAQS_COLUMN_RATE},
    [HISTORY_TX] = {"tx_bytes", DAQS_COLUMN_COUNT},
    [HISTORY_RX] = {"rx_bytes", DAQS_COLUMN_COUNT},
    [HISTORY_PACKETS] = {"tx_packets", DAQS_COLUMN_COUNT},
    [HISTORY_MET] = {"met_s", DAQS_COLUMN_COUNT},
    [HISTORY_MISSED] = {"missed_s", DAQS_COLUMN_COUNT},
    [HISTORY_IDLE] = {"idle_s", DAQS_COLUMN_COUNT},
    [HISTORY_MEASURED] = {"measured_ms", DAQS_COLUMN_MS},
};

/* A row, and the cells of rows of the same time and nic that were added to it. */
struct row {
    struct daqs_cell cell[HISTORY_PART_COLUMNS];
};

static bool is_history(const struct daqs_table *table)
{
    return daqs_table_begins_with(table, history_column, HISTORY_PART_COLUMNS);
}

static int by_place(const void *a, const void *b)
{
    const struct daqs_cell *x = ((const struct row *)a)->cell;
    const struct daqs_cell *y = ((const struct row *)b)->cell;
    if (x[HISTORY_TIME].number != y[HISTORY_TIME].number)
        return x[HISTORY_TIME].number < y[HISTORY_TIME].number ? -1 : 1;
    return strcmp(x[HISTORY_NIC].text, y[HISTORY_NIC].text);
}

/* The next part of the answer begins where the first one of those that have more does. */
static int64_t end_of(const struct history_part *part, size_t parts)
{
    int64_t end_s = INT64_MAX;
    for (size_t i = 0; i < parts; i++)
        if (part[i].more && part[i].next_s < end_s)
            end_s = part[i].next_s;
    return end_s;
}

static size_t take_rows(const struct history_part *part, size_t parts, int64_t end_s,
                        struct row *ret)
{
    size_t rows = 0;
    for (size_t i = 0; i < parts; i++) {
        const struct daqs_table *table = part[i].table;
        for (size_t r = 0; is_history(table) && r < daqs_table_rows(table); r++) {
            const struct daqs_cell *cell = daqs_table_at(table, r, 0);
            if (cell[HISTORY_NIC].text && (int64_t)(cell[HISTORY_TIME].number / 1000) < end_s)
                memcpy(ret[rows++].cell, cell, sizeof ret->cell);
        }
    }
    return rows;
}

/* --- adding up --- */

static void add_number(struct daqs_cell *sum, const struct daqs_cell *more)
{
    sum->empty |= more->empty; /* not known for a part */
    sum->number = daqs_sum(sum->number, more->number);
}

static void add_mean(struct daqs_cell *sum, uint64_t sum_ms, const struct daqs_cell *more,
                     uint64_t more_ms)
{
    const double ms = (double)sum_ms + (double)more_ms;
    sum->empty |= more->empty; /* none for a part of the time */
    if (ms > 0)
        sum->number = (uint64_t)(((double)sum->number * (double)sum_ms +
                                  (double)more->number * (double)more_ms) /
                                     ms +
                                 0.5);
}

static void add_row(struct row *sum, const struct row *more)
{
    const uint64_t sum_ms = sum->cell[HISTORY_MEASURED].number;
    const uint64_t more_ms = more->cell[HISTORY_MEASURED].number;
    for (size_t i = HISTORY_USAGE; i < HISTORY_PART_COLUMNS; i++)
        if (history_column[i].kind == DAQS_COLUMN_RATE)
            add_mean(&sum->cell[i], sum_ms, &more->cell[i], more_ms);
        else
            add_number(&sum->cell[i], &more->cell[i]);
}

static void put_row(const struct row *row, struct daqs_table *table)
{
    for (size_t i = 0; i < HISTORY_COLUMNS; i++)
        if (i == HISTORY_NIC)
            daqs_table_text(table, row->cell[i].text);
        else if (row->cell[i].empty)
            daqs_table_empty(table);
        else
            daqs_table_number(table, row->cell[i].number);
}

int history_join(const struct history_part *part, size_t parts, size_t text_bytes,
                 struct daqs_table *ret, bool *ret_more, int64_t *ret_next_s)
{
    size_t most = 1;
    for (size_t i = 0; i < parts; i++)
        most += daqs_table_rows(part[i].table);
    daqs_table_init(ret, history_column, HISTORY_COLUMNS, text_bytes);
    *ret_next_s = end_of(part, parts);
    *ret_more = *ret_next_s < INT64_MAX;
    struct row *row DAQS_AUTO_FREE = calloc(most, sizeof *row);
    if (!row)
        return DAQS_ENOMEM;
    const size_t rows = take_rows(part, parts, *ret_next_s, row);
    qsort(row, rows, sizeof *row, by_place);
    for (size_t i = 0, next; i < rows; i = next) {
        for (next = i + 1; next < rows && by_place(&row[i], &row[next]) == 0; next++)
            add_row(&row[i], &row[next]);
        put_row(&row[i], ret);
    }
    return ret->failed ? DAQS_ENOMEM : DAQS_OK;
}
