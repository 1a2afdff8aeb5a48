#include "tools/daqsctl/print.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "shared/base/rate.h"
#include "shared/base/time_text.h"
#include "shared/wire/table_json.h"

enum { NUMBER_TEXT = 48, GAP = 2 };

void printer_begin(struct printer *printer, FILE *out, enum output_format format)
{
    *printer = (struct printer){.out = out, .format = format};
}

/* --- for eyes --- */

/* The text of a cell; numbers go into buf. */
static const char *cell_text(const struct daqs_cell *cell, enum daqs_column_kind kind,
                             char buf[static NUMBER_TEXT])
{
    if (cell->empty)
        return "-";
    switch (kind) {
    case DAQS_COLUMN_TEXT:
        return cell->text;
    case DAQS_COLUMN_COUNT:
        (void)snprintf(buf, NUMBER_TEXT, "%" PRIu64, cell->number);
        return buf;
    case DAQS_COLUMN_RATE:
        if (cell->number == 0)
            return "0";
        return daqs_rate_humanize(cell->number, buf);
    case DAQS_COLUMN_TIME:
        return daqs_time_format((int64_t)cell->number, buf);
    case DAQS_COLUMN_MS:
        (void)snprintf(buf, NUMBER_TEXT, "%" PRIu64 "ms", cell->number);
        return buf;
    case DAQS_COLUMN_PPM:
        /* NOLINTNEXTLINE(clang-analyzer-security.insecureAPI.strcpy): there is room for it */
        return strcat(daqs_percent_format(cell->number, buf), "%");
    }
    return "?";
}

/* Columns a text takes on a terminal; its bytes if the locale cannot tell. */
static int display_width(const char *text)
{
    wchar_t wide[1024];
    size_t n = mbstowcs(wide, text, 1024);
    int width = n < 1024 ? wcswidth(wide, n) : -1;
    return width >= 0 ? width : (int)strlen(text);
}

/* "usage_bps" is headed USAGE: the cells say the unit. */
static void heading(const char *name, char buf[static NUMBER_TEXT])
{
    size_t length = strlen(name);
    if (length > 4 && strcmp(name + length - 4, "_bps") == 0)
        length -= 4;
    else if (length > 3 && strcmp(name + length - 3, "_ms") == 0)
        length -= 3;
    else if (length > 8 && strcmp(name + length - 8, "_percent") == 0)
        length -= 8;
    (void)snprintf(buf, NUMBER_TEXT, "%.*s", (int)length, name);
    for (char *p = buf; *p; p++)
        *p = *p == '_' ? ' ' : (char)(*p >= 'a' && *p <= 'z' ? *p - 'a' + 'A' : *p);
}

static bool is_number(enum daqs_column_kind kind)
{
    return kind == DAQS_COLUMN_COUNT || kind == DAQS_COLUMN_RATE || kind == DAQS_COLUMN_MS ||
           kind == DAQS_COLUMN_PPM;
}

/* Numbers to the right, texts to the left; no blanks after the last column. */
static void print_padded(struct printer *printer, const struct daqs_table *table, size_t column,
                         const char *text)
{
    bool last = column + 1 == table->columns;
    int pad = printer->width[column] - display_width(text);
    if (pad < 0)
        pad = 0;
    if (is_number(table->column[column].kind))
        (void)fprintf(printer->out, "%*s%s%*s", pad, "", text, last ? 0 : GAP, "");
    else
        (void)fprintf(printer->out, "%s%*s", text, last ? 0 : pad + GAP, "");
}

static void measure(struct printer *printer, const struct daqs_table *table)
{
    char buf[NUMBER_TEXT];
    for (size_t column = 0; column < table->columns; column++) {
        heading(table->column[column].name, buf);
        int width = display_width(buf);
        width = printer->width[column] > width ? printer->width[column] : width;
        for (size_t row = 0; row < daqs_table_rows(table); row++) {
            int w = display_width(
                cell_text(daqs_table_at(table, row, column), table->column[column].kind, buf));
            width = w > width ? w : width;
        }
        printer->width[column] = width;
    }
}

static void print_aligned(struct printer *printer, const struct daqs_table *table)
{
    char buf[NUMBER_TEXT];
    if (printer->parts == 0) {
        measure(printer, table);
        for (size_t column = 0; column < table->columns; column++) {
            heading(table->column[column].name, buf);
            print_padded(printer, table, column, buf);
        }
        (void)fputc('\n', printer->out);
    }
    for (size_t row = 0; row < daqs_table_rows(table); row++) {
        for (size_t column = 0; column < table->columns; column++)
            print_padded(
                printer, table, column,
                cell_text(daqs_table_at(table, row, column), table->column[column].kind, buf));
        (void)fputc('\n', printer->out);
    }
}

/* --- for programs --- */

static void print_json(struct printer *printer, const struct daqs_table *table)
{
    if (printer->lines)
        table_json_lines(printer->out, table);
    else
        table_json_part(printer->out, table, printer->rows);
}

/* --- for spreadsheets (RFC 4180, with line feeds) --- */

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
                (void)fputs(daqs_time_format((int64_t)cell->number, buf), printer->out);
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
        print_aligned(printer, table);
        break;
    case OUTPUT_JSON:
        print_json(printer, table);
        break;
    case OUTPUT_CSV:
        print_csv(printer, table);
        break;
    }
    printer->parts++;
    printer->rows += daqs_table_rows(table);
}

void printer_end(struct printer *printer)
{
    if (printer->format == OUTPUT_JSON && !printer->lines)
        table_json_end(printer->out, printer->rows);
}
