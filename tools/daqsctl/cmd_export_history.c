/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "libdaqs/paging.h"
#include "shared/base/cleanup.h"
#include "shared/base/clock.h"
#include "shared/base/time_text.h"
#include "tools/daqsctl/batch.h"
#include "tools/daqsctl/export_token.h"
#include "tools/daqsctl/print.h"
#include "tools/daqsctl/request.h"

/* A command gets about this much at once; as much is sent again if it fails. */
enum { BATCH_BYTES = 16 * 1024 * 1024 };

static const struct {
    const char *name;
    int64_t step_ms;
} levels[] = {{"1m", 60000}, {"1h", 3600000}, {"1s", 1000}};

struct exporting {
    const struct command_line *line;
    const char *level;
    struct wire_request request;
    struct exchange exchange;
    struct export_token_file file;
    struct batch batch; /* for the command, if there is one */
    struct printer printer;
    char covered[EXPORT_TOKEN_BYTES]; /* the token behind what has left this program; "": none */
    bool notes;                       /* something is missing */
};

static void end_p(struct exporting *x)
{
    batch_end(&x->batch);
    export_token_close(&x->file);
    exchange_end_p(&x->exchange);
}

static bool has_command(const struct exporting *x)
{
    return x->line->arguments > 0;
}

/* --- the command line --- */

static enum exit_status read_level(struct exporting *x)
{
    const char *level = x->line->level ? x->line->level : levels[0].name;
    for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++)
        if (strcmp(level, levels[i].name) == 0) {
            x->level = levels[i].name;
            x->request.history.step_ms = levels[i].step_ms;
            return EXIT_DONE;
        }
    return complain(EXIT_USAGE, "--level takes 1m, 1h or 1s, not '%.40s'", level);
}

static enum exit_status read_line(struct exporting *x)
{
    struct daqs_error err = {0};
    const struct command_line *line = x->line;
    int64_t now_ms = daqs_wall_ms(daqs_clock_system());
    if (line->after && (line->token_file || line->since))
        return complain(EXIT_USAGE, "--after and --%s exclude each other",
                        line->since ? "since" : "token-file");
    if (line->since &&
        read_time(line, line->since, now_ms, &x->request.history.since_ms, &err) != DAQS_OK)
        return complain(EXIT_USAGE, "--since: %s", err.text);
    x->request.history.host = line->host ? line->host : "";
    return read_level(x);
}

/* Finds where the export continues, if it does. */
static enum exit_status read_token(struct exporting *x)
{
    struct daqs_error err = {0};
    const struct command_line *line = x->line;
    if (line->after && export_token_parse(line->after, x->level, x->covered, &err) != DAQS_OK)
        return complain(EXIT_USAGE, "--after: %s", err.text);
    if (line->token_file &&
        export_token_open(&x->file, line->token_file, x->level, x->covered, &err) != DAQS_OK)
        return complain(EXIT_FAILED, "%s", err.text);
    return EXIT_DONE;
}

/* --- the output --- */

static void begin_output(struct exporting *x)
{
    printer_begin(&x->printer, has_command(x) ? x->batch.out : stdout, x->line->output);
    x->printer.step = x->level;
}

static void take_part(void *arg, const struct wire_reply *reply)
{
    struct exporting *x = arg;
    if (reply->has_table && daqs_table_rows(&reply->table) > 0)
        printer_part(&x->printer, &reply->table);
    if (!*reply->text)
        return;
    (void)complain(EXIT_DONE, "%s", reply->text);
    x->notes = true;
}

