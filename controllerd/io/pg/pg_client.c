/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/io/pg/pg_client.h"

#include <poll.h>
#include <pthread.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "controllerd/core/pg/pg_txn.h"
#include "controllerd/io/pg/pg_connect.h"
#include "controllerd/io/pg/pg_run.h"
#include "shared/base/clock.h"
#include "shared/base/thread.h"

enum { RUN_TICK_MS = 50 };

struct job_list {
    struct pg_job *head;
    struct pg_job **tail;
    size_t count;
};

struct pg_client {
    struct pg_conninfo *info;
    pthread_t thread;
    bool started;
    int done_fd; /* readable while finished jobs wait */
    int stop_fd; /* readable once the client is to stop */
    atomic_int_least64_t answered_ms;

    /* Of the thread alone. */
    PGconn *pg;
    bool used; /* 'pg' has run a job */
    unsigned failures;

    /* With the lock. */
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct job_list waiting;
    struct job_list done;
    bool stopping;
    struct pg_status status;
    enum pg_class refusal; /* of status.error */
};

static int64_t now_ms(void)
{
    return daqs_mono_ms(daqs_clock_system());
}

/* --- lists, with the lock held --- */

static void list_init(struct job_list *list)
{
    *list = (struct job_list){.tail = &list->head};
}

static void list_push(struct job_list *list, struct pg_job *job)
{
    job->next = NULL;
    *list->tail = job;
    list->tail = &job->next;
    list->count++;
}

static void list_push_front(struct job_list *list, struct pg_job *job)
{
    job->next = list->head;
    list->head = job;
    if (!job->next)
        list->tail = &job->next;
    list->count++;
}

/* Removes the job that 'at' points to. */
static struct pg_job *list_remove(struct job_list *list, struct pg_job **at)
{
    struct pg_job *job = *at;
    *at = job->next;
    if (!*at)
        list->tail = at;
    list->count--;
    return job;
}

static void finish(struct pg_client *client, struct pg_job *job)
{
    const uint64_t one = 1;
    list_push(&client->done, job);
    ssize_t ignored = write(client->done_fd, &one, sizeof one); /* a counter: cannot fail */
    (void)ignored;
}

static int64_t limit_of(const struct pg_job *job)
{
    return job->submitted_ms + job->limit_ms;
}

/* Ends a job that was not begun. */
static void refuse(struct pg_client *client, struct pg_job *job)
{
    const struct pg_status *status = &client->status;
    if (client->stopping)
        pg_job_end(job, PG_NOT_DONE, PG_CLASS_STOPPED, PG_NO_STATEMENT, NULL, NULL);
    else if (status->error.code != DAQS_OK)
        pg_job_end(job, PG_NOT_DONE, client->refusal, PG_NO_STATEMENT, NULL, status->error.text);
    else
        pg_job_end(job, PG_NOT_DONE, PG_CLASS_SILENT, PG_NO_STATEMENT, NULL,
                   status->connected ? "other transactions took all the time"
                                     : "no connection yet");
    finish(client, job);
}

/* Refuses the waiting jobs whose limit has passed. */
static void refuse_until(struct pg_client *client, int64_t limit_ms)
{
    for (struct pg_job **at = &client->waiting.head; *at;)
        if (limit_of(*at) <= limit_ms)
            refuse(client, list_remove(&client->waiting, at));
        else
            at = &(*at)->next;
}

/* --- the thread --- */

/* With the lock held. */
static void disconnect(struct pg_client *client)
{
    PQfinish(client->pg);
    client->pg = NULL;
    client->status.connected = false;
}

/* Waits for the time (monotonic), or a signal. With the lock held. Returns true at a signal. */
static bool wait_until(struct pg_client *client, int64_t until_ms)
{
    const struct timespec until = {until_ms / 1000, until_ms % 1000 * DAQS_NS_PER_MS};
    return pthread_cond_timedwait(&client->wake, &client->lock, &until) == 0;
}

/* Waits until the pause is over, or the client stops. With the lock held. */
static void pause_for(struct pg_client *client, int64_t pause_ms)
{
    const int64_t until_ms = now_ms() + pause_ms;
    while (!client->stopping && wait_until(client, until_ms))
        ;
}

static bool is_lasting(enum pg_class class)
{
    return class == PG_CLASS_FORBIDDEN || class == PG_CLASS_SCHEMA;
}

