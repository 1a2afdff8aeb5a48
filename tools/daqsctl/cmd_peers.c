/* SPDX-License-Identifier: Apache-2.0 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "libdaqs/client_keys.h"
#include "shared/base/cleanup.h"
#include "tools/daqsctl/enroll_line.h"
#include "tools/daqsctl/request.h"

static enum exit_status cmd_keygen(const struct command_line *line)
{
    struct daqs_error err = {0};
    struct key_pair pair;
    char text[KEY_TEXT];
    char owner[KEY_OWNER_MOST + 1] = "";
    char path[CLIENT_KEY_PATH];
    if (line->arguments > 0)
        (void)snprintf(path, sizeof path, "%s", line->argument[0]);
    else if (client_key_path(path))
        client_key_make_folder(path);
    else
        return complain(EXIT_FAILED, "HOME is not set; give a FILE");
    (void)gethostname(owner, sizeof owner - 1);
    int result = key_make(&pair, &err);
    if (result == DAQS_OK)
        result = key_save(path, &pair, owner, &err);
    if (result == DAQS_EEXISTS)
        return complain(EXIT_FAILED, "%s already contains a key; its public key is in %s.pub", path,
                        path);
    if (result != DAQS_OK)
        return complain(EXIT_FAILED, "%s", err.text);
    (void)printf("%s\n", key_format(&pair.public_key, text));
    (void)complain(
        EXIT_DONE,
        "created %s; next, an operator runs: daqsctl enroll NAME %s --role operator|viewer", path,
        text);
    return EXIT_DONE;
}

const struct command command_keygen = {
    .verb = "keygen",
    .arguments = "[FILE]",
    .summary = "create a key for access to a controller over the network",
    .about = "Without FILE it is ~/.config/daqs/daqsctl.key. Prints the public key, which is also "
             "written to FILE.pub. Nothing is overwritten.\n",
    .example = "daqsctl keygen\n",
    .most_arguments = 1,
    .kind = {ARGUMENT_FILE},
    .run = cmd_keygen,
    .no_table = COMMAND_WORDS,
    .alone = true,
};

/* --- many keys --- */

/* A controller admits a number of requests a second. A line that it puts off is sent again after a
 * pause, up to PAUSES_MOST times. */
enum { PAUSES_MOST = 30, PAUSE_S = 1 };

struct key_lines {
    struct enroll_line next;
    int pauses; /* made for this line */
    bool again; /* the line is to be sent again */
};

static void print_text(void *arg, const struct wire_reply *reply)
{
    (void)arg;
    (void)printf("%s\n", reply->text);
}

static enum exit_status line_refused(void *arg, const struct wire_reply *reply)
{
    struct key_lines *lines = arg;
    lines->again = reply->code == DAQS_EBUSY && lines->pauses < PAUSES_MOST;
    return lines->again ? EXIT_DONE
                        : complain(EXIT_FAILED, "line %u: %s", lines->next.number, reply->text);
}

static enum exit_status send_line(struct exchange *exchange, struct wire_request *request,
                                  struct key_lines *lines)
{
    for (lines->pauses = 0;; lines->pauses++) {
        lines->again = false;
        enum exit_status status = exchange_send(exchange, request, print_text, NULL);
        if (!lines->again)
            return status;
        (void)nanosleep(&(struct timespec){.tv_sec = PAUSE_S}, NULL);
    }
}

/* Enrolls the keys that it reads from standard input. Lines before one that is refused stay
 * enrolled. Enrolling the same key again changes nothing. */
static enum exit_status enroll_lines(const struct command_line *line)
{
    struct daqs_error err = {0};
    struct key_lines lines = {0};
    struct wire_request request = wire_request_of(WIRE_ENROLL);
    struct exchange exchange DAQS_AUTO(exchange_end_p) = {0};
    request.enroll.force = line->given & OPTION_FORCE;
    enum exit_status status = exchange_begin(&exchange, line);
    exchange.refused = line_refused;
    exchange.refused_arg = &lines;
    int result = DAQS_OK;
    while (status == EXIT_DONE &&
           (result = enroll_line_next(stdin, &lines.next, &err)) == DAQS_OK) {
        request.enroll.name = lines.next.name;
        request.enroll.key = lines.next.key;
        request.enroll.role = lines.next.role;
        status = send_line(&exchange, &request, &lines);
    }
    if (status == EXIT_DONE && result != DAQS_ENOTFOUND)
        status = complain(EXIT_FAILED, "%s", err.text);
    return status;
}

static enum exit_status cmd_enroll(const struct command_line *line)
{
    if (line->arguments == 1 && strcmp(line->argument[0], "-") == 0)
        return enroll_lines(line);
    if (line->arguments == 1)
        return complain(EXIT_USAGE, "enroll needs NAME and KEY, or only - to read lines NAME KEY");
    struct daqs_error err = {0};
    struct daqs_key key;
    char text[KEY_TEXT];
    struct wire_request request = wire_request_of(WIRE_ENROLL);
    if (key_find_public(line->argument[1], &key, &err) != DAQS_OK)
        return complain(EXIT_USAGE, "%s", err.text);
    request.enroll.name = line->argument[0];
    request.enroll.key = key_format(&key, text);
    request.enroll.role = line->role ? line->role : "";
    request.enroll.force = line->given & OPTION_FORCE;
    return request_and_print(line, &request);
}

const struct command command_enroll = {
    .verb = "enroll",
    .arguments = "{NAME KEY | -}",
    .summary = "accept a host's key, or with --role an operator's or viewer's",
    .about = "KEY is a public key, or a file that contains it. - reads lines NAME KEY [ROLE] from "
             "standard input.\n",
    .example = "daqsctl enroll node1 f3OSJ0Zm0oVV2rLN3QmwP8f4dOGDn8m2eYBnGWcVCkY=\n"
               "daqsctl enroll alice alice.key.pub --role operator\n"
               "daqsctl enroll - < hosts.txt\n",
    .least_arguments = 1,
    .most_arguments = 2,
    .kind = {ARGUMENT_OTHER, ARGUMENT_FILE},
    .options = OPTION_ROLE | OPTION_FORCE,
    .run = cmd_enroll,
    .no_table = COMMAND_WORDS "; peers has a table",
};

static enum exit_status cmd_revoke(const struct command_line *line)
{
    struct wire_request request = wire_request_of(WIRE_REVOKE);
    request.revoke.name = line->argument[0];
    return request_and_print(line, &request);
}

const struct command command_revoke = {
    .verb = "revoke",
    .arguments = "NAME",
    .summary = "revoke a key, and close its connection",
    .about = "New connections with that key are rejected, too. enroll accepts it again.\n",
    .example = "daqsctl revoke node1\n",
    .least_arguments = 1,
    .most_arguments = 1,
    .kind = {ARGUMENT_PEER},
    .run = cmd_revoke,
    .no_table = COMMAND_WORDS "; peers has a table",
};

static enum exit_status cmd_peers(const struct command_line *line)
{
    struct wire_request request = wire_request_of(WIRE_PEERS);
    return request_and_print(line, &request);
}

const struct command command_peers = {
    .verb = "peers",
    .arguments = "",
    .summary = "the enrolled keys, and the keys that were rejected lately",
    .about =
        "Compare rejected keys with the files *.key.pub on their machines, then enroll them.\n",
    .example = "daqsctl peers\n",
    .run = cmd_peers,
};
