/* SPDX-License-Identifier: Apache-2.0 */
/* alerts - passes each event as one JSON object to the standard input of the operator's program.
 *
 * The program runs once at a time, on a separate thread, for at most ten seconds. Events that
 * arrive faster wait in a bounded queue; those that do not fit are counted as lost. The loop never
 * waits. */
#ifndef DAQS_CONTROLLERD_IO_EVENTS_ALERTS_H
#define DAQS_CONTROLLERD_IO_EVENTS_ALERTS_H

#include <stdint.h>

#include "controllerd/core/diagnosis/event.h"
#include "shared/base/error.h"

#define ALERTS_WAITING_MAX 256

struct alerts; /* opaque */

/* 'program' is a path, which is copied. Events below 'level' are ignored. Returns NULL if out of
 * memory. */
struct alerts *alerts_new(const char *program, enum event_level level, int64_t run_most_ms);

/* Ends a run in progress, within two seconds, and drops waiting events. NULL is fine. */
void alerts_free(struct alerts *alerts);

/* Queues an event; does not block. NULL is fine. */
void alerts_add(struct alerts *alerts, const struct event *event);

/* The descriptor is readable while finished runs wait; alerts_reap then logs those that failed. */
int alerts_fd(const struct alerts *alerts);
void alerts_reap(struct alerts *alerts, int64_t now_ms);

struct alerts_state {
    uint64_t told;   /* the program exited successfully */
    uint64_t failed; /* it did not start, failed, or took too long */
    uint64_t lost;   /* the queue was full */
};
struct alerts_state alerts_state(const struct alerts *alerts);

/* Returns DAQS_EINVALID unless it is the absolute path of a file that the controller may
 * execute. */
int alerts_check_program(const char *path, struct daqs_error *err);

#endif
