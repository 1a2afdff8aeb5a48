/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/daqsctl/aligned.h"

#include <inttypes.h>
#include <string.h>

#include "shared/base/rate.h"
#include "shared/base/time_text.h"
#include "tools/daqsctl/column_layout.h"
#include "tools/daqsctl/severity.h"
#include "tools/daqsctl/text_width.h"

enum { NUMBER_TEXT = 48, GAP = 2, CUT_BYTES = 4096 };

#define PLAIN "\033[0m"

/* --- columns --- */

/* The importance of columns. If the table is too wide, those with the lowest rank are left out
 * first, and texts are cut to no less than 'least'. Columns that are not listed have rank 50 and
 * are not cut. */
struct importance {
    const char *name;
    int rank;
    int least; /* 0: not cut */
};

static const struct importance importances[] = {
    {"vm", 100, 6},
    {"name", 99, 8},
    {"host", 91, 6},
    {"usage_bps", 96, 0},
    {"value", 96, 8},
    {"time", 95, 0},
    {"kind", 94, 8},
    {"change", 93, 0},
    {"what", 92, 8},
    {"attainment_percent", 90, 0},
    {"free_bps", 90, 0},
    {"text", 88, 24},
    {"fix", 87, 24},
    {"key", 86, 0},
    {"limit_bps", 84, 0},
    {"state", 82, 12},
    {"missed_s", 80, 0},
    {"min_bps", 78, 0},
    {"old", 77, 8},
    {"new", 77, 8},
    {"capacity_bps", 76, 0},
    {"demand_bps", 74, 0},
    {"role", 72, 5},
    {"reason", 68, 16},
    {"guaranteed_bps", 66, 0},
    {"coverage_percent", 65, 0},
    {"met_s", 64, 0},
    {"uplink", 58, 0},
    {"max_bps", 60, 0},
    {"missed", 56, 0},
    {"maintenance", 55, 0},
    {"by", 54, 6},
    {"mode", 53, 0},
    {"vms", 52, 0},
    {"tx_bytes", 48, 0},
    {"rx_bytes", 46, 0},
    {"longest_miss_s", 44, 0},
    {"idle_s", 42, 0},
    {"unknown_s", 40, 0},
    {"level", 38, 0},
    {"updated_by", 36, 6},
    {"last_report_ms", 34, 0},
    {"weight", 32, 0},
    {"updated_at", 30, 0},
    {"address", 28, 8},
    {"last_try", 26, 0},
    {"enrolled_at", 24, 0},
    {"enrolled_by", 22, 6},
    {"nic", 20, 0},
    {"worst_missed_s", 18, 0},
    {"tx_packets", 14, 0},
    {"guaranteed_wire_bps", 8, 0},
    {"worst_time", 16, 0},
    {"since", 14, 0},
    {"away_since", 13, 0},
    {"id", 12, 0},
    {"tenant", 47, 6},
    {"title", 45, 8},
    {"uuid", 9, 0},
    {"old_weight", 10, 0},
    {"old_max_bps", 10, 0},
    {"old_min_bps", 10, 0},
};

static const struct importance *importance_of(const char *name)
{
    static const struct importance middle = {"", 50, 0};
    for (size_t i = 0; i < sizeof importances / sizeof importances[0]; i++)
        if (strcmp(importances[i].name, name) == 0)
            return &importances[i];
    return &middle;
}

/* The first column of a table without VMs, such as the host, identifies its rows: rank 99. */
static int rank_of(const struct daqs_table *table, size_t column)
{
    bool of_vms = false;
    for (size_t i = 0; i < table->columns; i++)
        of_vms |= strcmp(table->column[i].name, "vm") == 0;
    return column == 0 && !of_vms ? 99 : importance_of(table->column[column].name)->rank;
}

/* Makes a heading from a column's name: "usage_bps" becomes USAGE, as the cells have the unit. */
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

/* --- cells --- */

