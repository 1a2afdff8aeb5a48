/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controllerd/io/admin/admin_internal.h"

void admin_send(struct admin *a, const struct admin_caller *caller, void *bytes, size_t length)
{
    if (caller->join)
        caller->join->take(a, caller, bytes, length);
    else
        a->given.send(a->given.arg, caller, bytes, length);
}

void admin_reply(struct admin *a, const struct admin_caller *caller, const struct wire_reply *reply)
{
    uint8_t *bytes = NULL;
    size_t length = 0;
    int result = wire_encode_reply(reply, &bytes, &length);
    if (result == DAQS_OK)
        admin_send(a, caller, bytes, length);
    else
        admin_reply_text(a, caller, result, "the answer is too large");
}

void admin_reply_text(struct admin *a, const struct admin_caller *caller, int code,
                      const char *format, ...)
{
    char text[4096];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    const struct wire_reply reply = {.id = caller->id, .code = code, .text = text, .token = ""};
    admin_reply(a, caller, &reply);
}

void admin_reply_table(struct admin *a, const struct admin_caller *caller, struct daqs_table *table,
                       const char *token, const char *text)
{
    const struct wire_reply reply = {
        .id = caller->id, .text = text, .token = token, .has_table = true, .table = *table};
    if (table->failed)
        admin_reply_text(a, caller, DAQS_ENOMEM, "the answer is too large");
    else
        admin_reply(a, caller, &reply);
    daqs_table_done(table);
}

static bool names_ok(struct admin *a, const struct admin_caller *caller, const char *host,
                     const char *vm, bool needed)
{
    struct daqs_error err = {0};
    int result = DAQS_OK;
    if (needed || *host)
        result = daqs_name_check("host", host, strlen(host), &err);
    if (result == DAQS_OK && (needed || *vm))
        result = daqs_name_check("VM", vm, strlen(vm), &err);
    if (result != DAQS_OK)
        admin_reply_text(a, caller, result, "%s", err.text);
    return result == DAQS_OK;
}

bool admin_names_ok(struct admin *a, const struct admin_caller *caller, const char *host,
                    const char *vm)
{
    return names_ok(a, caller, host, vm, true);
}

bool admin_filter_ok(struct admin *a, const struct admin_caller *caller, const char *host,
                     const char *vm)
{
    return names_ok(a, caller, host, vm, false);
}

bool admin_token_ok(struct admin *a, const struct admin_caller *caller,
                    const struct wire_request *request, int64_t *ret)
{
    const char *token = request->token;
    if (strlen(token) > 18 || strspn(token, "0123456789") != strlen(token)) {
        admin_reply_text(a, caller, DAQS_EINVALID, "unknown token");
        return false;
    }
    *ret = *token ? strtoll(token, NULL, 10) : 0;
    return true;
}

void admin_change_submit(struct admin *a, const struct admin_caller *caller,
                         struct admin_change *change, int result, struct daqs_error *err)
{
    if (!change)
        result = daqs_fail(err, DAQS_ENOMEM, "out of memory");
    if (result == DAQS_OK) {
        change->admin = a;
        change->caller = *caller;
        result = commit_submit(a->given.queue, &change->base);
        if (result == DAQS_OK)
            return;
        daqs_fail(err, result, "too many changes are waiting; try again");
    }
    admin_reply_text(a, caller, result, "%s", err->text);
    free(change);
}

void admin_identify(const struct admin *a, const struct admin_caller *caller, const char *claimed,
                    struct identity *ret)
{
    ret->ipc = !caller->by && strncmp(a->given.config->admin, "ipc://", 6) == 0;
    (void)snprintf(ret->address, sizeof ret->address, "%s", caller->address);
    (void)snprintf(ret->enrolled, sizeof ret->enrolled, "%s", caller->by ? caller->by->name : "");
    (void)snprintf(ret->claimed, sizeof ret->claimed, "%s", claimed);
}