static void note_connected(struct pg_client *client, size_t server)
{
    char name[PG_SERVER_BYTES];
    client->failures = 0;
    client->used = false;
    client->status.connected = true;
    client->status.connects++;
    client->status.error = (struct daqs_error){0};
    (void)snprintf(client->status.server, sizeof client->status.server, "%s",
                   pg_conninfo_server(client->info, server, name));
}

/* Tries to connect, with the lock held except meanwhile. */
static void connect_once(struct pg_client *client)
{
    struct pg_refusal refusal = {0};
    size_t server = 0;
    pthread_mutex_unlock(&client->lock);
    client->pg = pg_connect(client->info, PG_CONNECT_MS, client->stop_fd, &server, &refusal);
    if (client->pg)
        atomic_store(&client->answered_ms, now_ms());
    pthread_mutex_lock(&client->lock);
    if (client->pg) {
        note_connected(client, server);
        return;
    }
    client->refusal = refusal.class;
    (void)daqs_fail(&client->status.error, DAQS_EIO, "%s", refusal.text);
    if (is_lasting(refusal.class))
        refuse_until(client, INT64_MAX);
    pause_for(client, pg_pause_ms(client->failures++, PG_PAUSE_LEAST_MS, PG_PAUSE_MOST_MS,
                                  randombytes_random()));
}

/* A server that stops, or a pooler, closes idle connections. */
static bool has_ended(PGconn *pg)
{
    struct pollfd item = {PQsocket(pg), POLLIN, 0};
    return PQstatus(pg) != CONNECTION_OK ||
           (poll(&item, 1, 0) > 0 && (!PQconsumeInput(pg) || PQstatus(pg) != CONNECTION_OK));
}

/* Runs a job, with the lock held except meanwhile. */
static void run_one(struct pg_client *client, struct pg_job *job)
{
    bool was_used = client->used;
    pthread_mutex_unlock(&client->lock);
    bool usable = pg_run(client->pg, job, limit_of(job), client->stop_fd, &client->answered_ms);
    pthread_mutex_lock(&client->lock);
    client->used = true;
    if (!usable)
        disconnect(client);
    /* A connection that has not been used before was lost for another reason than idleness. */
    if (!usable && was_used && job->outcome == PG_NOT_DONE && job->class == PG_CLASS_UNAVAILABLE &&
        !client->stopping)
        list_push_front(&client->waiting, job);
    else
        finish(client, job);
}

/* Returns where the first job is whose pause is over; there is none at the end of the list, and
 * *ret_due_ms is then when the next pause is over. */
static struct pg_job **find_due(struct pg_client *client, int64_t now_ms, int64_t *ret_due_ms)
{
    struct pg_job **at = &client->waiting.head;
    *ret_due_ms = INT64_MAX;
    for (; *at; at = &(*at)->next) {
        const int64_t due_ms = (*at)->submitted_ms + (*at)->pause_ms;
        if (due_ms <= now_ms)
            break;
        if (due_ms < *ret_due_ms)
            *ret_due_ms = due_ms;
    }
    return at;
}

/* Makes one step for the first waiting job that is due, with the lock held. */
static void step(struct pg_client *client)
{
    int64_t due_ms = 0;
    refuse_until(client, now_ms());
    if (!client->waiting.head)
        return;
    struct pg_job **at = find_due(client, now_ms(), &due_ms);
    if (!*at) {
        (void)wait_until(client, due_ms);
        return;
    }
    if (client->status.asked_ms == 0)
        client->status.asked_ms = now_ms();
    if (client->pg && has_ended(client->pg))
        disconnect(client);
    if (client->pg)
        run_one(client, list_remove(&client->waiting, at));
    else
        connect_once(client);
    if (atomic_load(&client->answered_ms) >= client->status.asked_ms)
        client->status.asked_ms = 0;
}

static void *thread_main(void *arg)
{
    struct pg_client *client = arg;
    daqs_thread_describe("pg", 0);
    pthread_mutex_lock(&client->lock);
    while (!client->stopping)
        if (client->waiting.head)
            step(client);
        else
            pthread_cond_wait(&client->wake, &client->lock);
    disconnect(client);
    pthread_mutex_unlock(&client->lock);
    return NULL;
}

/* --- the loop's side --- */

