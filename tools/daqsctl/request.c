/* SPDX-License-Identifier: Apache-2.0 */
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libdaqs/client_keys.h"
#include "libdaqs/paging.h"
#include "shared/base/cleanup.h"
#include "shared/wire/bus.h"
#include "tools/daqsctl/print.h"
#include "tools/daqsctl/request.h"

enum { ARENA_BYTES = 64 * WIRE_MESSAGE_MAX };

/* Returns the user for the audit trail; with sudo, the user who called it. */
static const char *user_name(void)
{
    const char *sudo = getenv("SUDO_USER");
    const struct passwd *user = getpwuid(getuid());
    if (sudo && *sudo && getuid() == 0)
        return sudo;
    return user ? user->pw_name : "unknown";
}

static enum exit_status failure(const struct daqs_error *err)
{
    if (err->code == DAQS_EINVALID)
        return complain(EXIT_USAGE, "%s", err->text);
    return complain(err->code == DAQS_ETIMEOUT ? EXIT_UNREACHABLE : EXIT_FAILED, "%s", err->text);
}

enum exit_status exchange_begin(struct exchange *exchange, const struct command_line *line)
{
    struct daqs_error err = {0};
    *exchange = (struct exchange){0};
    daqs_arena_init(&exchange->arena, ARENA_BYTES);
    struct client_keys keys;
    struct endpoints controllers;
    if (endpoints_parse(line->controller, &controllers, &err) != DAQS_OK)
        return failure(&err);
    if (client_keys_load(line->key, line->controller_key, &controllers, &keys, &err) != DAQS_OK)
        return complain(EXIT_FAILED, "%s", err.text);
    if (client_keys_connect(&keys, &controllers, &exchange->client, &err) != DAQS_OK)
        return failure(&err);
    progress_begin(&exchange->progress, line->verb);
    exchange->client.tick = progress_tick;
    exchange->client.tick_arg = &exchange->progress;
    return EXIT_DONE;
}

void exchange_keep_open(struct exchange *exchange)
{
    exchange->progress.on = false;
}

void exchange_end_p(struct exchange *exchange)
{
    progress_hide(&exchange->progress);
    line_close(&exchange->client);
    daqs_arena_done(&exchange->arena);
}

enum exit_status exchange_send(struct exchange *exchange, struct wire_request *request,
                               answer_part *part, void *arg)
{
    struct daqs_error err = {0};
    struct wire_reply reply;
    request->user = user_name();
    request->token = exchange->token;
    int result = line_request(&exchange->client, request, &exchange->arena, &reply, &err);
    if (result != DAQS_OK || reply.code != DAQS_OK || isatty(STDOUT_FILENO) ||
        (reply.has_table && *reply.text))
        progress_hide(&exchange->progress);
    if (result != DAQS_OK)
        return failure(&err);
    if (reply.code != DAQS_OK && exchange->refused)
        return exchange->refused(exchange->refused_arg, &reply);
    if (reply.code != DAQS_OK)
        return complain(EXIT_FAILED, "%s", reply.text);
    exchange->rows = reply.has_table ? daqs_table_rows(&reply.table) : 0;
    if (exchange->progress.total == 0)
        exchange->progress.done += exchange->rows;
    part(arg, &reply);
    /* The token is in the arena, which the next reply overwrites. */
    (void)snprintf(exchange->token, sizeof exchange->token, "%s", reply.token);
    return EXIT_DONE;
}

enum exit_status exchange_send_all(struct exchange *exchange, struct wire_request *request,
                                   answer_part *part, void *arg)
{
    struct paging paging = {0};
    struct daqs_error err = {0};
    for (;;) {
        enum exit_status status = exchange_send(exchange, request, part, arg);
        if (status != EXIT_DONE || !*exchange->token)
            return status;
        if (paging_next(&paging, exchange->rows, exchange->token, &err) != DAQS_OK)
            return complain(EXIT_FAILED, "%s", err.text);
    }
}

struct printing {
    struct printer printer;
    bool table;
    bool missing; /* the answer leaves out a member */
};

static void print_part(void *arg, const struct wire_reply *reply)
{
    struct printing *p = arg;
    p->table = reply->has_table;
    if (!reply->has_table) {
        (void)fprintf(p->printer.out, "%s\n", reply->text);
        return;
    }
    printer_part(&p->printer, &reply->table);
    p->missing |= reply->missing > 0;
    for (uint32_t i = 0; i < reply->missing; i++)
        printer_missing(&p->printer, reply->missing_member[i].member,
                        reply->missing_member[i].hosts);
    if (*reply->text) /* for people, apart from what programs read */
        (void)complain(EXIT_DONE, "%s", reply->text);
}

static enum exit_status print_answer(const struct command_line *line, struct wire_request *request,
                                     size_t *ret_rows)
{
    struct exchange exchange DAQS_AUTO(exchange_end_p) = {0};
    struct printing printing = {0};
    printer_begin(&printing.printer, stdout, line->output);
    printing.printer.aligned.terminal = terminal_of(stdout, line->color);
    printing.printer.aligned.local = line->local;
    enum exit_status status = exchange_begin(&exchange, line);
    if (status == EXIT_DONE)
        status = exchange_send_all(&exchange, request, print_part, &printing);
    if (status == EXIT_DONE && printing.table)
        printer_end(&printing.printer);
    *ret_rows = printing.printer.rows;
    return status == EXIT_DONE && printing.missing ? EXIT_FOUND : status;
}

enum exit_status request_and_print(const struct command_line *line, struct wire_request *request)
{
    size_t rows = 0;
    return print_answer(line, request, &rows);
}

enum exit_status request_and_find(const struct command_line *line, struct wire_request *request)
{
    size_t rows = 0;
    enum exit_status status = print_answer(line, request, &rows);
    return status == EXIT_DONE && rows > 0 ? EXIT_FOUND : status;
}
