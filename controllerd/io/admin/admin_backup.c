/* SPDX-License-Identifier: Apache-2.0 */
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

static void backup_done(struct store_job *base)
{
    struct backup *backup = (struct backup *)base;
    backup->done = true;
    if (base->result == DAQS_OK)
        daqs_log(DAQS_LOG_INFO, "backup %s is complete", backup->copy.path);
    else
        daqs_log(DAQS_LOG_ERROR, "backup %s failed: %s", backup->copy.path, base->error.text);
}

static void begin(struct controller *c, const struct admin_caller *caller, const char *path)
{
    if (c->backup && !c->backup->done) {
        admin_reply_text(c, caller, DAQS_EBUSY, "a backup to %.200s is under way",
                         c->backup->copy.path);
        return;
    }
    if (*path != '/') {
        admin_reply_text(c, caller, DAQS_EINVALID, "a backup needs the whole path of a file");
        return;
    }
    free(c->backup);
    c->backup = calloc(1, sizeof *c->backup);
    if (!c->backup) {
        admin_reply_text(c, caller, DAQS_ENOMEM, "out of memory");
        return;
    }
    (void)snprintf(c->backup->copy.path, sizeof c->backup->copy.path, "%s", path);
    c->backup->copy.base.done = backup_done;
    if (store_backup(c->store, &c->backup->copy) != DAQS_OK) {
        free(c->backup);
        c->backup = NULL;
        admin_reply_text(c, caller, DAQS_EBUSY, "too much is waiting for the database; try again");
        return;
    }
    const struct wire_reply reply = {.id = caller->id, .text = "", .token = go_on};
    admin_reply(c, caller, &reply);
}

/* Without a token, starts a backup to the path in 'word'. With one, reports the progress. */
void admin_backup(struct controller *c, const struct admin_caller *caller,
                  const struct wire_request *request)
{
    char text[128];
    if (!*request->token) {
        begin(c, caller, request->word);
        return;
    }
    if (strcmp(request->token, go_on) != 0) {
        admin_reply_text(c, caller, DAQS_EINVALID, "the token is not one of ours");
        return;
    }
    if (!c->backup) {
        admin_reply_text(c, caller, DAQS_ENOTFOUND, "no backup is under way");
        return;
    }
    const struct store_backup *copy = &c->backup->copy;
    if (!c->backup->done) {
        (void)snprintf(text, sizeof text, "%d of %d pages", atomic_load(&copy->copied),
                       atomic_load(&copy->total));
        const struct wire_reply reply = {.id = caller->id, .text = text, .token = go_on};
        admin_reply(c, caller, &reply);
        return;
    }
    if (copy->base.result == DAQS_OK)
        admin_reply_text(c, caller, DAQS_OK, "%s: %d pages", copy->path, atomic_load(&copy->total));
    else
        admin_reply_text(c, caller, copy->base.result, "no backup: %s", copy->base.error.text);
    free(c->backup);
    c->backup = NULL;
}
