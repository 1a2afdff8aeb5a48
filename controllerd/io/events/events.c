/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/io/events/events.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "controllerd/core/fleet/maintenance.h"
#include "controllerd/io/events/alerts.h"
#include "controllerd/io/store/store.h"
#include "shared/base/clock.h"
#include "shared/base/log.h"
#include "shared/base/rate_limit.h"

enum { BATCH = 512, RETRY_MS = 1000, SECOND_MS = 1000, SECOND_US = 1000000 };

/* When old events are searched for while none are stored, and while there are more of them. */
enum { DELETE_MS = 60000, DELETE_MORE_MS = 200 };

struct events {
    struct events_setup given;
    struct event *waiting; /* oldest first */
    size_t count;
    unsigned under_way; /* jobs passed to the store */
    size_t handed_over; /* events in them */
    int64_t last_id;
    int64_t retry_ms;  /* monotonic, earliest retry */
    int64_t delete_ms; /* monotonic, when old events are searched for again */
    bool failing;
    bool delete_failing;
    struct rate_limit limit;
    int64_t told_ms; /* monotonic, when lost events were last reported */
    uint64_t untold;
    uint64_t lost;
};

struct events *events_new(const struct events_setup *setup)
{
    struct events *events = calloc(1, sizeof *events);
    if (!events)
        return NULL;
    events->given = *setup;
    events->last_id = setup->last_id;
    return events;
}

static void free_list(struct event *list)
{
    struct event *event = NULL;
    struct event *next = NULL;
    DL_FOREACH_SAFE(list, event, next)
    {
        free(event);
    }
}

void events_free(struct events *events)
{
    if (!events)
        return;
    free_list(events->waiting);
    free(events);
}

struct events_state events_state(const struct events *events)
{
    return (struct events_state){.waiting = events->count + events->handed_over,
                                 .lost = events->lost,
                                 .failing = events->failing};
}

/* --- emitting --- */

static void lose(struct events *events, uint64_t count)
{
    events->lost += count;
    events->untold += count;
}

static void drop_oldest(struct events *events)
{
    while (events->count > EVENTS_WAITING_MAX) {
        struct event *oldest = events->waiting;
        DL_DELETE(events->waiting, oldest);
        free(oldest);
        events->count--;
        lose(events, 1);
    }
}

/* Allows bursts of a second's worth of events. */
static bool allowed(struct events *events, int64_t now_ms)
{
    return rate_limit_take(&events->limit, SECOND_US / events->given.per_second, SECOND_US,
                           now_ms * 1000);
}

static void log_it(const struct event *event)
{
    daqs_log(event_kind_level(event->kind) == EVENT_WARNING ? DAQS_LOG_WARNING : DAQS_LOG_INFO,
             "%s%s%s%s%s: %s", event_kind_name(event->kind), *event->host ? " " : "", event->host,
             *event->vm ? "/" : "", event->vm, event->text);
}

static bool is_muted(const struct events *events, const struct event *event)
{
    return events->given.maintenance && maintenance_find(events->given.maintenance, event->host);
}

static void take(struct events *events, struct event *event, int64_t since_ms)
{
    event->id = ++events->last_id;
    event->at_ms = daqs_wall_ms(daqs_clock_system());
    event->since_ms = since_ms;
    DL_APPEND(events->waiting, event);
    events->count++;
    if (!is_muted(events, event))
        alerts_add(events->given.alerts, event);
    drop_oldest(events);
}

/* The subject of an event, and the start of what it ends. */
struct about {
    const char *host;
    const char *vm;
    const char *uplink;
    int64_t since_ms;
};

__attribute__((format(printf, 4, 0))) static bool emit(struct events *events, enum event_kind kind,
                                                       const struct about *about,
                                                       const char *format, va_list args)
{
    char text[EVENT_TEXT_BYTES];
    if (events && kind != EVENT_EVENTS_LOST &&
        !allowed(events, daqs_mono_ms(daqs_clock_system()))) {
        lose(events, 1);
        return false;
    }
    (void)vsnprintf(text, sizeof text, format, args);
    struct event *event = event_new(kind, about->host, about->vm, about->uplink, text);
    if (event)
        log_it(event);
    if (event && events)
        take(events, event, about->since_ms);
    else
        free(event);
    return true;
}

