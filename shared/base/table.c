/* SPDX-License-Identifier: Apache-2.0 */
#include "shared/base/table.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/grow.h"
#include "shared/base/rate.h"

void daqs_table_init(struct daqs_table *table, const struct daqs_column *column, size_t columns,
                     size_t text_bytes)
{
    *table = (struct daqs_table){.columns = columns, .column = column};
    daqs_arena_init(&table->arena, text_bytes);
}

void daqs_table_done(struct daqs_table *table)
{
    free(table->cell);
    daqs_arena_done(&table->arena);
    *table = (struct daqs_table){0};
}

bool daqs_table_begins_with(const struct daqs_table *table, const struct daqs_column *column,
                            size_t columns)
{
    if (table->columns < columns)
        return false;
    for (size_t i = 0; i < columns; i++)
        if (table->column[i].kind != column[i].kind ||
            strcmp(table->column[i].name, column[i].name) != 0)
            return false;
    return true;
}

static void append(struct daqs_table *table, struct daqs_cell cell)
{
    if (table->failed || table->cells >= table->columns * DAQS_TABLE_ROWS_MAX) {
        table->failed = true;
        return;
    }
    struct daqs_cell *grown = daqs_grow(table->cell, table->cells, &table->capacity, sizeof *grown);
    if (!grown) {
        table->failed = true;
        return;
    }
    table->cell = grown;
    table->cell[table->cells++] = cell;
}

void daqs_table_text(struct daqs_table *table, const char *text)
{
    char *copy = daqs_arena_text(&table->arena, text, strlen(text));
    if (!copy)
        table->failed = true;
    append(table, (struct daqs_cell){.text = copy});
}

void daqs_table_number(struct daqs_table *table, uint64_t number)
{
    append(table, (struct daqs_cell){.number = number});
}

void daqs_table_empty(struct daqs_table *table)
{
    append(table, (struct daqs_cell){.empty = true});
}

void daqs_table_rate(struct daqs_table *table, uint64_t rate)
{
    append(table, (struct daqs_cell){.empty = rate == DAQS_UNLIMITED, .number = rate});
}

char *daqs_percent_format(uint64_t ppm, char buf[static DAQS_PERCENT_TEXT])
{
    (void)snprintf(buf, DAQS_PERCENT_TEXT, "%" PRIu64 ".%04" PRIu64, ppm / 10000, ppm % 10000);
    return buf;
}
