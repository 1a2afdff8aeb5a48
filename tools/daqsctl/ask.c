#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shared/base/cleanup.h"
#include "shared/wire/bus.h"
#include "tools/daqsctl/conversation.h"
#include "tools/daqsctl/own_key.h"
#include "tools/daqsctl/print.h"

enum { ARENA_BYTES = 64 * WIRE_MESSAGE_MAX };

/* For the audit trail. With sudo, the person behind it. */
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

enum exit_status conversation_begin(struct conversation *talk, const struct command_line *line)
{
    struct daqs_error err = {0};
    *talk = (struct conversation){0};
    daqs_arena_init(&talk->arena, ARENA_BYTES);
    struct own_keys keys;
    if (own_keys_load(line, &keys, &err) != DAQS_OK)
        return complain(EXIT_FAILED, "%s", err.text);
    if (own_keys_open(&keys, line->controller, &talk->client, &err) != DAQS_OK)
        return failure(&err);
    progress_begin(&talk->progress, line->verb);
    talk->client.tick = progress_tick;
    talk->client.tick_arg = &talk->progress;
    return EXIT_DONE;
}

void conversation_be_quiet(struct conversation *talk)
{
    talk->progress.on = false;
}

void conversation_end_p(struct conversation *talk)
{
    progress_hide(&talk->progress);
    client_close(&talk->client);
    daqs_arena_done(&talk->arena);
}

enum exit_status conversation_ask(struct conversation *talk, struct wire_request *request,
                                  answer_part *part, void *arg)
{
    struct daqs_error err = {0};
    struct wire_reply reply;
    request->user = user_name();
    request->token = talk->token;
    int result = client_ask(&talk->client, request, &talk->arena, &reply, &err);
    if (result != DAQS_OK || reply.code != DAQS_OK || isatty(STDOUT_FILENO) ||
        (reply.has_table && *reply.text))
        progress_hide(&talk->progress);
    if (result != DAQS_OK)
        return failure(&err);
    if (reply.code != DAQS_OK && talk->refused)
        return talk->refused(talk->refused_arg, &reply);
    if (reply.code != DAQS_OK)
        return complain(EXIT_FAILED, "%s", reply.text);
    if (reply.has_table && talk->progress.total == 0)
        talk->progress.done += daqs_table_rows(&reply.table);
    part(arg, &reply);
    /* The token lives in the arena, which the next reply takes. */
    (void)snprintf(talk->token, sizeof talk->token, "%s", reply.token);
    return EXIT_DONE;
}

enum exit_status conversation_ask_all(struct conversation *talk, struct wire_request *request,
                                      answer_part *part, void *arg)
{
    enum exit_status status;
    do
        status = conversation_ask(talk, request, part, arg);
    while (status == EXIT_DONE && *talk->token);
    return status;
}

struct printing {
    struct printer printer;
    bool table;
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
    if (*reply->text) /* for people, beside what programs read */
        (void)complain(EXIT_DONE, "%s", reply->text);
}

static enum exit_status print_answer(const struct command_line *line, struct wire_request *request,
                                     size_t *ret_rows)
{
    struct conversation talk DAQS_AUTO(conversation_end_p) = {0};
    struct printing printing = {0};
    printer_begin(&printing.printer, stdout, line->output);
    printing.printer.aligned.terminal = terminal_of(stdout, line->color);
    enum exit_status status = conversation_begin(&talk, line);
    if (status == EXIT_DONE)
        status = conversation_ask_all(&talk, request, print_part, &printing);
    if (status == EXIT_DONE && printing.table)
        printer_end(&printing.printer);
    *ret_rows = printing.printer.rows;
    return status;
}

enum exit_status ask_and_print(const struct command_line *line, struct wire_request *request)
{
    size_t rows = 0;
    return print_answer(line, request, &rows);
}

enum exit_status ask_and_find(const struct command_line *line, struct wire_request *request)
{
    size_t rows = 0;
    enum exit_status status = print_answer(line, request, &rows);
    return status == EXIT_DONE && rows > 0 ? EXIT_FOUND : status;
}
