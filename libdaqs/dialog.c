/* SPDX-License-Identifier: Apache-2.0 */
#include "libdaqs/dialog.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libdaqs/answer.h"
#include "shared/base/clock.h"

void dialog_user(char *ret, size_t size)
{
    char text[4096];
    struct passwd entry;
    struct passwd *found = NULL;
    const char *sudo = secure_getenv("SUDO_USER");
    const char *name = "unknown";
    if (sudo && *sudo && getuid() == 0)
        name = sudo;
    else if (getpwuid_r(getuid(), &entry, text, sizeof text, &found) == 0 && found)
        name = found->pw_name;
    (void)snprintf(ret, size, "%s", name);
}

static int64_t now_ms(void)
{
    return daqs_mono_ms(daqs_clock_system());
}

void dialog_init(struct dialog *x, struct daqs_error *err)
{
    *x = (struct dialog){.step = DIALOG_IDLE};
    (void)wakeup_init(&x->wakeup, err);
}

static void hang_up(struct dialog *x)
{
    if (x->open) {
        wakeup_remove(&x->wakeup, x->line.socket);
        wakeup_remove(&x->wakeup, x->line.monitor);
        line_close(&x->line);
    }
    x->open = x->let_in = false;
}

void dialog_cancel(struct dialog *x)
{
    x->step = DIALOG_IDLE;
    free(x->bytes);
    x->bytes = NULL;
    wakeup_at(&x->wakeup, 0);
}

void dialog_done(struct dialog *x)
{
    hang_up(x);
    dialog_cancel(x);
    wakeup_done(&x->wakeup);
}

/* The request is over. The callback may start the next one. */
static void finish(struct dialog *x, int status, struct daqs_answer *answer)
{
    dialog_cancel(x);
    x->done(x->arg, status, answer);
}

/* Leaves the controller, so that the next request begins with the next one. */
static void leave(struct dialog *x, int status)
{
    hang_up(x);
    x->at = (x->at + 1) % x->controllers.count;
    finish(x, status, NULL);
}

/* --- the steps; each returns true if the next one may follow at once --- */

static int open_line(struct dialog *x, struct daqs_error *err)
{
    int result = client_keys_open(&x->keys, &x->controllers, x->at, &x->line, err);
    if (result != DAQS_OK)
        return result;
    x->open = true;
    result = wakeup_add(&x->wakeup, x->line.socket, err);
    if (result == DAQS_OK)
        result = wakeup_add(&x->wakeup, x->line.monitor, err);
    return result;
}

/* This controller cannot be reached: tries the next one, unless the client was its guest before. */
static bool next_controller(struct dialog *x, const struct daqs_error *why, struct daqs_error *err)
{
    const bool was_in = x->let_in;
    x->tried++;
    if (was_in || x->controllers.count == 1)
        *err = *why;
    else
        (void)daqs_fail(err, why->code, "none of %zu controllers lets you in; the last one: %s",
                        x->controllers.count, why->text);
    if (was_in || x->tried >= x->controllers.count) {
        leave(x, why->code);
        return false;
    }
    hang_up(x);
    x->at = (x->at + 1) % x->controllers.count;
    x->deadline_ms = now_ms() + x->connect_ms;
    return true;
}

static bool connecting(struct dialog *x, struct daqs_error *err)
{
    struct daqs_error why = {0};
    if (!x->open && open_line(x, &why) != DAQS_OK)
        return next_controller(x, &why, err);
    (void)handshake_read(x->line.monitor, &x->line.connection);
    if (!x->line.connection.up) {
        if (x->line.connection.outcome != HANDSHAKE_REFUSED && now_ms() < x->deadline_ms)
            return false;
        (void)line_why_not(&x->line, &why);
        return next_controller(x, &why, err);
    }
    x->let_in = true;
    if (net_send(x->line.socket, NULL, x->bytes, x->length) != DAQS_OK) {
        (void)line_why_not(&x->line, &why);
        return next_controller(x, &why, err);
    }
    x->line.last_id = x->last_id;
    x->endings = x->line.connection.endings;
    x->deadline_ms = now_ms() + x->answer_ms;
    x->step = DIALOG_ASKED;
    return true;
}

