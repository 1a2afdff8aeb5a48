/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/core/diagnosis/alert_book.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>
#include <utlist.h>

#include "controllerd/core/diagnosis/alert_queue.h"

/* An incident, or an alert of its own. */
struct entry {
    struct alert_waiting waiting; /* first member */
    UT_hash_handle hh;
    struct host *host;
    enum alert_incident incident;
    struct event *about; /* the last one that began or changed it */
    struct event *end;   /* what ended it, unless it is active; NULL if out of memory */
    int64_t since_ms;    /* UTC */
    int64_t began_ms;    /* the first start that is not over for the hold time */
    int64_t changed_ms;  /* the last start or end */
    int64_t sent_ms;     /* monotonic, if it was sent */
    bool active;
    bool sent;               /* the receiver has the start and not the end */
    bool unsent;             /* the receiver does not have the last change */
    bool taken;              /* in the batch under way */
    bool taken_unsent;       /* 'unsent' when it was taken */
    enum alert_status state; /* as it was taken */
    struct entry *batch;     /* next of the batch */
    char key[];
};

/* A host with entries. "" are the controller's own. */
struct host {
    UT_hash_handle hh;
    struct alert_turns turns;
    size_t count;
    bool down;
    bool muted;
    int64_t up_ms; /* since when it is up; before the hold time if it always was */
    char name[DAQS_NAME_MAX + 1];
};

struct alert_book {
    struct alert_book_setup given;
    struct entry *entries;
    struct host *hosts;
    struct alert_queue queue;
    struct entry *batch;
    uint64_t lost;
};

struct alert_book *alert_book_new(const struct alert_book_setup *setup)
{
    struct alert_book *book = calloc(1, sizeof *book);
    if (book)
        book->given = *setup;
    return book;
}

uint64_t alert_book_lost(const struct alert_book *book)
{
    return book->lost;
}

size_t alert_book_count(const struct alert_book *book)
{
    return HASH_COUNT(book->entries);
}

/* --- what is due --- */

/* Of a host that is down, nothing else is sent. */
static bool is_hidden(const struct entry *entry)
{
    return entry->host->down && entry->incident != ALERT_HOST_DOWN;
}

/* Returns how long something has lasted, as far as the host has been up since. */
static int64_t age(const struct entry *entry, int64_t since_ms, int64_t now_ms)
{
    return now_ms - (since_ms > entry->host->up_ms ? since_ms : entry->host->up_ms);
}

static bool is_unsent(const struct alert_book *book, const struct entry *entry, int64_t now_ms)
{
    if (entry->incident == ALERT_NONE)
        return true;
    if (is_hidden(entry) || (entry->active && entry->host->muted))
        return false;
    if (entry->active)
        return entry->sent ? entry->unsent
                           : age(entry, entry->began_ms, now_ms) >= book->given.hold_ms;
    return entry->sent && age(entry, entry->changed_ms, now_ms) >= book->given.hold_ms;
}

/* Returns the class of the message that is due; ALERT_CLASSES: none is. */
static enum alert_class find_class(const struct alert_book *book, const struct entry *entry,
                                   int64_t now_ms)
{
    if (entry->taken)
        return ALERT_CLASSES;
    if (is_unsent(book, entry, now_ms))
        return alert_comes_first(entry->incident, entry->host->name) ? ALERT_FIRST : ALERT_OTHERS;
    return entry->sent && book->given.repeat_ms > 0 &&
                   now_ms - entry->sent_ms >= book->given.repeat_ms
               ? ALERT_REPEATS
               : ALERT_CLASSES;
}

static void review(struct alert_book *book, struct entry *entry, int64_t now_ms)
{
    alert_queue_move(&book->queue, &entry->host->turns, &entry->waiting,
                     find_class(book, entry, now_ms));
}

/* --- entries --- */

/* Keeps the old event if out of memory. */
static void replace(struct event **ret, const struct event *event)
{
    struct event *copy = event_copy(event);
    if (!copy)
        return;
    free(*ret);
    *ret = copy;
}

static void drop_empty(struct alert_book *book, struct host *host)
{
    if (host->count > 0)
        return;
    HASH_DEL(book->hosts, host);
    free(host);
}

static void drop(struct alert_book *book, struct entry *entry)
{
    struct host *host = entry->host;
    alert_queue_move(&book->queue, &host->turns, &entry->waiting, ALERT_CLASSES);
    HASH_DEL(book->entries, entry);
    free(entry->about);
    free(entry->end);
    free(entry);
    host->count--;
    drop_empty(book, host);
}

void alert_book_free(struct alert_book *book)
{
    if (!book)
        return;
    while (book->entries)
        drop(book, book->entries);
    free(book);
}

static struct host *find_host(const struct alert_book *book, const char *name)
{
    struct host *host = NULL;
    HASH_FIND_STR(book->hosts, name, host);
    return host;
}

