/* events - what happened is logged, kept in the database and told to the operator's program.
 *
 * Said at any rate, on the loop's thread, and never waited for: a bounded queue is written in
 * batches. While the disk is full events wait there; the oldest give way. */
#ifndef DAQS_CONTROLLERD_IO_EVENTS_H
#define DAQS_CONTROLLERD_IO_EVENTS_H

#include <stddef.h>
#include <stdint.h>

#include "controllerd/core/diagnosis/event.h"

struct controller;
struct store;
struct events; /* opaque */

/* At most so many wait for the disk, and as many as [limits] says are taken in a second; one event
 * says how many were lost. */
#define EVENTS_WAITING_MAX 4096

/* NULL if out of memory. last_id: of the newest in the database. */
struct events *events_new(int64_t last_id);
/* After the store is closed. NULL is fine. */
void events_free(struct events *events);

/* 'host' and 'vm' are "" if it is not about one. since_ms: UTC, when what ends now began; 0:
 * nothing ends. Without c->events it is only logged. */
__attribute__((format(printf, 6, 7))) void events_emit(struct controller *c, enum event_kind kind,
                                                       const char *host, const char *vm,
                                                       int64_t since_ms, const char *format, ...);

/* The same about an uplink of a host. */
__attribute__((format(printf, 6, 7))) void
events_emit_uplink(struct controller *c, enum event_kind kind, const char *host, const char *uplink,
                   int64_t since_ms, const char *format, ...);

/* Hands what waits to the store; several times a second. */
void events_tick(struct controller *c, int64_t now_ms);

/* The same with all that waits: before the store is closed. */
void events_flush(struct controller *c);

struct events_state {
    size_t waiting; /* for the disk */
    uint64_t lost;  /* since the start */
    bool failing;   /* to be written */
};
struct events_state events_state(const struct events *events);

#endif
