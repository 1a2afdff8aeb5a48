/* SPDX-License-Identifier: Apache-2.0 */
#include "libdaqs/request.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libdaqs/arguments.h"
#include "shared/base/clock.h"

enum { TEXTS_BYTES = 1024 * 1024 };

/* Keeps the first failure. Returns its code. */
static int keep(struct daqs_request *request, const struct daqs_error *err)
{
    if (request->failed.code == DAQS_OK)
        request->failed = *err;
    return err->code;
}

struct daqs_request *daqs_request_new(const char *verb)
{
    struct daqs_error err = {0};
    struct daqs_request *request = calloc(1, sizeof *request);
    if (!request)
        return NULL;
    daqs_arena_init(&request->texts, TEXTS_BYTES);
    if (arguments_begin(verb ? verb : "", &request->wire, &err) != DAQS_OK)
        (void)keep(request, &err);
    return request;
}

void daqs_request_free(struct daqs_request *request)
{
    if (request)
        daqs_arena_done(&request->texts);
    free(request);
}

int daqs_request_set(struct daqs_request *request, const char *name, const char *value)
{
    struct daqs_error err = {0};
    if (!request)
        return DAQS_STATUS_NOMEM;
    if (!name || !value)
        (void)daqs_fail(&err, DAQS_EINVALID, "an argument needs a name and a value");
    else if (request->failed.code != DAQS_OK)
        return request->failed.code;
    else {
        const char *copy = daqs_arena_text(&request->texts, value, strlen(value));
        if (!copy)
            (void)daqs_fail(&err, DAQS_ENOMEM, "%s: no memory for its value", name);
        else
            (void)arguments_set(&request->wire, name, copy, daqs_wall_ms(daqs_clock_system()),
                                &err);
    }
    return err.code == DAQS_OK ? DAQS_STATUS_OK : keep(request, &err);
}

const char *daqs_request_error(const struct daqs_request *request)
{
    return request ? request->failed.text : "out of memory";
}

int daqs_request_set_token(struct daqs_request *request, const char *token)
{
    struct daqs_error err = {0};
    if (!request)
        return DAQS_STATUS_NOMEM;
    request->paging = (struct paging){0};
    if (token && strlen(token) < sizeof request->token) {
        (void)snprintf(request->token, sizeof request->token, "%s", token);
        return DAQS_STATUS_OK;
    }
    (void)daqs_fail(&err, DAQS_EINVALID, "this is not a token");
    return keep(request, &err);
}

int daqs_request_continue(struct daqs_request *request, const struct daqs_answer *answer)
{
    struct daqs_error err = {0};
    const char *token = daqs_answer_token(answer);
    if (!request)
        return DAQS_STATUS_NOMEM;
    if (!*token)
        return 0;
    if (paging_next(&request->paging, daqs_answer_rows(answer), token, &err) != DAQS_OK)
        return keep(request, &err);
    (void)snprintf(request->token, sizeof request->token, "%s", token);
    return 1;
}
