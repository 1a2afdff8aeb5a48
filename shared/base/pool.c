/* SPDX-License-Identifier: Apache-2.0 */
#include "shared/base/pool.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "shared/base/cleanup.h"
#include "shared/base/clock.h"
#include "shared/base/thread.h"

struct job_list {
    struct daqs_job *head;
    struct daqs_job **tail;
    size_t count;
};

struct daqs_pool {
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct job_list lane[DAQS_JOB_LANES]; /* jobs that wait for a thread */
    struct job_list done;
    size_t max_queued;
    size_t running;
    size_t slow; /* those of DAQS_JOB_SLOW */
    unsigned max_threads;
    unsigned replaced; /* additional threads allowed (daqs_pool_replace) */
    unsigned slower;   /* slow jobs that do not count (daqs_pool_replace) */
    unsigned threads;
    unsigned idle;
    bool stopping;
    int event_fd;
    const char *name; /* of the threads; NULL: not set */
    int nice;
    pthread_t thread[];
};

static void list_init(struct job_list *list)
{
    list->head = NULL;
    list->tail = &list->head;
    list->count = 0;
}

static void list_push(struct job_list *list, struct daqs_job *job)
{
    job->next = NULL;
    *list->tail = job;
    list->tail = &job->next;
    list->count++;
}

static struct daqs_job *list_pop(struct job_list *list)
{
    struct daqs_job *job = list->head;
    if (!job)
        return NULL;
    list->head = job->next;
    if (!list->head)
        list->tail = &list->head;
    list->count--;
    return job;
}

/* --- with the lock held --- */

static size_t jobs_waiting(const struct daqs_pool *pool)
{
    size_t count = 0;
    for (int i = 0; i < DAQS_JOB_LANES; i++)
        count += pool->lane[i].count;
    return count;
}

/* Removes and returns the next job, with or without those of DAQS_JOB_SLOW; NULL: there is none. */
static struct daqs_job *next_job(struct daqs_pool *pool, bool slow_too)
{
    struct daqs_job *job = list_pop(&pool->lane[DAQS_JOB_URGENT]);
    if (!job)
        job = list_pop(&pool->lane[DAQS_JOB_NORMAL]);
    if (!job && slow_too)
        job = list_pop(&pool->lane[DAQS_JOB_SLOW]);
    return job;
}

/* Returns true if one more slow job may run. Slow jobs may occupy a quarter of the threads, in
 * addition to the slow jobs that do not count. They always leave a quarter of the threads to the
 * other lanes, unless they would get less than a quarter themselves. */
static bool may_run_slow(const struct daqs_pool *pool)
{
    size_t quarter = (pool->max_threads + 3) / 4;
    size_t spare = pool->max_threads + pool->replaced - quarter;
    size_t most = quarter + pool->slower;
    if (most > spare)
        most = spare > quarter ? spare : quarter;
    return pool->slow < most;
}

static bool may_start(const struct daqs_pool *pool)
{
    return pool->threads < pool->max_threads + pool->replaced;
}

static void finish_job(struct daqs_pool *pool, struct daqs_job *job)
{
    const uint64_t one = 1;
    list_push(&pool->done, job);
    if (pool->done.count > 1)
        return; /* the loop was notified, and empties the list before it waits again */
    ssize_t ignored = write(pool->event_fd, &one, sizeof one); /* a counter: cannot fail */
    (void)ignored;
}

/* --- threads --- */

static void *worker_main(void *arg)
{
    struct daqs_pool *pool = arg;
    if (pool->name)
        daqs_thread_describe(pool->name, pool->nice);
    pthread_mutex_lock(&pool->lock);
    for (;;) {
        struct daqs_job *job = next_job(pool, may_run_slow(pool));
        if (job) {
            pool->running++;
            pool->slow += job->lane == DAQS_JOB_SLOW;
            job->since_ms = daqs_mono_ms(daqs_clock_system());
            pthread_mutex_unlock(&pool->lock);
            job->run(job);
            job->ran = true;
            pthread_mutex_lock(&pool->lock);
            pool->running--;
            pool->slow -= job->lane == DAQS_JOB_SLOW;
            job->since_ms = 0;
            finish_job(pool, job);
        } else if (pool->stopping) {
            break;
        } else {
            pool->idle++;
            pthread_cond_wait(&pool->wake, &pool->lock);
            pool->idle--;
        }
    }
    pthread_mutex_unlock(&pool->lock);
    return NULL;
}

