/* SPDX-License-Identifier: Apache-2.0 */
#include "agentd/guests/guest_poller.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <utlist.h>

#include "shared/base/clock.h"
#include "shared/base/thread.h"

/* Finished jobs are returned when no answer is awaited, or after TOGETHER_MS: waking the loop for
 * every guest would cost as much as polling it. */
enum { EVENTS = 64, TOGETHER_MS = 5 };

struct guest_poller {
    struct daqs_pool *pool;
    pthread_t thread;
    bool started;
    int epoll_fd;
    int event_fd; /* signals that jobs were submitted */

    pthread_mutex_t lock; /* protects the fields up to the blank line */
    struct guest_job *handed_over;
    size_t load;
    bool stopping;

    /* owned by the thread */
    struct guest_job *waiting; /* the one that has waited longest comes first */
    struct daqs_job *done[EVENTS];
    size_t dones;
    size_t passed;    /* jobs passed to the pool since the load was updated */
    int64_t flush_ms; /* when to return finished jobs, if there are any */
};

static int64_t now_ms(void)
{
    return daqs_now_us() / 1000;
}

static void flush(struct guest_poller *p)
{
    if (p->dones + p->passed == 0)
        return;
    daqs_pool_return(p->pool, p->done, p->dones);
    pthread_mutex_lock(&p->lock);
    p->load -= p->dones + p->passed;
    pthread_mutex_unlock(&p->lock);
    p->dones = p->passed = 0;
}

static void give_back(struct guest_poller *p, struct guest_job *job, bool ran)
{
    if (p->dones == EVENTS)
        flush(p);
    if (p->dones == 0)
        p->flush_ms = now_ms() + TOGETHER_MS;
    job->job.ran = ran;
    p->done[p->dones++] = &job->job;
}

/* Passes a job to a pool thread, which may block. */
static void pass_on(struct guest_poller *p, struct guest_job *job)
{
    if (daqs_pool_submit(p->pool, &job->job) == DAQS_OK)
        p->passed++;
    else
        give_back(p, job, false);
}

/* Arms the descriptor for one event. After the event it stays registered but disabled, so most
 * polls need a single call. A descriptor that was closed meanwhile is no longer registered, even if
 * its number was reused. */
