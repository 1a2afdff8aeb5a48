/* SPDX-License-Identifier: Apache-2.0 */
/* dialog - one request after the other to the controllers of a client, without waiting. */
#ifndef DAQS_LIBDAQS_DIALOG_H
#define DAQS_LIBDAQS_DIALOG_H

#include "libdaqs/client_keys.h"
#include "libdaqs/daqs.h"
#include "libdaqs/wakeup.h"

enum dialog_step {
    DIALOG_IDLE,
    DIALOG_CONNECTING, /* until the controller lets us in */
    DIALOG_ASKED,      /* until it answers */
    DIALOG_LOST,       /* the connection ended before the answer: until it is known why */
};

struct dialog {
    struct endpoints controllers; /* set by the owner, with the keys and the times */
    struct client_keys keys;
    int64_t connect_ms;
    int64_t answer_ms;

    struct wakeup wakeup;
    size_t at;    /* the controller in use */
    bool open;    /* 'line' is */
    bool let_in;  /* it was connected */
    size_t tried; /* controllers that have failed this request */
    struct line line;
    uint64_t last_id; /* of requests */

    enum dialog_step step;
    bool started;        /* since dialog_process last looked */
    int64_t deadline_ms; /* of the step; monotonic */
    unsigned endings;    /* of connections, when the request was sent */
    uint8_t *bytes;      /* of the request, until it is sent */
    size_t length;
    daqs_done *done;
    void *arg;
};

/* A failure is reported by dialog_start again. Call dialog_done in any case. */
void dialog_init(struct dialog *x, struct daqs_error *err);
void dialog_done(struct dialog *x);

/* Starts a request, whose id it sets, and of which it keeps a copy. DAQS_EBUSY, DAQS_ETOOBIG,
 * DAQS_ENOMEM, DAQS_ESYSTEM. */
int dialog_start(struct dialog *x, struct wire_request *request, daqs_done *done, void *arg,
                 struct daqs_error *err);

/* Takes the next steps that need no wait. Before it calls 'done' with a failure, *err has its
 * text. */
void dialog_process(struct dialog *x, struct daqs_error *err);

void dialog_cancel(struct dialog *x);

/* Writes the user's name for the audit trail; with sudo, of the user who called it. */
void dialog_user(char *ret, size_t size);

#endif