/* Lets what was collected leave this program, and stores that it did. */
static enum exit_status hand_over(struct exporting *x)
{
    struct daqs_error err = {0};
    int result = DAQS_OK;
    if (has_command(x) && x->printer.rows > 0)
        result = batch_give(&x->batch, x->line->argument, &err);
    else if (fflush(stdout) != 0 || ferror(stdout))
        result = daqs_fail(&err, DAQS_EIO, "cannot write the output");
    if (result == DAQS_OK && x->line->token_file)
        result = export_token_store(&x->file, x->level, x->exchange.token, &err);
    if (result != DAQS_OK)
        return complain(EXIT_FAILED, "%s", err.text);
    (void)snprintf(x->covered, sizeof x->covered, "%s", x->exchange.token);
    if (has_command(x))
        begin_output(x);
    return EXIT_DONE;
}

/* Returns true if what was collected has to leave now. Without a command and with a file it does so
 * at the end only: whoever uses the output drops it if the exit status is not 0 or 4. */
static bool is_due(const struct exporting *x, bool more)
{
    return !more || (has_command(x) ? batch_bytes(&x->batch) >= BATCH_BYTES : !x->line->token_file);
}

static enum exit_status export_all(struct exporting *x)
{
    struct paging paging = {0};
    struct daqs_error err = {0};
    bool more = true;
    (void)snprintf(x->exchange.token, sizeof x->exchange.token, "%s", x->covered);
    while (more) {
        char before[sizeof x->exchange.token];
        (void)snprintf(before, sizeof before, "%s", x->exchange.token);
        enum exit_status status = exchange_send(&x->exchange, &x->request, take_part, x);
        more = *x->exchange.token && strcmp(before, x->exchange.token) != 0;
        if (status == EXIT_DONE && is_due(x, more))
            status = hand_over(x);
        if (status != EXIT_DONE)
            return status;
        if (more && paging_next(&paging, x->exchange.rows, x->exchange.token, &err) != DAQS_OK)
            return complain(EXIT_FAILED, "%s", err.text);
    }
    return EXIT_DONE;
}

static enum exit_status cmd_export_history(const struct command_line *line)
{
    struct daqs_error err = {0};
    struct exporting x DAQS_AUTO(end_p) = {
        .line = line, .request = wire_request_of(WIRE_EXPORT_HISTORY), .file = {.lock_fd = -1}};
    enum exit_status status = read_line(&x);
    if (status == EXIT_DONE)
        status = read_token(&x);
    if (status != EXIT_DONE)
        return status;
    if (has_command(&x) && batch_begin(&x.batch, &err) != DAQS_OK)
        return complain(EXIT_FAILED, "%s", err.text);
    begin_output(&x);
    status = exchange_begin(&x.exchange, line);
    if (status == EXIT_DONE)
        status = export_all(&x);
    if (!line->token_file && *x.covered)
        (void)complain(EXIT_DONE, "continue with --after %s.%s", x.level, x.covered);
    return status == EXIT_DONE && x.notes ? EXIT_FOUND : status;
}

const struct command command_export_history = {
    .verb = "export-history",
    .arguments = "[-- COMMAND...]",
    .summary = "history for another database, each part of it once",
    .about =
        "What is finished of a level: of minutes the hours that ended a minute ago, of seconds "
        "the minutes, of hours the days. -o jsonl prints lines that VictoriaMetrics imports, "
        "-o csv a table, for ClickHouse and others. The guide history.md has the names of the "
        "series.\n"
        "With a COMMAND, gives it the output as its standard input, at most some 20 MB at a "
        "time, and stores the token of --token-file each time that the command succeeds. "
        "Without one, prints the output and stores the token at the end. If history was "
        "dropped before it was exported, says so and ends with status 4.\n",
    .example = "daqsctl export-history -o jsonl --token-file /var/lib/daqs-export/1m \\\n"
               "    -- curl -sSf -T - http://127.0.0.1:8428/api/v1/import\n"
               "daqsctl export-history -o csv --level 1h --since 30d > hours.csv\n",
    .most_arguments = INT_MAX,
    .options = OPTION_LEVEL | OPTION_HOST | OPTION_SINCE | OPTION_AFTER | OPTION_TOKEN_FILE,
    .run = cmd_export_history,
    .since = "all that is kept",
    .exports = true,
    .finds = true,
};
