/* SPDX-License-Identifier: Apache-2.0 */
/* guest_queue - passes the events of a source's thread to the agent's loop. */
#ifndef DAQS_AGENTD_GUESTS_GUEST_QUEUE_H
#define DAQS_AGENTD_GUESTS_GUEST_QUEUE_H

#include <stdbool.h>

#include "agentd/guests/guest_source.h"

struct guest_queue;

/* Returns NULL if out of memory or descriptors, with errno set. */
struct guest_queue *guest_queue_new(void);
/* Frees the queue, which must not be in use any longer. 'queue' may be NULL. */
void guest_queue_free(struct guest_queue *queue);

/* --- the thread's side --- */

/* Appends an event that was malloc'd; the queue takes ownership. Returns false if out of memory or
 * if the queue is full; the caller keeps the event then. */
bool guest_queue_put(struct guest_queue *queue, struct guest_event *event);
/* Makes the descriptor readable; to be called after events were put. */
void guest_queue_ring(struct guest_queue *queue);

/* --- the loop's side --- */

/* Returns a descriptor that is readable once there are events. */
int guest_queue_fd(const struct guest_queue *queue);
/* Moves the first event to *ret; returns false if there is none. When the queue is empty, the
 * descriptor is not readable until the next ring. */
bool guest_queue_take(struct guest_queue *queue, struct guest_event *ret);

#endif