static bool arm(const struct guest_poller *p, struct guest_job *job)
{
    struct epoll_event event = {.events = EPOLLIN | EPOLLONESHOT, .data.ptr = job};
    int fd = job->channel->fd(job->channel);
    return epoll_ctl(p->epoll_fd, EPOLL_CTL_MOD, fd, &event) == 0 ||
           (errno == ENOENT && epoll_ctl(p->epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0);
}

static void begin(struct guest_poller *p, struct guest_job *job)
{
    if (!guest_job_post(job)) {
        pass_on(p, job);
    } else if (!arm(p, job)) {
        job->channel->abandon(job->channel);
        pass_on(p, job);
    } else {
        DL_APPEND(p->waiting, job);
    }
}

/* Checks whether the answer has arrived. The descriptor is disabled now. */
static void look(struct guest_poller *p, struct guest_job *job, int64_t at_us, bool expired)
{
    if (!guest_job_collect(job, at_us, expired)) {
        (void)arm(p, job); /* on failure the job expires */
        return;
    }
    DL_DELETE(p->waiting, job);
    if (guest_job_end(job))
        give_back(p, job, true);
    else
        pass_on(p, job);
}

/* Starts the submitted jobs. Returns false if the thread has to stop. */
static bool take_over(struct guest_poller *p)
{
    uint64_t counter;
    ssize_t ignored = read(p->event_fd, &counter, sizeof counter);
    (void)ignored;
    pthread_mutex_lock(&p->lock);
    struct guest_job *list = p->handed_over;
    p->handed_over = NULL;
    bool stopping = p->stopping;
    pthread_mutex_unlock(&p->lock);
    struct guest_job *job;
    struct guest_job *next;
    DL_FOREACH_SAFE(list, job, next)
    {
        DL_DELETE(list, job);
        if (stopping)
            give_back(p, job, false);
        else
            begin(p, job);
    }
    return !stopping;
}

/* Returns the timeout for epoll_wait. */
static int idle_ms(const struct guest_poller *p)
{
    if (!p->waiting)
        return -1;
    int64_t until_ms = p->waiting->until_ms;
    if (p->dones && p->flush_ms < until_ms)
        until_ms = p->flush_ms;
    int64_t left_ms = until_ms - now_ms();
    return left_ms > 0 ? (int)left_ms : 0;
}

static void *poller_main(void *arg)
{
    struct guest_poller *p = arg;
    struct epoll_event event[EVENTS];
    for (bool go_on = true; go_on;) {
        int n = epoll_wait(p->epoll_fd, event, EVENTS, idle_ms(p));
        int64_t at_us =
            daqs_now_us(); /* of all answers, however long it takes to read the first ones */
        for (int i = 0; i < n; i++) {
            if (event[i].data.ptr)
                look(p, event[i].data.ptr, at_us, false);
            else
                go_on = take_over(p);
        }
        while (p->waiting && now_ms() >= p->waiting->until_ms) {
            int fd = p->waiting->channel->fd(p->waiting->channel);
            (void)epoll_ctl(p->epoll_fd, EPOLL_CTL_DEL, fd, NULL);
            look(p, p->waiting, at_us, true);
        }
        if (!p->waiting || (p->dones && now_ms() >= p->flush_ms))
            flush(p);
    }
    struct guest_job *job;
    struct guest_job *next;
    DL_FOREACH_SAFE(p->waiting, job, next)
    {
        DL_DELETE(p->waiting, job);
        job->channel->abandon(job->channel);
        give_back(p, job, false);
    }
    flush(p);
    return NULL;
}

static void wake(struct guest_poller *p)
{
    const uint64_t one = 1;
    ssize_t ignored = write(p->event_fd, &one, sizeof one); /* a counter: cannot fail */
    (void)ignored;
}

struct guest_poller *guest_poller_new(struct daqs_pool *pool, struct daqs_error *err)
{
    struct guest_poller *p = calloc(1, sizeof *p);
    if (!p) {
        daqs_fail(err, DAQS_ENOMEM, "out of memory");
        return NULL;
    }
    p->pool = pool;
    pthread_mutex_init(&p->lock, NULL);
    p->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    p->event_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN};
    if (p->epoll_fd >= 0 && p->event_fd >= 0 &&
        epoll_ctl(p->epoll_fd, EPOLL_CTL_ADD, p->event_fd, &event) == 0)
        p->started = daqs_thread_start(&p->thread, poller_main, p);
    if (!p->started) {
        daqs_fail(err, DAQS_ESYSTEM, "cannot set up polling: %s", strerror(errno));
        guest_poller_free(p);
        return NULL;
    }
    return p;
}

void guest_poller_submit(struct guest_poller *p, struct guest_job *list)
{
    const struct guest_job *job;
    size_t count;
    DL_COUNT(list, job, count);
    if (count == 0)
        return;
    pthread_mutex_lock(&p->lock);
    DL_CONCAT(p->handed_over, list);
    p->load += count;
    pthread_mutex_unlock(&p->lock);
    wake(p);
}

size_t guest_poller_load(struct guest_poller *p)
{
    pthread_mutex_lock(&p->lock);
    size_t load = p->load;
    pthread_mutex_unlock(&p->lock);
    return load;
}

void guest_poller_free(struct guest_poller *p)
{
    if (!p)
        return;
    if (p->started) {
        pthread_mutex_lock(&p->lock);
        p->stopping = true;
        pthread_mutex_unlock(&p->lock);
        wake(p);
        pthread_join(p->thread, NULL);
    }
    if (p->epoll_fd >= 0)
        close(p->epoll_fd);
    if (p->event_fd >= 0)
        close(p->event_fd);
    pthread_mutex_destroy(&p->lock);
    free(p);
}
