/* SPDX-License-Identifier: Apache-2.0 */
#include "agentd/guests/guest_queue.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "shared/base/model.h"

enum { EVENTS_MAX = 2 * DAQS_MAX_VMS };

struct queued {
    struct queued *next;
    struct guest_event *event;
};

struct guest_queue {
    int event_fd;
    pthread_mutex_t lock; /* protects the following fields */
    struct queued *head;
    struct queued **tail;
    size_t count;
};

struct guest_queue *guest_queue_new(void)
{
    struct guest_queue *queue = calloc(1, sizeof *queue);
    int fd = queue ? eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC) : -1;
    if (fd < 0) {
        free(queue);
        return NULL;
    }
    queue->event_fd = fd;
    queue->tail = &queue->head;
    pthread_mutex_init(&queue->lock, NULL);
    return queue;
}

/* Removes the first event from the list; NULL if there is none. */
static struct guest_event *unlink_first(struct guest_queue *queue)
{
    struct queued *first = queue->head;
    if (!first)
        return NULL;
    struct guest_event *event = first->event;
    queue->head = first->next;
    queue->count--;
    free(first);
    return event;
}

void guest_queue_free(struct guest_queue *queue)
{
    if (!queue)
        return;
    while (queue->head)
        free(unlink_first(queue));
    close(queue->event_fd);
    pthread_mutex_destroy(&queue->lock);
    free(queue);
}

bool guest_queue_put(struct guest_queue *queue, struct guest_event *event)
{
    struct queued *last = calloc(1, sizeof *last);
    if (!last)
        return false;
    last->event = event;
    pthread_mutex_lock(&queue->lock);
    bool fits = queue->count < EVENTS_MAX;
    if (fits) {
        *queue->tail = last;
        queue->tail = &last->next;
        queue->count++;
    }
    pthread_mutex_unlock(&queue->lock);
    if (!fits)
        free(last);
    return fits;
}

void guest_queue_ring(struct guest_queue *queue)
{
    const uint64_t one = 1;
    ssize_t ignored = write(queue->event_fd, &one, sizeof one);
    (void)ignored; /* a counter: cannot fail */
}

int guest_queue_fd(const struct guest_queue *queue)
{
    return queue->event_fd;
}

bool guest_queue_take(struct guest_queue *queue, struct guest_event *ret)
{
    pthread_mutex_lock(&queue->lock);
    struct guest_event *event = unlink_first(queue);
    if (!queue->head) {
        uint64_t counter;
        queue->tail = &queue->head;
        ssize_t ignored = read(queue->event_fd, &counter, sizeof counter);
        (void)ignored; /* fails if guest_queue_ring was not called */
    }
    pthread_mutex_unlock(&queue->lock);
    if (event)
        *ret = *event;
    free(event);
    return event != NULL;
}
