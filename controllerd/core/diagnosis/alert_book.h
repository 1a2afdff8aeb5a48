/* SPDX-License-Identifier: Apache-2.0 */
/* alert_book - turns events into the messages that one receiver of alerts gets.
 *
 * Events go in; messages come out when they are due, in fair order. An incident has a key, a start
 * and an end (alert_kind.h). Its start is sent once it has lasted for the hold time, and its end
 * once it has been over for as long; an incident that comes back within that time is the same one.
 * A receiver that has the start gets the end, whatever its level. While a host is down, nothing
 * else is sent about the host. A newer message replaces one of the same key that waits, so a start
 * and an end that both wait cancel out.
 *
 * All times are monotonic unless noted. The caller passes messages on and reports the result. */
#ifndef DAQS_CONTROLLERD_CORE_DIAGNOSIS_ALERT_BOOK_H
#define DAQS_CONTROLLERD_CORE_DIAGNOSIS_ALERT_BOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "controllerd/core/diagnosis/alert_kind.h"
#include "controllerd/core/diagnosis/event.h"

/* Bounds on incidents and waiting messages: in total, and of one host. The last quarter of each is
 * for those that come first. */
#define ALERT_BOOK_MOST 32768
#define ALERT_BOOK_HOST_MOST 1024

struct alert_book; /* opaque */

struct alert_book_setup {
    enum event_level level; /* lowest level of events that are sent */
    int64_t hold_ms;        /* 0 and up */
    int64_t repeat_ms;      /* an incident that lasts is sent again this often; 0: never */
    int64_t keep_ms;        /* an end that cannot be delivered is dropped after this time, and so is
                             * an event that is an alert of its own */
};

/* Returns NULL if out of memory. */
struct alert_book *alert_book_new(const struct alert_book_setup *setup);
/* NULL is fine. */
void alert_book_free(struct alert_book *book);

/* Takes an event, which is copied. All events must be passed, of every level: the book filters.
 * 'muted': the alerts of its host are muted from now on, except for the ends of incidents that were
 * sent. 'maintenance-on' is sent, and mutes. Incidents that last are sent once an event of the host
 * is not muted. */
void alert_book_add(struct alert_book *book, const struct event *event, bool muted, int64_t now_ms);

/* Finds messages that have become due. Walks over everything in the book; call it about once a
 * second. */
void alert_book_tick(struct alert_book *book, int64_t now_ms);

struct alert_message {
    const char *key;
    enum alert_incident incident; /* ALERT_NONE: an alert of its own */
    enum alert_status status;
    bool repeated;              /* the receiver has got the same before */
    int64_t since_ms;           /* UTC, start of the incident; 0: the event has no 'since' */
    const struct event *about;  /* the event that began it or changed it last: the subject */
    const struct event *latest; /* what to report; of an end the event that ended it */
};

/* Takes up to 'most' messages that are due: those that come first before all others and repetitions
 * last, and of each in turns of the hosts. What they point to is valid until the next call of any
 * function of this module. Returns their number; until alert_book_done there are no more. */
size_t alert_book_take(struct alert_book *book, struct alert_message *ret, size_t most,
                       int64_t now_ms);

/* Reports whether the receiver has the messages that were taken last. What it does not have is due
 * again. */
void alert_book_done(struct alert_book *book, bool delivered, int64_t now_ms);

/* Returns the number of messages that found no room, or waited for longer than keep_ms. */
uint64_t alert_book_lost(const struct alert_book *book);

/* Returns the number of incidents and waiting messages. */
size_t alert_book_count(const struct alert_book *book);

#endif
