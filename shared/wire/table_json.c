/* SPDX-License-Identifier: Apache-2.0 */
#include "shared/wire/table_json.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>

#include "shared/base/cleanup.h"
#include "shared/base/time_text.h"

void table_json_text(FILE *out, const char *text)
{
    json_t *json = json_string(text);
    char *quoted DAQS_AUTO_FREE = json ? json_dumps(json, JSON_ENCODE_ANY) : NULL;
    json_decref(json);
    (void)fputs(quoted ? quoted : "null", out);
}

static void write_cell(FILE *out, const struct daqs_cell *cell, enum daqs_column_kind kind)
{
    char time[DAQS_TIME_TEXT];
    char percent[DAQS_PERCENT_TEXT];
    if (cell->empty)
        (void)fputs("null", out);
    else if (kind == DAQS_COLUMN_TEXT)
        table_json_text(out, cell->text);
    else if (kind == DAQS_COLUMN_TIME)
        table_json_text(out, daqs_time_format((int64_t)cell->number, time));
    else if (kind == DAQS_COLUMN_PPM)
        (void)fputs(daqs_percent_format(cell->number, percent), out);
    else
        (void)fprintf(out, "%" PRIu64, cell->number);
}

static void write_row(FILE *out, const struct daqs_table *table, size_t row)
{
    for (size_t column = 0; column < table->columns; column++) {
        (void)fputs(column ? ", " : "{", out);
        table_json_text(out, table->column[column].name);
        (void)fputs(": ", out);
        write_cell(out, daqs_table_at(table, row, column), table->column[column].kind);
    }
}

void table_json_part(FILE *out, const struct daqs_table *table, size_t rows)
{
    for (size_t row = 0; row < daqs_table_rows(table); row++) {
        (void)fputs(rows + row ? ",\n " : "[", out);
        write_row(out, table, row);
        (void)fputs("}", out);
    }
}

void table_json_missing(FILE *out, const char *member, uint64_t hosts, size_t rows)
{
    (void)fputs(rows ? ",\n {\"missing_member\": " : "[{\"missing_member\": ", out);
    table_json_text(out, member);
    (void)fprintf(out, ", \"missing_hosts\": %" PRIu64 "}", hosts);
}

void table_json_end(FILE *out, size_t rows)
{
    (void)fputs(rows ? "]\n" : "[]\n", out);
}

void table_json_lines(FILE *out, const struct daqs_table *table)
{
    for (size_t row = 0; row < daqs_table_rows(table); row++) {
        write_row(out, table, row);
        (void)fputs("}\n", out);
    }
}
