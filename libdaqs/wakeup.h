/* SPDX-License-Identifier: Apache-2.0 */
/* wakeup - one descriptor that is readable if a socket of libzmq may have news, or a time has come.
 *
 * libzmq reports news on a socket's descriptor once only. The owner reads all of it, and otherwise
 * sets the time to now. */
#ifndef DAQS_LIBDAQS_WAKEUP_H
#define DAQS_LIBDAQS_WAKEUP_H

#include <czmq.h>

#include "shared/base/error.h"

struct wakeup {
    int fd; /* epoll's; -1: none */
    int timer;
};

/* DAQS_ESYSTEM: no descriptors. Call wakeup_done in any case. */
int wakeup_init(struct wakeup *wakeup, struct daqs_error *err);
void wakeup_done(struct wakeup *wakeup);

/* Adds a socket, which must be removed before it is closed. */
int wakeup_add(struct wakeup *wakeup, zsock_t *socket, struct daqs_error *err);
void wakeup_remove(struct wakeup *wakeup, zsock_t *socket);

/* Sets the time (monotonic) at which the descriptor becomes readable; 0: never. A time that has
 * passed: now. It replaces the one before, and ends its effect. */
void wakeup_at(struct wakeup *wakeup, int64_t at_ms);

#endif
