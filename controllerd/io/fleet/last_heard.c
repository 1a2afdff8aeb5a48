/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/io/fleet/last_heard.h"

#include <stdlib.h>
#include <string.h>

#include "controllerd/io/store/history.h"

enum { WRITE_MS = 60000 };

struct last_heard {
    struct store *store;
    const struct fleet *fleet;
    int64_t next_ms;   /* monotonic, next write; 0: none was due yet */
    int64_t stored_ms; /* monotonic; hosts that were heard since then are due */
    int64_t asked_ms;  /* likewise, once the write under way has succeeded */
    bool under_way;
};

struct last_heard *last_heard_new(struct store *store, const struct fleet *fleet)
{
    struct last_heard *l = calloc(1, sizeof *l);
    if (l)
        *l = (struct last_heard){.store = store, .fleet = fleet};
    return l;
}

void last_heard_free(struct last_heard *l)
{
    free(l);
}

/* After a failure, which history reports as well, the same hosts are due again. */
static void written(struct store_job *base)
{
    struct last_heard *l = base->context;
    l->under_way = false;
    if (base->result == DAQS_OK)
        l->stored_ms = l->asked_ms;
    store_heard_free((struct store_heard *)base);
}

static size_t count_due(const struct last_heard *l)
{
    size_t due = 0;
    for (size_t i = 0; i < fleet_count(l->fleet); i++)
        due += fleet_at(l->fleet, i)->heard_ms >= l->stored_ms;
    return due;
}

static void write_due(struct last_heard *l, int64_t now_ms, int64_t wall_ms)
{
    const size_t due = count_due(l);
    struct store_heard *job = due > 0 ? store_heard_new(due) : NULL;
    bool complete = job;
    size_t filled = 0;
    for (size_t i = 0; complete && i < fleet_count(l->fleet); i++) {
        const struct fleet_host *host = fleet_at(l->fleet, i);
        if (host->heard_ms < l->stored_ms)
            continue;
        job->host[filled].name = strdup(host->name);
        job->host[filled].at_ms = wall_ms - (now_ms - host->heard_ms);
        complete = job->host[filled++].name;
    }
    if (!complete) {
        store_heard_free(job);
        return;
    }
    job->base.done = written;
    job->base.context = l;
    l->under_way = store_write_heard(l->store, job) == DAQS_OK;
    if (l->under_way)
        l->asked_ms = now_ms;
    else
        store_heard_free(job);
}

void last_heard_tick(struct last_heard *l, int64_t now_ms, int64_t wall_ms)
{
    if (l->next_ms == 0)
        l->next_ms = now_ms + WRITE_MS;
    if (l->under_way || now_ms < l->next_ms)
        return;
    l->next_ms = now_ms + WRITE_MS;
    write_due(l, now_ms, wall_ms);
}

void last_heard_stop(struct last_heard *l, int64_t now_ms, int64_t wall_ms)
{
    if (l)
        write_due(l, now_ms, wall_ms);
}
