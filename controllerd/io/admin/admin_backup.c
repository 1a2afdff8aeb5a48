/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/io/admin/admin_backup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controllerd/io/admin/admin_internal.h"

static const char go_on[] = "go on"; /* the token */

/* The backup that is running, or whose result has not been fetched yet. */
struct backup {
    struct store_backup copy; /* first member */
    bool done;
};

void backup_free(struct backup *backup)
{
    free(backup);
}

static void backup_done(struct store_job *base)
{
    struct backup *backup = (struct backup *)base;
    backup->done = true;
    if (base->result == DAQS_OK)
        daqs_log(DAQS_LOG_INFO, "backup %s is complete", backup->copy.path);
    else
        daqs_log(DAQS_LOG_ERROR, "backup %s failed: %s", backup->copy.path, base->error.text);
}

static void begin(struct admin *a, const struct admin_caller *caller, const char *path)
{
    if (a->backup && !a->backup->done) {
        admin_reply_text(a, caller, DAQS_EBUSY, "a backup to %.200s is running",
                         a->backup->copy.path);
        return;
    }
    if (*path != '/') {
        admin_reply_text(a, caller, DAQS_EINVALID, "a backup needs the absolute path of a file");
        return;
    }
    free(a->backup);
    a->backup = calloc(1, sizeof *a->backup);
    if (!a->backup) {
        admin_reply_text(a, caller, DAQS_ENOMEM, "out of memory");
        return;
    }
    (void)snprintf(a->backup->copy.path, sizeof a->backup->copy.path, "%s", path);
    a->backup->copy.base.done = backup_done;
    if (store_backup(a->given.store, &a->backup->copy) != DAQS_OK) {
        free(a->backup);
        a->backup = NULL;
        admin_reply_text(a, caller, DAQS_EBUSY, "too much is waiting for the database; try again");
        return;
    }
    const struct wire_reply reply = {.id = caller->id, .text = "", .token = go_on};
    admin_reply(a, caller, &reply);
}

/* Without a token, starts a backup to the path. With one, reports the progress. */
void admin_backup(struct admin *a, const struct admin_caller *caller,
                  const struct wire_request *request)
{
    char text[128];
    if (!*request->token) {
        begin(a, caller, request->backup.path);
        return;
    }
    if (strcmp(request->token, go_on) != 0) {
        admin_reply_text(a, caller, DAQS_EINVALID, "unknown token");
        return;
    }
    if (!a->backup) {
        admin_reply_text(a, caller, DAQS_ENOTFOUND, "no backup is running");
        return;
    }
    const struct store_backup *copy = &a->backup->copy;
    if (!a->backup->done) {
        (void)snprintf(text, sizeof text, "%d of %d pages", atomic_load(&copy->copied),
                       atomic_load(&copy->total));
        const struct wire_reply reply = {.id = caller->id, .text = text, .token = go_on};
        admin_reply(a, caller, &reply);
        return;
    }
    if (copy->base.result == DAQS_OK)
        admin_reply_text(a, caller, DAQS_OK, "%s: %d pages", copy->path, atomic_load(&copy->total));
    else
        admin_reply_text(a, caller, copy->base.result, "no backup: %s", copy->base.error.text);
    free(a->backup);
    a->backup = NULL;
}
