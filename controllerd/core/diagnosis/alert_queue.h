/* SPDX-License-Identifier: Apache-2.0 */
/* alert_queue - messages that wait, by class, and in turns of the hosts that they are about. */
#ifndef DAQS_CONTROLLERD_CORE_DIAGNOSIS_ALERT_QUEUE_H
#define DAQS_CONTROLLERD_CORE_DIAGNOSIS_ALERT_QUEUE_H

/* Messages are taken in this order of classes. */
enum alert_class { ALERT_FIRST, ALERT_OTHERS, ALERT_REPEATS, ALERT_CLASSES };

/* What waits: embed as the first member. */
struct alert_waiting {
    enum alert_class queued; /* ALERT_CLASSES: it does not wait; set this before the first use */
    struct alert_waiting *prev;
    struct alert_waiting *next;
};

/* A host's messages of one class, in the order in which they came. */
struct alert_turn {
    struct alert_waiting *first;
    struct alert_turn *prev; /* in the ring of hosts with messages of the class */
    struct alert_turn *next;
};

/* All messages of a host. Zero-initialise. */
struct alert_turns {
    struct alert_turn turn[ALERT_CLASSES];
};

/* Zero-initialise. */
struct alert_queue {
    struct alert_turn *ring[ALERT_CLASSES];
};

/* Moves a host's message to a class; ALERT_CLASSES: it no longer waits. It keeps its place if it
 * waits in that class already. */
void alert_queue_move(struct alert_queue *queue, struct alert_turns *host,
                      struct alert_waiting *waiting, enum alert_class rank);

/* Removes the next message of a class and returns it; NULL if there is none. The next turn is that
 * of another host. */
struct alert_waiting *alert_queue_next(struct alert_queue *queue, enum alert_class rank);

#endif
