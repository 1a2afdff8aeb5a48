/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "shared/base/cleanup.h"
#include "tools/daqsctl/request.h"

enum { LOOK_MS = 200 };

static void keep_text(void *arg, const struct wire_reply *reply)
{
    (void)snprintf(arg, WIRE_TEXT_BYTES + 1, "%s", reply->text);
}

/* Parses "17 of 4711 pages" and updates the progress display. */
static void take_progress(struct progress *progress, const char *text)
{
    unsigned done = 0;
    unsigned total = 0;
    if (sscanf(text, "%u of %u pages", &done, &total) == 2 && done <= total) {
        progress->done = done;
        progress->total = total;
    }
    progress_tick(progress);
}

/* Returns the absolute path, because the controller has another working directory. The caller frees
 * it. Returns NULL on failure. */
static char *whole_path(const char *path)
{
    char *cwd DAQS_AUTO_FREE = *path == '/' ? NULL : getcwd(NULL, 0);
    char *whole = NULL;
    if (*path == '/')
        return strdup(path);
    if (!cwd || asprintf(&whole, "%s/%s", cwd, path) < 0)
        return NULL;
    return whole;
}

static enum exit_status cmd_backup(const struct command_line *line)
{
    struct wire_request request = wire_request_of(WIRE_BACKUP);
    struct exchange exchange DAQS_AUTO(exchange_end_p) = {0};
    char text[WIRE_TEXT_BYTES + 1] = "";
    char *path DAQS_AUTO_FREE = whole_path(line->argument[0]);
    if (!path)
        return complain(EXIT_FAILED, "out of memory");
    if (strlen(path) > WIRE_FIELD_BYTES)
        return complain(EXIT_FAILED, "the path of the backup has %zu bytes; the most is %u",
                        strlen(path), WIRE_FIELD_BYTES);
    request.backup.path = path;
    enum exit_status status = exchange_begin(&exchange, line);
    exchange.progress.unit = "pages";
    while (status == EXIT_DONE) {
        status = exchange_send(&exchange, &request, keep_text, text);
        if (status != EXIT_DONE || !*exchange.token)
            break;
        take_progress(&exchange.progress, text);
        (void)nanosleep(&(struct timespec){.tv_nsec = LOOK_MS * 1000000L}, NULL);
    }
    if (status == EXIT_DONE)
        (void)printf("%s\n", text);
    return status;
}

const struct command command_backup = {
    .verb = "backup",
    .arguments = "FILE",
    .summary = "a copy of the controller's database, made while it runs",
    .about = "The controller's user writes it on the controller's machine. It is the database at "
             "one moment. Nothing is overwritten. The controller's key is not in it.\n",
    .example = "daqsctl backup /var/backups/daqs/monday.db\n",
    .least_arguments = 1,
    .most_arguments = 1,
    .kind = {ARGUMENT_FILE},
    .run = cmd_backup,
    .no_table = COMMAND_WORDS,
};
