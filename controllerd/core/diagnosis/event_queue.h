/* SPDX-License-Identifier: Apache-2.0 */
/* event_queue - events that wait to be stored. When the queue is full, the host with most events in
 * it gives up its least important one, the oldest of them. */
#ifndef DAQS_CONTROLLERD_CORE_DIAGNOSIS_EVENT_QUEUE_H
#define DAQS_CONTROLLERD_CORE_DIAGNOSIS_EVENT_QUEUE_H

#include <stddef.h>

#include "controllerd/core/diagnosis/event.h"

struct event_queue; /* opaque; owns its events */

/* Returns NULL if out of memory. */
struct event_queue *event_queue_new(size_t most);
/* NULL is fine. */
void event_queue_free(struct event_queue *queue);

size_t event_queue_count(const struct event_queue *queue);

/* Appends an event, and returns the one that had to go for it, which the caller frees; NULL if
 * there was room. */
struct event *event_queue_put(struct event_queue *queue, struct event *event);

/* The same, for an event that is older than those in the queue. */
struct event *event_queue_put_back(struct event_queue *queue, struct event *event);

/* Removes the oldest event, which the caller frees; NULL if there is none. */
struct event *event_queue_take(struct event_queue *queue);

#endif
