#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

#include "shared/base/cleanup.h"
#include "shared/wire/bus.h"
#include "tools/daqsctl/client.h"
#include "tools/daqsctl/print.h"

enum { ARENA_BYTES = 64 * WIRE_MESSAGE_MAX };

struct wire_request new_request(enum wire_verb verb)
{
    return (struct wire_request){.verb = verb,
                                 .user = "",
                                 .host = "",
                                 .vm = "",
                                 .min = DAQS_UNLIMITED,
                                 .max = DAQS_UNLIMITED,
                                 .token = "",
                                 .word = ""};
}

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

/* Asks until the last part has come. The token lives in the arena, so it is copied. */
static enum exit_status ask_all(struct client *client, const struct wire_request *first,
                                struct daqs_arena *arena, struct printer *printer)
{
    char token[1024] = "";
    struct wire_request request = *first;
    struct wire_reply reply;
    request.token = token;
    do {
        struct daqs_error err = {0};
        if (client_ask(client, &request, arena, &reply, &err) != DAQS_OK)
            return failure(&err);
        if (reply.code != DAQS_OK)
            return complain(EXIT_FAILED, "%s", reply.text);
        if (reply.has_table)
            printer_part(printer, &reply.table);
        else
            (void)fprintf(printer->out, "%s\n", reply.text);
        (void)snprintf(token, sizeof token, "%s", reply.token);
    } while (*token);
    if (reply.has_table)
        printer_end(printer);
    return EXIT_DONE;
}

static void close_client_p(struct client *client)
{
    client_close(client);
}

enum exit_status ask_and_print(const struct command_line *line, struct wire_request *request)
{
    struct daqs_error err = {0};
    struct client client DAQS_AUTO(close_client_p) = {0};
    struct daqs_arena arena DAQS_AUTO(daqs_arena_done);
    struct printer printer;
    daqs_arena_init(&arena, ARENA_BYTES);
    printer_begin(&printer, stdout, line->output);
    request->user = user_name();
    if (client_open(&client, line->controller, &err) != DAQS_OK)
        return failure(&err);
    enum exit_status status = ask_all(&client, request, &arena, &printer);
    if (fflush(stdout) != 0 && status == EXIT_DONE)
        return complain(EXIT_FAILED, "cannot write the output");
    return status;
}