static int start(struct pg_client *client, struct daqs_error *err)
{
    if (client->done_fd < 0 || client->stop_fd < 0)
        return daqs_fail(err, DAQS_ESYSTEM, "out of file descriptors");
    if (!daqs_thread_start(&client->thread, thread_main, client))
        return daqs_fail(err, DAQS_ESYSTEM, "cannot start a thread");
    client->started = true;
    return DAQS_OK;
}

struct pg_client *pg_client_new(const char *conninfo, const char *name, struct daqs_error *err)
{
    struct pg_client *client = calloc(1, sizeof *client);
    if (!client) {
        (void)daqs_fail(err, DAQS_ENOMEM, "out of memory");
        return NULL;
    }
    pthread_mutex_init(&client->lock, NULL);
    daqs_cond_init(&client->wake);
    list_init(&client->waiting);
    list_init(&client->done);
    client->done_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    client->stop_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    client->info = pg_conninfo_new(conninfo, name, err);
    if (!client->info || start(client, err) != DAQS_OK) {
        pg_client_free(client);
        return NULL;
    }
    return client;
}

int pg_client_submit(struct pg_client *client, struct pg_job *job)
{
    if (job->broken || job->statements == 0)
        return DAQS_ENOMEM;
    pthread_mutex_lock(&client->lock);
    bool fits = !client->stopping && client->waiting.count < PG_JOBS_MOST;
    if (fits) {
        job->submitted_ms = now_ms();
        list_push(&client->waiting, job);
        pthread_cond_signal(&client->wake);
    }
    pthread_mutex_unlock(&client->lock);
    return fits ? DAQS_OK : DAQS_EBUSY;
}

int pg_client_fd(const struct pg_client *client)
{
    return client->done_fd;
}

static struct pg_job *next_done(struct pg_client *client)
{
    pthread_mutex_lock(&client->lock);
    struct pg_job *job = client->done.head ? list_remove(&client->done, &client->done.head) : NULL;
    if (!client->done.head) {
        uint64_t counter;
        ssize_t ignored = read(client->done_fd, &counter, sizeof counter);
        (void)ignored; /* an empty counter is fine */
    }
    pthread_mutex_unlock(&client->lock);
    return job;
}

void pg_client_reap(struct pg_client *client)
{
    struct pg_job *job;
    while ((job = next_done(client))) {
        if (job->done) {
            job->done(job);
        } else {
            pg_job_clear(job);
            free(job);
        }
    }
}

void pg_client_tick(struct pg_client *client, int64_t now_ms)
{
    pthread_mutex_lock(&client->lock);
    refuse_until(client, now_ms);
    pthread_mutex_unlock(&client->lock);
}

static void end_wait(struct pg_job *job)
{
    job->context = NULL;
}

int pg_client_run(struct pg_client *client, struct pg_job *job)
{
    job->done = end_wait;
    job->context = job; /* until it is done */
    int result = pg_client_submit(client, job);
    if (result != DAQS_OK)
        return daqs_fail(&job->error, result, "%s", daqs_strerror(result));
    while (job->context) {
        struct pollfd item = {client->done_fd, POLLIN, 0};
        (void)poll(&item, 1, RUN_TICK_MS);
        pg_client_tick(client, now_ms());
        pg_client_reap(client);
    }
    return job->outcome == PG_DONE ? DAQS_OK : job->error.code;
}

void pg_client_status(struct pg_client *client, struct pg_status *ret)
{
    pthread_mutex_lock(&client->lock);
    *ret = client->status;
    ret->waiting = client->waiting.count;
    pthread_mutex_unlock(&client->lock);
    ret->answered_ms = atomic_load(&client->answered_ms);
}

void pg_client_stop(struct pg_client *client)
{
    const uint64_t one = 1;
    pthread_mutex_lock(&client->lock);
    client->stopping = true;
    ssize_t ignored = write(client->stop_fd, &one, sizeof one); /* a counter: cannot fail */
    (void)ignored;
    pthread_cond_signal(&client->wake);
    pthread_mutex_unlock(&client->lock);
    if (client->started)
        pthread_join(client->thread, NULL);
    client->started = false;
    pg_client_tick(client, INT64_MAX);
    pg_client_reap(client);
}

void pg_client_free(struct pg_client *client)
{
    if (!client)
        return;
    pg_client_stop(client);
    if (client->done_fd >= 0)
        close(client->done_fd);
    if (client->stop_fd >= 0)
        close(client->stop_fd);
    pthread_cond_destroy(&client->wake);
    pthread_mutex_destroy(&client->lock);
    pg_conninfo_free(client->info);
    free(client);
}