struct daqs_pool *daqs_pool_new(unsigned max_threads, size_t max_queued)
{
    struct daqs_pool *pool = calloc(1, sizeof *pool + 2UL * max_threads * sizeof pool->thread[0]);
    if (!pool)
        return NULL;
    pool->event_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (pool->event_fd < 0) {
        free(pool);
        return NULL;
    }
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->wake, NULL);
    for (int i = 0; i < DAQS_JOB_LANES; i++)
        list_init(&pool->lane[i]);
    list_init(&pool->done);
    pool->max_threads = max_threads;
    pool->max_queued = max_queued;
    return pool;
}

/* Starts one thread. Call with the lock held. False: the system has no room for it. */
static bool start_thread(struct daqs_pool *pool)
{
    bool started = daqs_thread_start(&pool->thread[pool->threads], worker_main, pool);
    pool->threads += started;
    return started;
}

void daqs_pool_describe(struct daqs_pool *pool, const char *name, int nice)
{
    pool->name = name;
    pool->nice = nice;
}

int daqs_pool_submit(struct daqs_pool *pool, struct daqs_job *job)
{
    int result = DAQS_OK;
    pthread_mutex_lock(&pool->lock);
    if (pool->stopping || jobs_waiting(pool) >= pool->max_queued)
        result = DAQS_EBUSY;
    else if (pool->idle <= jobs_waiting(pool) && may_start(pool) && !start_thread(pool) &&
             pool->threads == 0)
        result = DAQS_EBUSY;
    if (result == DAQS_OK) {
        job->ran = false;
        list_push(&pool->lane[job->lane], job);
        pthread_cond_signal(&pool->wake);
    }
    pthread_mutex_unlock(&pool->lock);
    return result;
}

int64_t daqs_pool_held_ms(struct daqs_pool *pool, const struct daqs_job *job, int64_t now_ms)
{
    pthread_mutex_lock(&pool->lock);
    int64_t held_ms = job->since_ms ? now_ms - job->since_ms : 0;
    pthread_mutex_unlock(&pool->lock);
    return held_ms;
}

void daqs_pool_replace(struct daqs_pool *pool, unsigned threads, unsigned slow)
{
    pthread_mutex_lock(&pool->lock);
    pool->replaced = threads < pool->max_threads ? threads : pool->max_threads;
    if (slow > pool->slower)
        pthread_cond_broadcast(&pool->wake); /* idle threads may run waiting slow jobs now */
    pool->slower = slow;
    for (size_t i = pool->idle; i < jobs_waiting(pool) && !pool->stopping && may_start(pool); i++)
        if (!start_thread(pool))
            break;
    pthread_mutex_unlock(&pool->lock);
}

void daqs_pool_return(struct daqs_pool *pool, struct daqs_job *const *job, size_t count)
{
    pthread_mutex_lock(&pool->lock);
    for (size_t i = 0; i < count; i++)
        finish_job(pool, job[i]);
    pthread_mutex_unlock(&pool->lock);
}

int daqs_pool_fd(const struct daqs_pool *pool)
{
    return pool->event_fd;
}

struct daqs_job *daqs_pool_reap(struct daqs_pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    struct daqs_job *job = list_pop(&pool->done);
    if (!pool->done.head) {
        uint64_t counter;
        ssize_t ignored = read(pool->event_fd, &counter, sizeof counter);
        (void)ignored; /* an empty counter is fine */
    }
    pthread_mutex_unlock(&pool->lock);
    return job;
}

size_t daqs_pool_load(struct daqs_pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    size_t load = jobs_waiting(pool) + pool->running + pool->done.count;
    pthread_mutex_unlock(&pool->lock);
    return load;
}

/* No thread starts after this. Without 'drain', the waiting jobs are returned. */
static void begin_stop(struct daqs_pool *pool, bool drain)
{
    pthread_mutex_lock(&pool->lock);
    pool->stopping = true;
    struct daqs_job *job;
    while (!drain && (job = next_job(pool, true)))
        finish_job(pool, job);
    pthread_cond_broadcast(&pool->wake);
    pthread_mutex_unlock(&pool->lock);
}

void daqs_pool_stop(struct daqs_pool *pool, bool drain)
{
    begin_stop(pool, drain);
    for (; pool->threads > 0; pool->threads--)
        pthread_join(pool->thread[pool->threads - 1], NULL);
}

bool daqs_pool_stop_within(struct daqs_pool *pool, int64_t wait_ms)
{
    int64_t until_ns = daqs_mono_ns(daqs_clock_system()) + wait_ms * 1000000;
    begin_stop(pool, false);
    for (; pool->threads > 0; pool->threads--)
        if (!daqs_thread_join_until(pool->thread[pool->threads - 1], until_ns))
            return false;
    return true;
}

void daqs_pool_free(struct daqs_pool *pool)
{
    if (!pool)
        return;
    daqs_pool_stop(pool, false);
    close(pool->event_fd);
    pthread_cond_destroy(&pool->wake);
    pthread_mutex_destroy(&pool->lock);
    free(pool);
}
