/* guest_queue - what a source's thread has found of guests, on its way to the agent's loop. */
#ifndef DAQS_AGENTD_GUESTS_GUEST_QUEUE_H
#define DAQS_AGENTD_GUESTS_GUEST_QUEUE_H

#include <stdbool.h>

#include "agentd/guests/guest_source.h"

struct guest_queue;

/* NULL if out of memory or descriptors; errno says which. */
struct guest_queue *guest_queue_new(void);
/* Nobody may use it any more. NULL is nothing. */
void guest_queue_free(struct guest_queue *queue);

/* --- the thread's side --- */

/* Takes the event, which was malloc'd. False: the loop has too many to take already, and it stays
 * the caller's. */
bool guest_queue_put(struct guest_queue *queue, struct guest_event *event);
/* Makes the descriptor readable: to be called behind what was put. */
void guest_queue_ring(struct guest_queue *queue);

/* --- the loop's side --- */

/* Readable once there is something to take. */
int guest_queue_fd(const struct guest_queue *queue);
/* The event that was put first; false: there is none. Then the descriptor is not readable until the
 * next ring. */
bool guest_queue_take(struct guest_queue *queue, struct guest_event *ret);

#endif