static struct host *need_host(struct alert_book *book, const char *name, int64_t now_ms)
{
    struct host *host = find_host(book, name);
    if (host)
        return host;
    host = calloc(1, sizeof *host);
    if (!host)
        return NULL;
    host->up_ms = now_ms - book->given.hold_ms;
    strncat(host->name, name, DAQS_NAME_MAX);
    HASH_ADD_STR(book->hosts, name, host);
    return host;
}

static bool has_room(const struct alert_book *book, const struct host *host,
                     enum alert_incident incident)
{
    size_t share = alert_comes_first(incident, host->name) ? 4 : 3;
    return HASH_COUNT(book->entries) < ALERT_BOOK_MOST / 4 * share &&
           host->count < ALERT_BOOK_HOST_MOST / 4 * share;
}

/* Returns NULL, and counts the loss, if there is no room. */
static struct entry *add_entry(struct alert_book *book, enum alert_incident incident,
                               const struct event *event, const char *key, int64_t now_ms)
{
    struct host *host = need_host(book, event->host, now_ms);
    size_t length = strlen(key);
    struct entry *entry = NULL;
    if (host && has_room(book, host, incident) && (entry = calloc(1, sizeof *entry + length + 1)) &&
        (entry->about = event_copy(event))) {
        entry->host = host;
        entry->incident = incident;
        entry->waiting.queued = ALERT_CLASSES;
        memcpy(entry->key, key, length + 1);
        HASH_ADD_STR(book->entries, key, entry);
        host->count++;
        return entry;
    }
    free(entry);
    if (host)
        drop_empty(book, host);
    book->lost++;
    return NULL;
}

static struct entry *find(const struct alert_book *book, const char *key)
{
    struct entry *entry = NULL;
    HASH_FIND_STR(book->entries, key, entry);
    return entry;
}

/* --- events --- */

static void moment(struct alert_book *book, const struct event *event, int64_t now_ms)
{
    char key[ALERT_KEY_BYTES];
    if (event_kind_level(event->kind) < book->given.level)
        return;
    (void)alert_key(ALERT_NONE, event, key);
    struct entry *entry = find(book, key);
    if (entry)
        replace(&entry->about, event);
    else
        entry = add_entry(book, ALERT_NONE, event, key, now_ms);
    if (!entry)
        return;
    entry->since_ms = event->since_ms;
    entry->changed_ms = now_ms;
    entry->unsent = true;
    review(book, entry, now_ms);
}

static void begin(struct entry *entry, const struct event *event, int64_t now_ms)
{
    entry->began_ms = now_ms;
    entry->since_ms = event->since_ms ? event->since_ms : event->at_ms;
}

/* A change of an incident whose start is not known begins it. */
static void start(struct alert_book *book, enum alert_incident incident, const struct event *event,
                  bool change, int64_t now_ms)
{
    char key[ALERT_KEY_BYTES];
    if (event_kind_level(event->kind) < book->given.level)
        return;
    (void)alert_key(incident, event, key);
    struct entry *entry = find(book, key);
    if (!entry) {
        entry = add_entry(book, incident, event, key, now_ms);
        if (!entry)
            return;
        begin(entry, event, now_ms);
    } else {
        entry->unsent |= change || entry->about->kind != event->kind;
        replace(&entry->about, event);
        if (!entry->active && entry->taken && entry->state == ALERT_STATUS_RESOLVED)
            begin(entry, event, now_ms);
    }
    if (!entry->active)
        entry->changed_ms = now_ms;
    entry->active = true;
    if (incident == ALERT_HOST_DOWN)
        entry->host->down = true;
    review(book, entry, now_ms);
}

static void end_entry(struct alert_book *book, struct entry *entry, const struct event *event,
                      int64_t now_ms)
{
    if (event->since_ms && event->since_ms < entry->since_ms)
        entry->since_ms = event->since_ms;
    replace(&entry->end, event);
    if (entry->active)
        entry->changed_ms = now_ms;
    entry->active = false;
    review(book, entry, now_ms);
}

static void host_is_up(struct alert_book *book, const char *name, int64_t now_ms)
{
    struct host *host = find_host(book, name);
    if (!host || !host->down)
        return;
    host->down = false;
    host->up_ms = now_ms;
}

/* All incidents of a host that is forgotten, or that another member of the group serves, end. */
static void end_all(struct alert_book *book, const struct event *event, int64_t now_ms)
{
    struct entry *entry = NULL;
    struct entry *next = NULL;
    HASH_ITER(hh, book->entries, entry, next)
    {
        if (entry->incident != ALERT_NONE && strcmp(entry->host->name, event->host) == 0)
            end_entry(book, entry, event, now_ms);
    }
}

