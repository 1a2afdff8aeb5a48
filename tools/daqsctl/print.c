/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/daqsctl/print.h"

#include <inttypes.h>
#include <string.h>

#include "shared/base/time_text.h"
#include "shared/wire/table_json.h"
#include "tools/daqsctl/series.h"

enum { NUMBER_TEXT = 48 };

void printer_begin(struct printer *printer, FILE *out, enum output_format format)
{
    *printer = (struct printer){.out = out, .format = format};
}

/* --- JSON --- */

static void print_json(struct printer *printer, const struct daqs_table *table)
{
    if (printer->lines)
        table_json_lines(printer->out, table);
    else
        table_json_part(printer->out, table, printer->rows);
}

/* --- CSV (RFC 4180, with line feeds) --- */

static void print_csv_text(FILE *out, const char *text)
{
    if (!strpbrk(text, ",\"\r\n")) {
        (void)fputs(text, out);
        return;
    }
    (void)fputc('"', out);
    for (; *text; text++) {
        if (*text == '"')
            (void)fputc('"', out);
        (void)fputc(*text, out);
    }
    (void)fputc('"', out);
}

static void print_csv(struct printer *printer, const struct daqs_table *table)
{
    char buf[NUMBER_TEXT];
    for (size_t column = 0; column < table->columns && printer->parts == 0; column++)
        (void)fprintf(printer->out, "%s%s", column ? "," : "", table->column[column].name);
    if (printer->parts == 0)
        (void)fputc('\n', printer->out);
    for (size_t row = 0; row < daqs_table_rows(table); row++) {
        for (size_t column = 0; column < table->columns; column++) {
            const struct daqs_cell *cell = daqs_table_at(table, row, column);
            enum daqs_column_kind kind = table->column[column].kind;
            if (column)
                (void)fputc(',', printer->out);
            if (cell->empty)
                continue;
            if (kind == DAQS_COLUMN_TEXT)
                print_csv_text(printer->out, cell->text);
            else if (kind == DAQS_COLUMN_TIME)
                (void)fputs(printer->aligned.local
                                ? daqs_time_format_local((int64_t)cell->number, buf)
                                : daqs_time_format((int64_t)cell->number, buf),
                            printer->out);
            else if (kind == DAQS_COLUMN_PPM)
                (void)fputs(daqs_percent_format(cell->number, buf), printer->out);
            else
                (void)fprintf(printer->out, "%" PRIu64, cell->number);
        }
        (void)fputc('\n', printer->out);
    }
}

void printer_part(struct printer *printer, const struct daqs_table *table)
{
    switch (printer->format) {
    case OUTPUT_TABLE:
        aligned_print(&printer->aligned, printer->out, table);
        break;
    case OUTPUT_JSON:
        print_json(printer, table);
        break;
    case OUTPUT_CSV:
        print_csv(printer, table);
        break;
    case OUTPUT_JSONL:
        series_print(printer->out, table, printer->step);
        break;
    }
    printer->parts++;
    printer->rows += daqs_table_rows(table);
}

void printer_missing(struct printer *printer, const char *member, uint64_t hosts)
{
    if (printer->format != OUTPUT_JSON || printer->lines)
        return;
    table_json_missing(printer->out, member, hosts, printer->rows);
    printer->rows++;
}

void printer_end(struct printer *printer)
{
    if (printer->format == OUTPUT_JSON && !printer->lines)
        table_json_end(printer->out, printer->rows);
}