bool events_emit(struct events *events, enum event_kind kind, const char *host, const char *vm,
                 int64_t since_ms, const char *format, ...)
{
    const struct about about = {host, vm, "", since_ms};
    va_list args;
    va_start(args, format);
    bool accepted = emit(events, kind, &about, format, args);
    va_end(args);
    return accepted;
}

void events_emit_uplink(struct events *events, enum event_kind kind, const char *host,
                        const char *uplink, int64_t since_ms, const char *format, ...)
{
    const struct about about = {host, "", uplink, since_ms};
    va_list args;
    va_start(args, format);
    (void)emit(events, kind, &about, format, args);
    va_end(args);
}

static void emit_lost(struct events *events, int64_t now_ms)
{
    uint64_t count = events->untold;
    if (count == 0 || events->count > EVENTS_WAITING_MAX / 2 ||
        now_ms - events->told_ms < SECOND_MS)
        return;
    events->told_ms = now_ms;
    events->untold = 0;
    events_emit(events, EVENT_EVENTS_LOST, "", "", 0,
                "events that were not stored because there were too many at once: %" PRIu64, count);
}

/* --- storing --- */

static void note_result(struct events *events, const struct store_job *job)
{
    bool failed = job->result != DAQS_OK;
    if (failed && !events->failing)
        daqs_log(DAQS_LOG_ERROR, "events wait until this is fixed: %s", job->error.text);
    if (!failed && events->failing)
        daqs_log(DAQS_LOG_INFO, "events are stored again");
    events->failing = failed;
}

static void note_deleting(struct events *events, const struct store_events *job)
{
    bool failed = job->delete_result != DAQS_OK;
    if (failed && !events->delete_failing)
        daqs_log(DAQS_LOG_ERROR, "old events are not deleted: %s", job->delete_error.text);
    events->delete_failing = failed;
    events->delete_ms = daqs_mono_ms(daqs_clock_system()) +
                        (job->deleted_some && !failed ? DELETE_MORE_MS : DELETE_MS);
}

static void put_back(struct events *events, struct store_events *job)
{
    struct event *batch = job->first;
    DL_CONCAT(batch, events->waiting);
    events->waiting = batch;
    events->count += job->count;
    job->first = NULL;
    drop_oldest(events);
}

static void written(struct store_job *base)
{
    struct store_events *job = (struct store_events *)base;
    struct events *events = base->context;
    events->under_way--;
    events->handed_over -= job->count;
    if (job->count > 0)
        note_result(events, base);
    note_deleting(events, job);
    if (base->result != DAQS_OK) {
        events->retry_ms = daqs_mono_ms(daqs_clock_system()) + RETRY_MS;
        put_back(events, job);
    }
    free_list(job->first);
    free(job);
}

/* Writes at most a batch, perhaps nothing, and deletes old events. Returns false if that is not
 * possible now. */
static bool write_batch(struct events *events)
{
    struct store_events *job = calloc(1, sizeof *job);
    if (!job)
        return false;
    while (events->waiting && job->count < BATCH) {
        struct event *event = events->waiting;
        DL_DELETE(events->waiting, event);
        DL_APPEND(job->first, event);
        job->count++;
    }
    events->count -= job->count;
    job->now_ms = daqs_wall_ms(daqs_clock_system());
    if (events->given.keep) {
        job->keep = *events->given.keep;
        job->may_delete = true;
    }
    job->base.done = written;
    job->base.context = events;
    if (store_write_events(events->given.store, job) == DAQS_OK) {
        events->under_way++;
        events->handed_over += job->count;
        return true;
    }
    put_back(events, job);
    free(job);
    return false;
}

void events_tick(struct events *events, int64_t now_ms)
{
    emit_lost(events, now_ms);
    if (events->under_way == 0 && now_ms >= events->retry_ms &&
        (events->count > 0 || now_ms >= events->delete_ms))
        (void)write_batch(events);
}

void events_flush(struct events *events)
{
    while (events && events->count > 0 && write_batch(events))
        ;
}