/* Returns the text of a cell. Numbers are formatted into buf. */
static const char *cell_text(const struct daqs_cell *cell, enum daqs_column_kind kind, bool local,
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
        return local ? daqs_time_format_local((int64_t)cell->number, buf)
                     : daqs_time_format((int64_t)cell->number, buf);
    case DAQS_COLUMN_MS:
        (void)snprintf(buf, NUMBER_TEXT, "%" PRIu64 "ms", cell->number);
        return buf;
    case DAQS_COLUMN_PPM:
        /* NOLINTNEXTLINE(clang-analyzer-security.insecureAPI.strcpy): there is room for it */
        return strcat(daqs_percent_format(cell->number, buf), "%");
    }
    return "?";
}

static const char *color_of(const char *column, const char *text)
{
    static const char *const colors[] = {
        [SEVERITY_NONE] = NULL, [SEVERITY_WARNING] = "\033[33m", [SEVERITY_ERROR] = "\033[31m"};
    return colors[severity_of(column, text)];
}

/* --- lines --- */

/* A line to print: the heading, or a row of the table. */
struct line {
    const struct daqs_table *table;
    size_t row;
    bool heading;
    bool local;
};

static const char *line_text(const struct line *line, size_t column, char buf[static NUMBER_TEXT])
{
    const struct daqs_column *c = &line->table->column[column];
    if (!line->heading)
        return cell_text(daqs_table_at(line->table, line->row, column), c->kind, line->local, buf);
    heading(c->name, buf);
    return buf;
}

static size_t last_shown(const struct aligned *a, const struct daqs_table *table)
{
    size_t last = 0;
    for (size_t i = 0; i < table->columns; i++)
        if (a->width[i] > 0)
            last = i;
    return last;
}

/* Returns true if the line fits the terminal with its cells whole, even if some are wider than
 * their columns. */
static bool fits_whole(const struct aligned *a, const struct line *line, size_t last)
{
    char buf[NUMBER_TEXT];
    int total = 0;
    for (size_t i = 0; i <= last && i < line->table->columns; i++) {
        int width = text_width(line_text(line, i, buf));
        width = i < last && width < a->width[i] ? a->width[i] : width;
        total += width + (i < last ? GAP : 0);
    }
    return !a->cut && total <= a->terminal.columns;
}

/* Prints numbers right-aligned and texts left-aligned, without blanks after the last column. */
static void print_cell(const struct aligned *a, FILE *out, const struct line *line, size_t column,
                       const char *text, int width, bool last)
{
    char safe[CUT_BYTES];
    const struct daqs_column *c = &line->table->column[column];
    const char *color = a->terminal.color && !line->heading ? color_of(c->name, text) : NULL;
    if (a->terminal.columns > 0) { /* unprintable characters become '?' */
        (void)text_cut(text, width, a->terminal.ascii, safe, sizeof safe);
        text = safe;
    }
    int pad = a->width[column] - text_width(text);
    pad = pad > 0 ? pad : 0;
    (void)fprintf(out, "%*s%s%s%s%*s", is_number(c->kind) ? pad : 0, "", color ? color : "", text,
                  color ? PLAIN : "", last ? 0 : GAP + (is_number(c->kind) ? 0 : pad), "");
}

static void print_line(const struct aligned *a, FILE *out, const struct line *line)
{
    char buf[NUMBER_TEXT];
    size_t last = last_shown(a, line->table);
    bool whole = a->terminal.columns == 0 || fits_whole(a, line, last);
    int left = a->terminal.columns;
    for (size_t i = 0; i <= last && i < line->table->columns; i++) {
        if (a->width[i] == 0)
            continue;
        print_cell(a, out, line, i, line_text(line, i, buf),
                   whole || i == last ? left : a->width[i], i == last);
        left -= a->width[i] + GAP;
    }
    (void)fputc('\n', out);
}

/* --- texts that wrap --- */

static bool wraps(const struct daqs_table *table, size_t column)
{
    const char *name = table->column[column].name;
    return strcmp(name, "text") == 0 || strcmp(name, "fix") == 0;
}

/* The part of each cell that is not printed yet; NULL if there is none. */
struct rest {
    const char *text[DAQS_TABLE_COLUMNS_MAX];
    char number[DAQS_TABLE_COLUMNS_MAX][NUMBER_TEXT];
};

