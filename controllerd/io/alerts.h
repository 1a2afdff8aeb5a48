/* alerts - each event as one JSON object on the standard input of a program of the operator's.
 *
 * One run at a time, on a thread of its own, ten seconds at most; what comes faster than the
 * program takes it waits in a bounded queue or is counted. The loop never waits. */
#ifndef DAQS_CONTROLLERD_IO_ALERTS_H
#define DAQS_CONTROLLERD_IO_ALERTS_H

#include <stdint.h>

#include "controllerd/core/diagnosis/event.h"
#include "shared/base/error.h"

#define ALERTS_WAITING_MAX 256

struct alerts; /* opaque */

/* 'program': a path, copied. Events below 'level' are not told. NULL if out of memory. */
struct alerts *alerts_new(const char *program, enum event_level level, int64_t run_most_ms);

/* Ends a run under way, within two seconds; what waits is dropped. NULL is fine. */
void alerts_free(struct alerts *alerts);

/* Does not block. NULL is fine. */
void alerts_add(struct alerts *alerts, const struct event *event);

/* Readable while runs have ended; then call alerts_reap, which logs those that failed. */
int alerts_fd(const struct alerts *alerts);
void alerts_reap(struct alerts *alerts, int64_t now_ms);

struct alerts_state {
    uint64_t told;   /* the program ran and said it was well */
    uint64_t failed; /* it could not be started, ended badly or took too long */
    uint64_t lost;   /* too many waited */
};
struct alerts_state alerts_state(const struct alerts *alerts);

/* DAQS_EINVALID unless it is the whole path of a file that we may run. */
int alerts_check_program(const char *path, struct daqs_error *err);

#endif