static bool asked(struct dialog *x, struct daqs_error *err)
{
    struct daqs_answer *answer = answer_new();
    if (!answer) {
        leave(x, daqs_fail(err, DAQS_ENOMEM, "out of memory"));
        return false;
    }
    const int taken = line_take(&x->line, &answer->arena, &answer->reply, err);
    if (taken == DAQS_OK) {
        const int code = answer->reply.code;
        if (code != DAQS_OK)
            (void)daqs_fail(err, code, "%s", answer->reply.text);
        finish(x, code, answer);
        return false;
    }
    daqs_answer_free(answer);
    (void)handshake_read(x->line.monitor, &x->line.connection);
    if (taken != DAQS_ENOTFOUND) {
        leave(x, taken);
    } else if (x->line.connection.endings != x->endings) {
        x->deadline_ms = now_ms() + x->connect_ms;
        x->step = DIALOG_LOST;
        return true;
    } else if (now_ms() >= x->deadline_ms) {
        leave(x, daqs_fail(err, DAQS_ETIMEOUT,
                           "the controller received the request but does not answer"));
    }
    return false;
}

/* A controller knows connections, not clients, so the answer is lost. If the key was revoked, the
 * controller rejects it when libzmq connects again. */
static bool lost(struct dialog *x, struct daqs_error *err)
{
    (void)handshake_read(x->line.monitor, &x->line.connection);
    if (x->line.connection.outcome == HANDSHAKE_REFUSED)
        leave(x, line_why_not(&x->line, err));
    else if (x->line.connection.up || now_ms() >= x->deadline_ms)
        leave(x, daqs_fail(err, DAQS_ETIMEOUT,
                           "the connection to %.150s ended before the answer; it is not known "
                           "whether the request was carried out",
                           x->line.endpoint));
    return false;
}

static bool idle(struct dialog *x)
{
    struct daqs_arena arena;
    struct wire_reply late;
    daqs_arena_init(&arena, 1); /* what arrives now is an answer that nobody waits for */
    if (x->open)
        (void)line_take(&x->line, &arena, &late, NULL);
    daqs_arena_done(&arena);
    if (x->open)
        (void)handshake_read(x->line.monitor, &x->line.connection);
    return false;
}

static bool step(struct dialog *x, struct daqs_error *err)
{
    switch (x->step) {
    case DIALOG_CONNECTING:
        return connecting(x, err);
    case DIALOG_ASKED:
        return asked(x, err);
    case DIALOG_LOST:
        return lost(x, err);
    case DIALOG_IDLE:
        break;
    }
    return idle(x);
}

/* Sets when to go on: at once for a request that a callback has started, or if a socket has news
 * that its descriptor does not report again. */
static void sleep_until(struct dialog *x)
{
    const bool news = x->started || (x->open && ((zsock_events(x->line.socket) & ZMQ_POLLIN) ||
                                                 (zsock_events(x->line.monitor) & ZMQ_POLLIN)));
    wakeup_at(&x->wakeup, news ? 1 : x->step == DIALOG_IDLE ? 0 : x->deadline_ms);
}

void dialog_process(struct dialog *x, struct daqs_error *err)
{
    x->started = false;
    while (step(x, err))
        continue;
    sleep_until(x);
}

int dialog_start(struct dialog *x, struct wire_request *request, daqs_done *done, void *arg,
                 struct daqs_error *err)
{
    if (x->wakeup.fd < 0 || x->wakeup.timer < 0)
        return daqs_fail(err, DAQS_ESYSTEM, "there were no descriptors for the client");
    if (x->step != DIALOG_IDLE)
        return daqs_fail(err, DAQS_EBUSY, "the request before is not answered yet");
    request->id = x->last_id + 1;
    const int result = wire_encode_request(request, &x->bytes, &x->length);
    if (result != DAQS_OK)
        return daqs_fail(err, result, "%s", daqs_strerror(result));
    x->last_id++;
    x->done = done;
    x->arg = arg;
    x->started = true;
    x->tried = 0;
    x->step = DIALOG_CONNECTING;
    x->deadline_ms = now_ms() + x->connect_ms;
    wakeup_at(&x->wakeup, 1);
    return DAQS_OK;
}
