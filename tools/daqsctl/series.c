/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/daqsctl/series.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "shared/wire/table_json.h"

/* A series of each nic. Names are those of /metrics where it has the same value. */
struct series {
    const char *name;
    const char *column;
    unsigned divisor; /* units of the column in one of the series */
    bool guaranteed;  /* only in steps that have seconds of a guarantee */
};

static const struct series all_series[] = {
    {"daqs_nic_usage_bytes_per_second", "usage_bps", 8, false},
    {"daqs_nic_limit_bytes_per_second", "limit_bps", 8, false},
    {"daqs_nic_demand_bytes_per_second", "demand_bps", 8, false},
    {"daqs_nic_transmitted_bytes", "tx_bytes", 1, false},
    {"daqs_nic_received_bytes", "rx_bytes", 1, false},
    {"daqs_nic_transmitted_packets", "tx_packets", 1, false},
    {"daqs_nic_measured_seconds", "measured_ms", 1000, false},
    {"daqs_nic_sla_met_seconds", "met_s", 1, true},
    {"daqs_nic_sla_missed_seconds", "missed_s", 1, true},
    {"daqs_nic_sla_idle_seconds", "idle_s", 1, true},
};

static const char *const labels[] = {"host", "vm", "nic", "uplink"};
enum { LABELS = sizeof labels / sizeof labels[0], NO_COLUMN = DAQS_TABLE_COLUMNS_MAX };

/* Where the table has the columns; NO_COLUMN: nowhere. */
struct places {
    size_t time;
    size_t label[LABELS];
    size_t sla[3];
};

static size_t find_column(const struct daqs_table *table, const char *name, bool is_text)
{
    for (size_t i = 0; i < table->columns; i++)
        if (strcmp(table->column[i].name, name) == 0 &&
            (table->column[i].kind == DAQS_COLUMN_TEXT) == is_text)
            return i;
    return NO_COLUMN;
}

static struct places find_places(const struct daqs_table *table)
{
    static const char *const sla[] = {"met_s", "missed_s", "idle_s"};
    struct places places = {.time = find_column(table, "time", false)};
    for (size_t i = 0; i < LABELS; i++)
        places.label[i] = find_column(table, labels[i], true);
    for (size_t i = 0; i < sizeof sla / sizeof sla[0]; i++)
        places.sla[i] = find_column(table, sla[i], false);
    return places;
}

static const char *text_at(const struct daqs_table *table, size_t row, size_t column)
{
    const struct daqs_cell *cell = column == NO_COLUMN ? NULL : daqs_table_at(table, row, column);
    return !cell || cell->empty || !cell->text ? "" : cell->text;
}

static bool is_same_nic(const struct daqs_table *table, const struct places *places, size_t a,
                        size_t b)
{
    for (size_t i = 0; i < LABELS; i++)
        if (strcmp(text_at(table, a, places->label[i]), text_at(table, b, places->label[i])) != 0)
            return false;
    return true;
}

static bool is_guaranteed(const struct daqs_table *table, const struct places *places, size_t row)
{
    for (size_t i = 0; i < sizeof places->sla / sizeof places->sla[0]; i++)
        if (places->sla[i] != NO_COLUMN && daqs_table_at(table, row, places->sla[i])->number > 0)
            return true;
    return false;
}

/* The rows [first, end) of one nic. */
struct rows {
    const struct daqs_table *table;
    const struct places *places;
    size_t first;
    size_t end;
};

static bool has_value(const struct rows *rows, const struct series *series, size_t column,
                      size_t row)
{
    return !daqs_table_at(rows->table, row, column)->empty &&
           (!series->guaranteed || is_guaranteed(rows->table, rows->places, row));
}

static void print_metric(FILE *out, const struct rows *rows, const char *name, const char *step)
{
    (void)fprintf(out, "{\"metric\":{\"__name__\":\"%s\"", name);
    for (size_t i = 0; i < LABELS; i++) {
        (void)fprintf(out, ",\"%s\":", labels[i]);
        table_json_text(out, text_at(rows->table, rows->first, rows->places->label[i]));
    }
    (void)fprintf(out, ",\"step\":\"%s\"}", step);
}

/* Exact for the divisors that there are: they divide 1000. */
static void print_value(FILE *out, uint64_t number, unsigned divisor)
{
    uint64_t rest = number % divisor * (1000 / divisor);
    (void)fprintf(out, "%" PRIu64, number / divisor);
    if (rest > 0)
        (void)fprintf(out, ".%03" PRIu64, rest);
}

static void print_series(FILE *out, const struct rows *rows, const struct series *series,
                         const char *step)
{
    size_t column = find_column(rows->table, series->column, false);
    size_t first = rows->first;
    while (column != NO_COLUMN && first < rows->end && !has_value(rows, series, column, first))
        first++;
    if (column == NO_COLUMN || first == rows->end)
        return;
    print_metric(out, rows, series->name, step);
    for (size_t row = first; row < rows->end; row++)
        if (has_value(rows, series, column, row)) {
            (void)fputs(row == first ? ",\"values\":[" : ",", out);
            print_value(out, daqs_table_at(rows->table, row, column)->number, series->divisor);
        }
    for (size_t row = first; row < rows->end; row++)
        if (has_value(rows, series, column, row))
            (void)fprintf(out, "%s%" PRIu64, row == first ? "],\"timestamps\":[" : ",",
                          daqs_table_at(rows->table, row, rows->places->time)->number);
    (void)fputs("]}\n", out);
}

void series_print(FILE *out, const struct daqs_table *table, const char *step)
{
    const struct places places = find_places(table);
    if (places.time == NO_COLUMN)
        return;
    struct rows rows = {.table = table, .places = &places};
    for (; rows.first < daqs_table_rows(table); rows.first = rows.end) {
        rows.end = rows.first + 1;
        while (rows.end < daqs_table_rows(table) &&
               is_same_nic(table, &places, rows.first, rows.end))
            rows.end++;
        for (size_t i = 0; i < sizeof all_series / sizeof all_series[0]; i++)
            print_series(out, &rows, &all_series[i], step);
    }
}
