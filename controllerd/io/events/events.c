/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/io/events/events.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "controllerd/core/diagnosis/event_budget.h"
#include "controllerd/core/diagnosis/event_losses.h"
#include "controllerd/core/diagnosis/event_queue.h"
#include "controllerd/core/fleet/maintenance.h"
#include "controllerd/io/events/alerts.h"
#include "controllerd/io/store/history.h"
#include "shared/base/clock.h"
#include "shared/base/log.h"

enum { BATCH = 512, RETRY_MS = 1000 };

/* How often lost events are reported. */
enum { REPORT_LOST_MS = 600000 };

/* When old events are searched for while none are stored, and while there are more of them. */
enum { DELETE_MS = 60000, DELETE_MORE_MS = 200 };

struct events {
    struct events_setup given;
    struct event_queue *waiting;
    unsigned under_way; /* jobs passed to the store */
    size_t handed_over; /* events in them */
    int64_t last_id;
    int64_t retry_ms;  /* monotonic, earliest retry */
    int64_t delete_ms; /* monotonic, when old events are searched for again */
    bool failing;
    bool delete_failing;
    struct event_budget *budget;
    struct event_losses *unreported;
    int64_t report_ms; /* monotonic, when lost events may be reported again */
    uint64_t lost;
};

struct events *events_new(const struct events_setup *setup)
{
    struct events *events = calloc(1, sizeof *events);
    if (!events)
        return NULL;
    events->given = *setup;
    events->last_id = setup->last_id;
    events->waiting = event_queue_new(EVENTS_WAITING_MAX);
    events->budget = event_budget_new(setup->per_second);
    events->unreported = event_losses_new();
    if (events->waiting && events->budget && events->unreported)
        return events;
    events_free(events);
    return NULL;
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
    event_queue_free(events->waiting);
    event_budget_free(events->budget);
    event_losses_free(events->unreported);
    free(events);
}

struct events_state events_state(const struct events *events)
{
    return (struct events_state){.waiting =
                                     event_queue_count(events->waiting) + events->handed_over,
                                 .lost = events->lost,
                                 .failing = events->failing};
}

/* --- emitting --- */

static void lose(struct events *events, const char *host)
{
    events->lost++;
    event_losses_note(events->unreported, host);
}

/* The queue had no room for this one; NULL: it had. */
static void lose_event(struct events *events, struct event *event)
{
    if (event)
        lose(events, event->host);
    free(event);
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

/* The queue may give up this event at once. */
static void take(struct events *events, struct event *event, int64_t now_ms)
{
    event->id = ++events->last_id;
    alerts_add(events->given.alerts, event, is_muted(events, event), now_ms);
    lose_event(events, event_queue_put(events->waiting, event));
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
    int64_t now_ms = daqs_mono_ms(daqs_clock_system());
    bool stored =
        !events || event_budget_take(events->budget, kind, about->host, about->vm, now_ms);
    if (!stored)
        lose(events, about->host);
    if (!stored && !events->given.alerts)
        return false;
    (void)vsnprintf(text, sizeof text, format, args);
    struct event *event = event_new(kind, about->host, about->vm, about->uplink, text);
    if (!event)
        return stored;
    event->at_ms = daqs_wall_ms(daqs_clock_system());
    event->since_ms = about->since_ms;
    if (stored)
        log_it(event);
    if (stored && events) {
        take(events, event, now_ms);
        return true;
    }
    /* Alerts have bounds of their own, which are fair to hosts, and must not miss an end. */
    if (events)
        alerts_add(events->given.alerts, event, is_muted(events, event), now_ms);
    free(event);
    return stored;
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
                        const char *vm, const char *uplink, int64_t since_ms, const char *format,
                        ...)
{
    const struct about about = {host, vm, uplink, since_ms};
    va_list args;
    va_start(args, format);
    (void)emit(events, kind, &about, format, args);
    va_end(args);
}

bool events_have_room(struct events *events, enum event_kind kind, const char *host, const char *vm)
{
    return !events ||
           event_budget_has_room(events->budget, kind, host, vm, daqs_mono_ms(daqs_clock_system()));
}

static void emit_lost(struct events *events, int64_t now_ms)
{
    char host[DAQS_NAME_MAX + 1];
    char text[EVENT_TEXT_BYTES];
    if (!event_losses_report(events->unreported, host, text))
        return;
    events->report_ms = now_ms + REPORT_LOST_MS;
    (void)events_emit(events, EVENT_EVENTS_LOST, host, "", 0, "%s", text);
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
    while (job->first) {
        struct event *newest = job->first->prev;
        DL_DELETE(job->first, newest);
        lose_event(events, event_queue_put_back(events->waiting, newest));
    }
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
    for (struct event *event; job->count < BATCH && (event = event_queue_take(events->waiting));
         job->count++)
        DL_APPEND(job->first, event);
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
    if (now_ms >= events->report_ms && event_queue_count(events->waiting) <= EVENTS_WAITING_MAX / 2)
        emit_lost(events, now_ms);
    if (events->under_way == 0 && now_ms >= events->retry_ms &&
        (event_queue_count(events->waiting) > 0 || now_ms >= events->delete_ms))
        (void)write_batch(events);
}

void events_flush(struct events *events)
{
    if (!events)
        return;
    emit_lost(events, daqs_mono_ms(daqs_clock_system()));
    while (event_queue_count(events->waiting) > 0 && write_batch(events))
        ;
}
