/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/cleanup.h"
#include "shared/base/sla_section.h"
#include "tools/daqsctl/print.h"
#include "tools/daqsctl/request.h"
#include "tools/daqsctl/sla_file.h"
#include "tools/daqsctl/table_lookup.h"

/* --- export --- */

static void export_part(void *arg, const struct wire_reply *reply)
{
    for (size_t row = 0; row < daqs_table_rows(&reply->table); row++) {
        sla_section_write(arg, table_cell_text(&reply->table, row, "host"),
                          table_cell_text(&reply->table, row, "vm"),
                          table_cell_number(&reply->table, row, "min_bps", 0),
                          table_cell_number(&reply->table, row, "max_bps", DAQS_UNLIMITED),
                          (uint32_t)table_cell_number(&reply->table, row, "weight", 1));
    }
}

static enum exit_status cmd_export(const struct command_line *line)
{
    struct wire_request request = wire_request_of(WIRE_LIST_SLA);
    struct exchange exchange DAQS_AUTO(exchange_end_p) = {0};
    enum exit_status status = exchange_begin(&exchange, line);
    if (status == EXIT_DONE)
        status = exchange_send_all(&exchange, &request, export_part, stdout);
    return status;
}

const struct command command_export = {
    .verb = "export",
    .arguments = "",
    .summary = "the SLAs as a file that apply reads",
    .about = "All SLAs, sorted, so that two exports can be compared.\n",
    .example = "daqsctl export > slas.ini\n",
    .run = cmd_export,
    .no_table = "it writes the INI file that apply reads; list-sla has a table",
};

/* --- apply --- */

enum { CHUNK_BYTES = 256 * 1024 };

struct telling {
    struct printer printer;
    bool plain; /* lines for people instead of a table */
    const char *file;
    char summary[256];
    size_t changes;
};

static void print_sla(const struct daqs_table *table, size_t row, bool old)
{
    char min[DAQS_RATE_TEXT];
    char max[DAQS_RATE_TEXT];
    daqs_bps rate = table_cell_number(table, row, old ? "old_min_bps" : "min_bps", 0);
    daqs_rate_format(table_cell_number(table, row, old ? "old_max_bps" : "max_bps", DAQS_UNLIMITED),
                     max);
    (void)printf("min %s, max %s, weight %u", rate ? daqs_rate_format(rate, min) : "none", max,
                 (unsigned)table_cell_number(table, row, old ? "old_weight" : "weight", 0));
}

static void print_change(const struct daqs_table *table, size_t row)
{
    const char *change = table_cell_text(table, row, "change");
    (void)printf("%s %s/%s: ", change, table_cell_text(table, row, "host"),
                 table_cell_text(table, row, "vm"));
    if (strcmp(change, "+") != 0)
        print_sla(table, row, true);
    if (strcmp(change, "~") == 0)
        (void)fputs(" -> ", stdout);
    if (strcmp(change, "-") != 0)
        print_sla(table, row, false);
    (void)fputc('\n', stdout);
}

static void send_part(void *arg, const struct wire_reply *reply)
{
    struct telling *telling = arg;
    if (!reply->has_table)
        return; /* the controller has received a chunk */
    (void)snprintf(telling->summary, sizeof telling->summary, "%s", reply->text);
    telling->changes += daqs_table_rows(&reply->table);
    if (!telling->plain)
        printer_part(&telling->printer, &reply->table);
    for (size_t row = 0; telling->plain && row < daqs_table_rows(&reply->table); row++)
        print_change(&reply->table, row);
}

/* Prints a refusal: "line 7: why" becomes "FILE:7: why". */
static enum exit_status print_refusal(void *arg, const struct wire_reply *reply)
{
    const struct telling *telling = arg;
    unsigned line = 0;
    int length = 0;
    if (sscanf(reply->text, "line %u: %n", &line, &length) == 1 && length > 0)
        return complain(EXIT_FAILED, "%s:%u: %s", telling->file, line, reply->text + length);
    return complain(EXIT_FAILED, "%s", reply->text);
}

