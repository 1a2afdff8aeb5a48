/* SPDX-License-Identifier: Apache-2.0 */
/* alerts - passes events to the operator's program and to a webhook.
 *
 * Which messages are due, in which order, and how many may wait: alert_book.h. The program gets one
 * JSON object on its standard input; it runs once at a time, for a bounded time, and is not run
 * again for a message with which it failed. The webhook gets lists in Alertmanager's format; what
 * it does not accept is sent again later, in its newest state. Both run on threads of their own.
 * The loop never waits. */
#ifndef DAQS_CONTROLLERD_IO_EVENTS_ALERTS_H
#define DAQS_CONTROLLERD_IO_EVENTS_ALERTS_H

#include <stdbool.h>
#include <stdint.h>

#include "controllerd/core/diagnosis/event.h"
#include "shared/base/error.h"

/* At most this many messages are posted at once. */
#define ALERTS_POSTED_MOST 128

/* Incidents that last are posted this often; Alertmanager takes them as over after
 * ALERT_TEXT_LASTS_MS. */
#define ALERTS_REPEAT_MS 60000

/* An end, or an event without one, that cannot be delivered for this long is dropped. */
#define ALERTS_KEEP_MS 3600000

/* The webhook is tried again after one second, and after twice as long each time, up to this. */
#define ALERTS_RETRY_MOST_MS 60000

struct alerts; /* opaque */

struct alerts_setup {
    const char *program;    /* path; "": none */
    const char *webhook;    /* URL, http_post.h; "": none */
    enum event_level level; /* of events below it, only the ends of incidents are sent */
    int64_t hold_ms;
    int64_t run_most_ms; /* for a run of the program, and for a request */
    /* Posts a text, as http_post does, which NULL stands for. */
    int (*post)(const char *url, const char *text, int64_t most_ms, int stop_fd,
                struct daqs_error *err);
};

/* The texts are copied. Returns NULL if out of memory. */
struct alerts *alerts_new(const struct alerts_setup *setup);

/* Ends runs and requests in progress, within two seconds, and drops waiting messages. NULL is
 * fine. */
void alerts_free(struct alerts *alerts);

/* Takes an event of any level; does not block. 'muted': its host is in maintenance. now_ms:
 * monotonic. NULL is fine. */
void alerts_add(struct alerts *alerts, const struct event *event, bool muted, int64_t now_ms);

/* Delivers what is due; called several times a second. NULL is fine. */
void alerts_tick(struct alerts *alerts, int64_t now_ms);

/* The descriptor is readable while finished runs and requests wait; alerts_reap then logs those
 * that failed. */
int alerts_fd(const struct alerts *alerts);
void alerts_reap(struct alerts *alerts, int64_t now_ms);

struct alerts_state {
    uint64_t told;   /* messages that a receiver has taken, without repetitions */
    uint64_t failed; /* runs and requests that did not succeed */
    uint64_t lost;   /* messages for which there was no room, or that could not be delivered */
};
struct alerts_state alerts_state(const struct alerts *alerts);

/* Returns DAQS_EINVALID unless it is the absolute path of a file that the controller may
 * execute. */
int alerts_check_program(const char *path, struct daqs_error *err);

#endif
