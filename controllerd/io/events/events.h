/* SPDX-License-Identifier: Apache-2.0 */
/* events - logs events, stores them in the database and passes them to the alerts.
 *
 * Events may be emitted at any rate, on the loop's thread, without waiting: a bounded queue is
 * written in batches. Each host and each VM has a budget (event_budget.h). While the disk is full,
 * events wait in the queue; when it overflows, the host with most of them loses its least important
 * one (event_queue.h). What is lost is reported by an event, at once and then every ten minutes. */
#ifndef DAQS_CONTROLLERD_IO_EVENTS_EVENTS_H
#define DAQS_CONTROLLERD_IO_EVENTS_EVENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "controllerd/core/diagnosis/event.h"

struct alerts;
struct maintenance;
struct store;
struct store_events_keep;
struct events; /* opaque */

/* At most this many events wait for the disk. */
#define EVENTS_WAITING_MAX 4096

struct events_setup {
    struct store *store;
    struct alerts *alerts;                 /* NULL: none are sent */
    const struct maintenance *maintenance; /* whose alerts are muted; NULL: none */
    int64_t last_id;                       /* number of the newest event in the database */
    const struct store_events_keep *keep;  /* may change; NULL: events are not deleted */
    uint32_t per_second;                   /* ordinary events, 1 and up; more are lost */
};

/* All of them must outlive the events. Returns NULL if out of memory. */
struct events *events_new(const struct events_setup *setup);
/* Must be called after the store is closed. NULL is fine. */
void events_free(struct events *events);

/* Emits an event; 'host' and 'vm' are "" if it does not concern one. since_ms: UTC, start of what
 * this event ends; 0: it ends nothing. With NULL it is only logged. Returns false if there are too
 * many, and it is counted as lost. */
__attribute__((format(printf, 6, 7))) bool events_emit(struct events *events, enum event_kind kind,
                                                       const char *host, const char *vm,
                                                       int64_t since_ms, const char *format, ...);

/* Returns whether such an event would be accepted now. */
bool events_have_room(struct events *events, enum event_kind kind, const char *host,
                      const char *vm);

/* Emits an event about an uplink of a host, and of a VM on it unless 'vm' is "". */
__attribute__((format(printf, 7, 8))) void
events_emit_uplink(struct events *events, enum event_kind kind, const char *host, const char *vm,
                   const char *uplink, int64_t since_ms, const char *format, ...);

/* Passes waiting events to the store, and has it delete those that are too old or too many; called
 * several times a second. */
void events_tick(struct events *events, int64_t now_ms);

/* Passes all waiting events to the store, before it is closed. NULL is fine. */
void events_flush(struct events *events);

struct events_state {
    size_t waiting; /* for the disk */
    uint64_t lost;  /* since the controller started */
    bool failing;   /* the last write failed */
};
struct events_state events_state(const struct events *events);

#endif