/* Returns the number of rows from 'first' on that go into one message. */
static uint32_t chunk(const struct sla_file *slas, size_t first)
{
    size_t bytes = 0;
    uint32_t rows = 0;
    while (first + rows < slas->rows && rows < WIRE_ROWS_MAX && bytes < CHUNK_BYTES) {
        const struct wire_sla *row = &slas->row[first + rows++];
        bytes += strlen(row->host) + strlen(row->vm) + 32;
    }
    return rows;
}

static enum exit_status send_sla_file(struct exchange *exchange, struct wire_request *request,
                                      const struct sla_file *slas, struct telling *telling)
{
    enum exit_status status = EXIT_DONE;
    size_t sent = 0;
    exchange->progress.total = slas->rows;
    exchange->progress.unit = "SLAs";
    do {
        request->apply.row = slas->row + sent;
        request->apply.rows = chunk(slas, sent);
        sent += request->apply.rows;
        exchange->progress.done = sent;
        progress_tick(&exchange->progress);
        request->apply.end = sent == slas->rows;
        status = exchange_send(exchange, request, send_part, telling);
    } while (status == EXIT_DONE && sent < slas->rows);
    request->apply.rows = 0;
    if (status == EXIT_DONE && *exchange->token)
        status = exchange_send_all(exchange, request, send_part, telling);
    return status;
}

static void close_file_p(FILE **file)
{
    if (*file && *file != stdin)
        (void)fclose(*file);
}

static enum exit_status cmd_apply(const struct command_line *line)
{
    struct daqs_error err = {0};
    const char *name = line->argument[0];
    struct wire_request request = wire_request_of(WIRE_APPLY);
    struct sla_file slas DAQS_AUTO(sla_file_done) = {0};
    struct telling telling = {.plain = line->output == OUTPUT_TABLE, .file = name};
    FILE *file DAQS_AUTO(close_file_p) = strcmp(name, "-") == 0 ? stdin : fopen(name, "re");
    if (!file)
        return complain(EXIT_FAILED, "cannot read %s: %s", name, strerror(errno));
    if (sla_file_read(file, name, &slas, &err) != DAQS_OK)
        return complain(EXIT_FAILED, "%s", err.text);
    request.apply.force = line->given & OPTION_FORCE;
    request.apply.dry_run = line->given & OPTION_DRY_RUN;
    request.apply.prune = line->given & OPTION_PRUNE;
    struct exchange exchange DAQS_AUTO(exchange_end_p) = {0};
    enum exit_status status = exchange_begin(&exchange, line);
    exchange.refused = print_refusal;
    exchange.refused_arg = &telling;
    printer_begin(&telling.printer, stdout, line->output);
    if (status == EXIT_DONE)
        status = send_sla_file(&exchange, &request, &slas, &telling);
    if (status == EXIT_DONE && telling.plain)
        (void)printf("%s\n", telling.summary);
    else if (status == EXIT_DONE)
        printer_end(&telling.printer);
    if (status == EXIT_DONE && request.apply.dry_run && telling.changes > 0)
        return EXIT_FOUND;
    return status;
}

const struct command command_apply = {
    .verb = "apply",
    .arguments = "FILE",
    .summary = "set the SLAs to those in a file; --prune: and no others",
    .about =
        "Either all lines take effect or, if one is wrong or does not fit, none. Prints what "
        "changes (+ new, ~ changed, - removed) and the counts. SLAs that the file does not "
        "name stay, unless --prune removes them. With --dry-run the exit status is 4 if anything "
        "would change. FILE is like what export writes; - reads "
        "from standard input.\n",
    .example = "daqsctl apply slas.ini --dry-run\n"
               "daqsctl apply slas.ini --prune\n",
    .least_arguments = 1,
    .most_arguments = 1,
    .kind = {ARGUMENT_FILE},
    .options = OPTION_PRUNE | OPTION_FORCE | OPTION_DRY_RUN,
    .run = cmd_apply,
    .finds = true,
};
