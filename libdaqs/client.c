/* SPDX-License-Identifier: Apache-2.0 */
#include "libdaqs/daqs.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libdaqs/answer.h"
#include "libdaqs/client_keys.h"
#include "libdaqs/dialog.h"
#include "libdaqs/request.h"
#include "shared/base/clock.h"
#include "shared/base/duration.h"
#include "shared/base/version.h"

#define X(name, number, text)                                                                      \
    _Static_assert((int)DAQS_STATUS_##name == (int)DAQS_E##name, "public codes are the "           \
                                                                 "protocol's");
DAQS_ERRORS(X)
#undef X

#define DEFAULT_CONTROLLER "ipc:///run/daqs/admin.sock"
enum { CONTROLLERS_BYTES = 8192, USER_BYTES = 256, CONNECT_MS = 2500, ANSWER_MS = 60000 };

struct daqs_client {
    char controllers[CONTROLLERS_BYTES]; /* "": the default */
    char key[CLIENT_KEY_PATH];           /* likewise */
    char controller_key[CLIENT_KEY_PATH];
    char user[USER_BYTES];
    int64_t connect_ms;
    int64_t answer_ms;
    bool begun; /* the options below are in force */
    struct dialog dialog;
    struct daqs_error err;
};

const char *daqs_version(void)
{
    return DAQS_VERSION;
}

struct daqs_client *daqs_client_new(void)
{
    struct daqs_client *client = calloc(1, sizeof *client);
    if (!client)
        return NULL;
    client->connect_ms = CONNECT_MS;
    client->answer_ms = ANSWER_MS;
    dialog_user(client->user, sizeof client->user);
    dialog_init(&client->dialog, &client->err);
    return client;
}

void daqs_client_free(struct daqs_client *client)
{
    if (client)
        dialog_done(&client->dialog);
    free(client);
}

const char *daqs_client_error(const struct daqs_client *client)
{
    return client ? client->err.text : "out of memory";
}

static int set_text(char *at, size_t size, const char *value, struct daqs_error *err)
{
    if (strlen(value) >= size)
        return daqs_fail(err, DAQS_EINVALID, "it has more than %zu bytes", size - 1);
    (void)snprintf(at, size, "%s", value);
    return DAQS_OK;
}

static int set_controllers(struct daqs_client *client, const char *value, struct daqs_error *err)
{
    struct endpoints list;
    const int result = endpoints_parse(value, &list, err);
    return result == DAQS_OK ? set_text(client->controllers, sizeof client->controllers, value, err)
                             : result;
}

static int set_option(struct daqs_client *client, const char *option, const char *value,
                      struct daqs_error *err)
{
    if (strcmp(option, "controllers") == 0)
        return set_controllers(client, value, err);
    if (strcmp(option, "key") == 0)
        return set_text(client->key, sizeof client->key, value, err);
    if (strcmp(option, "controller-key") == 0)
        return set_text(client->controller_key, sizeof client->controller_key, value, err);
    if (strcmp(option, "user") == 0)
        return set_text(client->user, sizeof client->user, value, err);
    if (strcmp(option, "connect-timeout") == 0)
        return daqs_duration_parse(value, &client->connect_ms, err);
    if (strcmp(option, "answer-timeout") == 0)
        return daqs_duration_parse(value, &client->answer_ms, err);
    return daqs_fail(err, DAQS_EINVALID, "there is no such option");
}

int daqs_client_set(struct daqs_client *client, const char *option, const char *value)
{
    struct daqs_error why = {0};
    if (!client)
        return DAQS_STATUS_NOMEM;
    if (!option || !value)
        return daqs_fail(&client->err, DAQS_EINVALID, "an option needs a name and a value");
    if (client->begun)
        return daqs_fail(&client->err, DAQS_EBUSY, "%.40s: requests have been started", option);
    const int result = set_option(client, option, value, &why);
    return result == DAQS_OK ? DAQS_STATUS_OK
                             : daqs_fail(&client->err, result, "%.40s: %s", option, why.text);
}

/* Puts the options into force, as daqsctl does those that are not given. */
static int begin(struct daqs_client *client)
{
    struct dialog *x = &client->dialog;
    const char *named = secure_getenv("DAQS_CONTROLLER");
    const char *list = *client->controllers ? client->controllers
                       : named && *named    ? named
                                            : DEFAULT_CONTROLLER;
    if (client->begun)
        return DAQS_OK;
    int result = endpoints_parse(list, &x->controllers, &client->err);
    if (result == DAQS_OK)
        result = client_keys_load(*client->key ? client->key : NULL,
                                  *client->controller_key ? client->controller_key : NULL,
                                  &x->controllers, &x->keys, &client->err);
    x->connect_ms = client->connect_ms;
    x->answer_ms = client->answer_ms;
    client->begun = result == DAQS_OK;
    return result;
}

int daqs_client_start(struct daqs_client *client, struct daqs_request *request, daqs_done *done,
                      void *arg)
{
    if (!client || !request)
        return DAQS_STATUS_NOMEM;
    if (request->failed.code != DAQS_OK) {
        client->err = request->failed;
        return client->err.code;
    }
    const int result = begin(client);
    if (result != DAQS_OK)
        return result;
    request->wire.user = client->user;
    request->wire.token = request->token;
    return dialog_start(&client->dialog, &request->wire, done, arg, &client->err);
}

int daqs_client_fd(const struct daqs_client *client)
{
    return client ? client->dialog.wakeup.fd : -1;
}

void daqs_client_process(struct daqs_client *client)
{
    if (client)
        dialog_process(&client->dialog, &client->err);
}

void daqs_client_cancel(struct daqs_client *client)
{
    if (client)
        dialog_cancel(&client->dialog);
}

struct waiting {
    bool over;
    int status;
    struct daqs_answer *answer;
};

static void end_wait(void *arg, int status, struct daqs_answer *answer)
{
    *(struct waiting *)arg = (struct waiting){.over = true, .status = status, .answer = answer};
}

int daqs_client_call(struct daqs_client *client, struct daqs_request *request,
                     struct daqs_answer **ret_answer)
{
    struct waiting waiting = {0};
    *ret_answer = NULL;
    const int result = daqs_client_start(client, request, end_wait, &waiting);
    if (result != DAQS_STATUS_OK)
        return result;
    while (!waiting.over) {
        struct pollfd item = {.fd = client->dialog.wakeup.fd, .events = POLLIN};
        (void)poll(&item, 1, -1); /* a signal does not end the wait */
        dialog_process(&client->dialog, &client->err);
    }
    *ret_answer = waiting.answer;
    return waiting.status;
}
