/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/core/diagnosis/event_queue.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>
#include <utlist.h>

#include "controllerd/core/diagnosis/event_budget.h"

struct waiting_host {
    size_t total;
    size_t of_class[EVENT_CLASSES];
    UT_hash_handle hh;
    char name[];
};

struct event_queue {
    size_t most;
    size_t count;
    struct event *events; /* oldest first */
    struct waiting_host *hosts;
};

struct event_queue *event_queue_new(size_t most)
{
    struct event_queue *queue = calloc(1, sizeof *queue);
    if (queue)
        queue->most = most;
    return queue;
}

void event_queue_free(struct event_queue *queue)
{
    if (!queue)
        return;
    for (struct event *event; (event = event_queue_take(queue));)
        free(event);
    free(queue);
}

size_t event_queue_count(const struct event_queue *queue)
{
    return queue->count;
}

static struct waiting_host *find(const struct event_queue *queue, const char *name)
{
    struct waiting_host *host = NULL;
    HASH_FIND_STR(queue->hosts, name, host);
    return host;
}

/* If out of memory, the event is not counted for its host. */
static void count_in(struct event_queue *queue, const struct event *event)
{
    struct waiting_host *host = find(queue, event->host);
    queue->count++;
    if (!host) {
        size_t bytes = strlen(event->host) + 1;
        host = calloc(1, sizeof *host + bytes);
        if (!host)
            return;
        memcpy(host->name, event->host, bytes);
        HASH_ADD_STR(queue->hosts, name, host);
    }
    host->total++;
    host->of_class[event_class_of(event->kind)]++;
}

static void count_out(struct event_queue *queue, const struct event *event)
{
    struct waiting_host *host = find(queue, event->host);
    enum event_class class = event_class_of(event->kind);
    queue->count--;
    if (!host || host->of_class[class] == 0)
        return;
    host->of_class[class]--;
    if (--host->total > 0)
        return;
    HASH_DEL(queue->hosts, host);
    free(host);
}

static enum event_class least_of(const struct waiting_host *host)
{
    enum event_class class = EVENT_ORDINARY;
    while (class + 1 < EVENT_CLASSES && host->of_class[class] == 0)
        class ++;
    return class;
}

/* Of hosts with as many events, the one with the least important event. */
static const struct waiting_host *busiest(const struct event_queue *queue)
{
    const struct waiting_host *most = queue->hosts;
    for (const struct waiting_host *host = queue->hosts; host; host = host->hh.next)
        if (host->total > most->total ||
            (host->total == most->total && least_of(host) < least_of(most)))
            most = host;
    return most;
}

/* Removes an event if there are too many. */
static struct event *give_up(struct event_queue *queue)
{
    if (queue->count <= queue->most)
        return NULL;
    const struct waiting_host *host = busiest(queue);
    struct event *event = queue->events;
    while (host && event->next &&
           (event_class_of(event->kind) != least_of(host) || strcmp(event->host, host->name) != 0))
        event = event->next;
    DL_DELETE(queue->events, event);
    count_out(queue, event);
    return event;
}

struct event *event_queue_put(struct event_queue *queue, struct event *event)
{
    DL_APPEND(queue->events, event);
    count_in(queue, event);
    return give_up(queue);
}

struct event *event_queue_put_back(struct event_queue *queue, struct event *event)
{
    DL_PREPEND(queue->events, event);
    count_in(queue, event);
    return give_up(queue);
}

struct event *event_queue_take(struct event_queue *queue)
{
    struct event *event = queue->events;
    if (!event)
        return NULL;
    DL_DELETE(queue->events, event);
    count_out(queue, event);
    return event;
}