static bool last_left(const struct rest *rest, size_t columns, size_t *ret)
{
    bool any = false;
    for (size_t i = 0; i < columns; i++)
        if (rest->text[i]) {
            *ret = i;
            any = true;
        }
    return any;
}

/* Moves the part of a cell that goes on this line from 'rest' to 'part': as much as fits if the
 * text wraps, otherwise all of it. */
static void take_part(const struct line *line, size_t column, int width, struct rest *rest,
                      char part[static CUT_BYTES])
{
    const char *text = rest->text[column] ? rest->text[column] : "";
    size_t bytes = wraps(line->table, column) ? text_break(text, width) : strlen(text);
    (void)snprintf(part, CUT_BYTES, "%.*s", (int)bytes, text);
    text += bytes;
    text += strspn(text, " ");
    rest->text[column] = *text ? text : NULL;
}

/* Prints one line of a wrapped row. The last column has the rest of the terminal's width. */
static void print_part(const struct aligned *a, FILE *out, const struct line *line,
                       struct rest *rest, size_t last)
{
    char part[CUT_BYTES];
    size_t rightmost = last_shown(a, line->table);
    int left = a->terminal.columns;
    for (size_t i = 0; i <= last; i++) {
        int width = i == rightmost ? left : a->width[i];
        if (a->width[i] == 0)
            continue;
        take_part(line, i, width, rest, part);
        print_cell(a, out, line, i, part, width, i == last);
        left -= a->width[i] + GAP;
    }
    (void)fputc('\n', out);
}

static void print_wrapped(const struct aligned *a, FILE *out, const struct line *line)
{
    struct rest rest = {.text = {NULL}};
    size_t last = 0;
    for (size_t i = 0; i < line->table->columns; i++)
        if (a->width[i] > 0)
            rest.text[i] = line_text(line, i, rest.number[i]);
    while (last_left(&rest, line->table->columns, &last))
        print_part(a, out, line, &rest, last);
}

static bool has_text(const struct aligned *a, const struct daqs_table *table)
{
    for (size_t i = 0; i < table->columns; i++)
        if (wraps(table, i) && a->width[i] > 0)
            return true;
    return false;
}

static void print_row(const struct aligned *a, FILE *out, const struct line *line)
{
    if (a->terminal.columns > 0 && has_text(a, line->table) &&
        !fits_whole(a, line, last_shown(a, line->table)))
        print_wrapped(a, out, line);
    else
        print_line(a, out, line);
}

/* Makes columns as wide as their widest cells, or as wide as the terminal allows. */
static void lay_out(struct aligned *a, const struct daqs_table *table)
{
    char buf[NUMBER_TEXT];
    struct layout_column fit[DAQS_TABLE_COLUMNS_MAX];
    for (size_t i = 0; i < table->columns; i++) {
        const struct importance *importance = importance_of(table->column[i].name);
        const struct line top = {.table = table, .heading = true};
        int width = text_width(line_text(&top, i, buf));
        width = a->width[i] > width ? a->width[i] : width;
        for (size_t row = 0; row < daqs_table_rows(table); row++) {
            const struct line line = {.table = table, .row = row, .local = a->local};
            int w = text_width(line_text(&line, i, buf));
            width = w > width ? w : width;
        }
        a->width[i] = width;
        fit[i] = (struct layout_column){.wanted = width,
                                        .least = importance->least ? importance->least : width,
                                        .rank = rank_of(table, i)};
    }
    if (a->terminal.columns == 0)
        return;
    layout_columns(fit, table->columns, GAP, a->terminal.columns);
    for (size_t i = 0; i < table->columns; i++) {
        a->cut |= fit[i].width != fit[i].wanted;
        a->width[i] = fit[i].width;
    }
}

void aligned_print(struct aligned *a, FILE *out, const struct daqs_table *table)
{
    if (!a->begun) {
        const struct line top = {.table = table, .heading = true};
        lay_out(a, table);
        print_line(a, out, &top);
    }
    a->begun = true;
    for (size_t row = 0; row < daqs_table_rows(table); row++) {
        const struct line line = {.table = table, .row = row, .local = a->local};
        print_row(a, out, &line);
    }
}
