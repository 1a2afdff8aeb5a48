/* SPDX-License-Identifier: Apache-2.0 */
/* table - rows of typed cells, the form in which operators' queries are answered.
 *
 * The controller fills tables, the admin protocol carries them, and daqsctl prints them as text,
 * JSON or CSV. A new query needs a new table and nothing else. */
#ifndef DAQS_BASE_TABLE_H
#define DAQS_BASE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/arena.h"
#include "shared/base/error.h"

/* The meaning of a column's numbers. The values are sent to peers. */
enum daqs_column_kind {
    DAQS_COLUMN_TEXT = 0,
    DAQS_COLUMN_COUNT = 1,
    DAQS_COLUMN_RATE = 2, /* bits per second; empty: unlimited or not known */
    DAQS_COLUMN_TIME = 3, /* UTC, milliseconds since 1970 */
    DAQS_COLUMN_MS = 4,   /* a duration in milliseconds */
    DAQS_COLUMN_PPM = 5,  /* a share in parts per million, shown in percent */
};

struct daqs_column {
    const char *name;
    enum daqs_column_kind kind;
};

struct daqs_cell {
    bool empty;
    const char *text; /* of a TEXT column; NULL only if the cell is empty */
    uint64_t number;  /* of any other column */
};

#define DAQS_TABLE_COLUMNS_MAX 32
#define DAQS_TABLE_ROWS_MAX 65536

struct daqs_table {
    size_t columns;
    const struct daqs_column *column;
    size_t cells; /* a whole number of rows once the table is filled */
    struct daqs_cell *cell;
    size_t capacity; /* cells allocated */
    bool failed;     /* out of memory or rows: the table is incomplete */
    struct daqs_arena arena;
};

/* Initialises a table. 'column' must outlive it. Texts are copied into the table, at most
 * text_bytes in total. */
void daqs_table_init(struct daqs_table *table, const struct daqs_column *column, size_t columns,
                     size_t text_bytes);
void daqs_table_done(struct daqs_table *table);

/* Returns true if the table's first columns are these. What a peer sends may have any, and a newer
 * one appends some. */
bool daqs_table_begins_with(const struct daqs_table *table, const struct daqs_column *column,
                            size_t columns);

/* Append one cell; cells fill rows from left to right. A failure sets 'failed'. */
void daqs_table_text(struct daqs_table *table, const char *text);
void daqs_table_number(struct daqs_table *table, uint64_t number);
void daqs_table_empty(struct daqs_table *table);
/* Appends a rate, or an empty cell for DAQS_UNLIMITED. */
void daqs_table_rate(struct daqs_table *table, uint64_t rate);

/* Writes a share in percent: "99.9990". Returns buf. */
#define DAQS_PERCENT_TEXT 32
char *daqs_percent_format(uint64_t ppm, char buf[static DAQS_PERCENT_TEXT]);

static inline size_t daqs_table_rows(const struct daqs_table *table)
{
    return table->columns ? table->cells / table->columns : 0;
}

static inline const struct daqs_cell *daqs_table_at(const struct daqs_table *table, size_t row,
                                                    size_t column)
{
    return &table->cell[row * table->columns + column];
}

#endif