static void end(struct alert_book *book, enum alert_incident incident, const struct event *event,
                bool muted, int64_t now_ms)
{
    char key[ALERT_KEY_BYTES];
    (void)alert_key(incident, event, key);
    struct entry *entry = find(book, key);
    if (incident == ALERT_HOST_DOWN)
        host_is_up(book, event->host, now_ms);
    if (entry)
        end_entry(book, entry, event, now_ms);
    else if (!muted)
        moment(book, event, now_ms);
    if (event->kind == EVENT_HOST_FORGOTTEN || event->kind == EVENT_HOST_MOVED)
        end_all(book, event, now_ms);
}

/* What this makes due is found by the next tick. */
static void mute(struct alert_book *book, const char *name, bool muted)
{
    struct host *host = find_host(book, name);
    if (host)
        host->muted = muted;
}

void alert_book_add(struct alert_book *book, const struct event *event, bool muted, int64_t now_ms)
{
    enum alert_incident incident = ALERT_NONE;
    enum alert_role role = alert_role(event->kind, &incident);
    switch (role) {
    case ALERT_MOMENT:
        if (!muted)
            moment(book, event, now_ms);
        break;
    case ALERT_START:
    case ALERT_CHANGE:
        start(book, incident, event, role == ALERT_CHANGE, now_ms);
        break;
    case ALERT_END:
        end(book, incident, event, muted, now_ms);
        break;
    }
    /* Maintenance begins with this event, perhaps within the hold time of an incident. */
    mute(book, event->host, muted || event->kind == EVENT_MAINTENANCE_ON);
}

/* Returns true if an entry is no longer needed. */
static bool is_over(struct alert_book *book, const struct entry *entry, int64_t now_ms)
{
    int64_t age_ms = age(entry, entry->changed_ms, now_ms);
    if (entry->taken || entry->active)
        return false;
    if (entry->incident != ALERT_NONE && !entry->sent)
        return age_ms >= book->given.hold_ms;
    if (is_hidden(entry) || age_ms < book->given.hold_ms + book->given.keep_ms)
        return false;
    book->lost++;
    return true;
}

void alert_book_tick(struct alert_book *book, int64_t now_ms)
{
    struct entry *entry = NULL;
    struct entry *next = NULL;
    HASH_ITER(hh, book->entries, entry, next)
    {
        if (is_over(book, entry, now_ms))
            drop(book, entry);
        else
            review(book, entry, now_ms);
    }
}

/* --- messages --- */

static enum alert_status status_of(const struct alert_book *book, const struct entry *entry,
                                   int64_t now_ms)
{
    if (entry->incident == ALERT_NONE)
        return ALERT_STATUS_EVENT;
    return entry->active || !is_unsent(book, entry, now_ms) ? ALERT_STATUS_FIRING
                                                            : ALERT_STATUS_RESOLVED;
}

static struct alert_message take(struct alert_book *book, struct entry *entry, int64_t now_ms)
{
    enum alert_status status = status_of(book, entry, now_ms);
    bool over = status == ALERT_STATUS_RESOLVED && entry->end;
    const struct alert_message message = {
        .key = entry->key,
        .incident = entry->incident,
        .status = status,
        .repeated = entry->sent && status == ALERT_STATUS_FIRING && !entry->unsent,
        .since_ms = entry->since_ms,
        .about = entry->about,
        .latest = over ? entry->end : entry->about};
    entry->state = status;
    entry->taken = true;
    entry->taken_unsent = entry->unsent;
    entry->unsent = false;
    LL_PREPEND2(book->batch, entry, batch);
    return message;
}

size_t alert_book_take(struct alert_book *book, struct alert_message *ret, size_t most,
                       int64_t now_ms)
{
    size_t count = 0;
    if (book->batch)
        return 0;
    for (enum alert_class rank = ALERT_FIRST; rank < ALERT_CLASSES; rank++) {
        struct entry *entry = NULL;
        while (count < most && (entry = (struct entry *)alert_queue_next(&book->queue, rank)))
            if (find_class(book, entry, now_ms) != ALERT_CLASSES) /* its host may be down by now */
                ret[count++] = take(book, entry, now_ms);
    }
    return count;
}

/* Returns false if the entry is no longer needed. */
static bool note_delivered(struct entry *entry, int64_t now_ms)
{
    switch (entry->state) {
    case ALERT_STATUS_EVENT:
        return entry->unsent; /* the key has changed since */
    case ALERT_STATUS_RESOLVED:
        entry->sent = false;
        return entry->active;
    case ALERT_STATUS_FIRING:
        entry->sent = true;
        entry->sent_ms = now_ms;
        return true;
    }
    return true;
}

void alert_book_done(struct alert_book *book, bool delivered, int64_t now_ms)
{
    struct entry *entry = NULL;
    struct entry *next = NULL;
    LL_FOREACH_SAFE2(book->batch, entry, next, batch)
    {
        entry->taken = false;
        entry->batch = NULL;
        if (!delivered)
            entry->unsent |= entry->taken_unsent;
        if (delivered && !note_delivered(entry, now_ms))
            drop(book, entry);
        else
            review(book, entry, now_ms);
    }
    book->batch = NULL;
}
