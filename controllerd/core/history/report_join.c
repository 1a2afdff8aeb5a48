/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/core/history/report_join.h"

#include <stdlib.h>
#include <string.h>

#include "shared/base/cleanup.h"
#include "shared/base/sum.h"
#include "shared/base/text.h"

enum { REASONS_BYTES = 512, PPM = 1000000 };

const struct daqs_column report_column[REPORT_COLUMNS] = {
    [REPORT_HOST] = {"host", DAQS_COLUMN_TEXT},
    [REPORT_VM] = {"vm", DAQS_COLUMN_TEXT},
    [REPORT_ATTAINMENT] = {"attainment_percent", DAQS_COLUMN_PPM},
    [REPORT_MET] = {"met_s", DAQS_COLUMN_COUNT},
    [REPORT_MISSED] = {"missed_s", DAQS_COLUMN_COUNT},
    [REPORT_IDLE] = {"idle_s", DAQS_COLUMN_COUNT},
    [REPORT_UNKNOWN] = {"unknown_s", DAQS_COLUMN_COUNT},
    [REPORT_LONGEST_MISS] = {"longest_miss_s", DAQS_COLUMN_COUNT},
    [REPORT_WORST_TIME] = {"worst_time", DAQS_COLUMN_TIME},
    [REPORT_WORST_MISSED] = {"worst_missed_s", DAQS_COLUMN_COUNT},
    [REPORT_TX] = {"tx_bytes", DAQS_COLUMN_COUNT},
    [REPORT_RX] = {"rx_bytes", DAQS_COLUMN_COUNT},
    [REPORT_COVERAGE] = {"coverage_percent", DAQS_COLUMN_PPM},
    [REPORT_MIN] = {"min_bps", DAQS_COLUMN_RATE},
    [REPORT_REASONS] = {"reasons", DAQS_COLUMN_TEXT},
};

static bool is_report(const struct daqs_table *table)
{
    return daqs_table_begins_with(table, report_column, REPORT_COLUMNS);
}

/* The cells of a row. */
struct row {
    const struct daqs_cell *cell;
};

static const char *text_of(const struct row *row, enum report_column column)
{
    return row->cell[column].text ? row->cell[column].text : "";
}

static int by_vm(const void *a, const void *b)
{
    const int order = strcmp(text_of(a, REPORT_HOST), text_of(b, REPORT_HOST));
    return order ? order : strcmp(text_of(a, REPORT_VM), text_of(b, REPORT_VM));
}

/* --- a VM --- */

struct sum {
    uint64_t number[REPORT_COLUMNS];
    uint64_t promised; /* seconds with a guarantee */
    bool has_min;
    char reasons[REASONS_BYTES];
};

static void add_row(struct sum *sum, const struct row *row)
{
    static const enum report_column added[] = {REPORT_MET, REPORT_MISSED, REPORT_IDLE, REPORT_TX,
                                               REPORT_RX};
    const struct daqs_cell *cell = row->cell;
    uint64_t *n = sum->number;
    const uint64_t promised = cell[REPORT_MET].number + cell[REPORT_MISSED].number +
                              cell[REPORT_IDLE].number + cell[REPORT_UNKNOWN].number;
    for (size_t i = 0; i < sizeof added / sizeof added[0]; i++)
        n[added[i]] = daqs_sum(n[added[i]], cell[added[i]].number);
    sum->promised = promised > sum->promised ? promised : sum->promised;
    if (cell[REPORT_LONGEST_MISS].number > n[REPORT_LONGEST_MISS])
        n[REPORT_LONGEST_MISS] = cell[REPORT_LONGEST_MISS].number;
    if (cell[REPORT_WORST_MISSED].number > n[REPORT_WORST_MISSED]) {
        n[REPORT_WORST_MISSED] = cell[REPORT_WORST_MISSED].number;
        n[REPORT_WORST_TIME] = cell[REPORT_WORST_TIME].number;
    }
    if (!cell[REPORT_MIN].empty) {
        sum->has_min = true;
        n[REPORT_MIN] = cell[REPORT_MIN].number;
    }
    if (*text_of(row, REPORT_REASONS))
        daqs_text_add(sum->reasons, sizeof sum->reasons, "; ", "%s", text_of(row, REPORT_REASONS));
}

static void put(struct daqs_table *table, bool has, uint64_t number)
{
    if (has)
        daqs_table_number(table, number);
    else
        daqs_table_empty(table);
}

static uint64_t share(uint64_t part, uint64_t whole)
{
    return whole ? (uint64_t)((double)part / (double)whole * PPM) : 0;
}

static void put_vm(const struct row *row, const struct sum *sum, struct daqs_table *table)
{
    const uint64_t *n = sum->number;
    const uint64_t wanted = daqs_sum(n[REPORT_MET], n[REPORT_MISSED]);
    const uint64_t judged = daqs_sum(wanted, n[REPORT_IDLE]);
    const uint64_t promised = sum->promised > judged ? sum->promised : judged;
    daqs_table_text(table, text_of(row, REPORT_HOST));
    daqs_table_text(table, text_of(row, REPORT_VM));
    put(table, wanted > 0, share(n[REPORT_MET], wanted));
    put(table, true, n[REPORT_MET]);
    put(table, true, n[REPORT_MISSED]);
    put(table, true, n[REPORT_IDLE]);
    put(table, true, promised - judged);
    put(table, true, n[REPORT_LONGEST_MISS]);
    put(table, n[REPORT_WORST_MISSED] > 0, n[REPORT_WORST_TIME]);
    put(table, true, n[REPORT_WORST_MISSED]);
    put(table, true, n[REPORT_TX]);
    put(table, true, n[REPORT_RX]);
    put(table, promised > 0, share(judged, promised));
    put(table, sum->has_min, n[REPORT_MIN]);
    daqs_table_text(table, sum->reasons);
}

int report_join(const struct daqs_table *const *part, size_t parts, size_t text_bytes,
                struct daqs_table *ret)
{
    size_t most = 1;
    size_t rows = 0;
    daqs_table_init(ret, report_column, REPORT_COLUMNS, text_bytes);
    for (size_t i = 0; i < parts; i++)
        most += daqs_table_rows(part[i]);
    struct row *row DAQS_AUTO_FREE = calloc(most, sizeof *row);
    if (!row)
        return DAQS_ENOMEM;
    for (size_t i = 0; i < parts; i++)
        for (size_t r = 0; is_report(part[i]) && r < daqs_table_rows(part[i]); r++)
            row[rows++].cell = daqs_table_at(part[i], r, 0);
    qsort(row, rows, sizeof *row, by_vm);
    for (size_t i = 0, next; i < rows; i = next) {
        struct sum sum = {0};
        for (next = i; next < rows && by_vm(&row[i], &row[next]) == 0; next++)
            add_row(&sum, &row[next]);
        put_vm(&row[i], &sum, ret);
    }
    return ret->failed ? DAQS_ENOMEM : DAQS_OK;
}
