/* SPDX-License-Identifier: Apache-2.0 */
/* pool - a bounded set of threads for work that may block; results return to one loop.
 *
 * The loop submits jobs and watches daqs_pool_fd; when it is readable, the loop reaps the finished
 * jobs. The pool owns a job from submit until it is reaped. Threads start on demand, so a large
 * pool costs nothing while no job blocks. */
#ifndef DAQS_BASE_POOL_H
#define DAQS_BASE_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/error.h"

/* The lane of a job: its priority over other waiting jobs. */
enum daqs_job_lane {
    DAQS_JOB_NORMAL,
    DAQS_JOB_URGENT, /* before all other lanes */
    DAQS_JOB_SLOW,   /* after all other lanes, on at most a quarter of the threads */
    DAQS_JOB_LANES,
};

/* Embed as the first member of the caller's job. A thread of the pool calls run. */
struct daqs_job {
    void (*run)(struct daqs_job *job);
    enum daqs_job_lane lane; /* must not change while the pool owns the job */
    struct daqs_job *next;   /* private to the pool */
    int64_t since_ms;        /* private to the pool: running since (monotonic); 0: not running */
    bool ran;                /* false: the pool stopped before the job's turn */
};

struct daqs_pool;

/* Returns a pool of at most max_threads threads and max_queued waiting jobs. With one thread, the
 * jobs of a lane run in the order of submission. NULL: out of memory or descriptors. */
struct daqs_pool *daqs_pool_new(unsigned max_threads, size_t max_queued);

/* Sets the name and the nice value of the threads (see daqs_thread_describe). Call before the first
 * job. The name must outlive the pool. */
void daqs_pool_describe(struct daqs_pool *pool, const char *name, int nice);

/* Submits a job. DAQS_EBUSY: too many jobs wait, the pool is stopping, or no thread could be
 * started; the caller keeps the job. */
int daqs_pool_submit(struct daqs_pool *pool, struct daqs_job *job);

/* Returns how long a job has had a thread at 'now_ms' (monotonic); 0: it waits for one, or is
 * done. */
int64_t daqs_pool_held_ms(struct daqs_pool *pool, const struct daqs_job *job, int64_t now_ms);

/* Allows 'threads' additional threads, in place of those whose jobs may run for a long time. 'slow'
 * of these jobs are DAQS_JOB_SLOW and do not count towards that lane's share. The pool has at most
 * twice the threads of daqs_pool_new, and at least an eighth of them is left to the other lanes. */
void daqs_pool_replace(struct daqs_pool *pool, unsigned threads, unsigned slow);

/* Queues jobs that were done elsewhere for daqs_pool_reap, with 'ran' as the caller has set it.
 * Thread-safe. */
void daqs_pool_return(struct daqs_pool *pool, struct daqs_job *const *job, size_t count);

/* Returns a descriptor that is readable while finished jobs wait to be reaped. The pool owns it; do
 * not close it. */
int daqs_pool_fd(const struct daqs_pool *pool);

/* Returns one finished job, which the caller owns again, or NULL if there is none. */
struct daqs_job *daqs_pool_reap(struct daqs_pool *pool);

/* Returns the number of jobs that wait for a thread, run, or are finished and not reaped. */
size_t daqs_pool_load(struct daqs_pool *pool);

/* Stops the threads like daqs_pool_stop without drain, but waits for at most wait_ms. False: jobs
 * still run, and neither the pool nor anything that they use may be freed; the call may be
 * repeated. */
bool daqs_pool_stop_within(struct daqs_pool *pool, int64_t wait_ms);

/* Stops the threads after their current jobs. With 'drain' all waiting jobs run first, otherwise
 * they are returned with ran = false. All of them can still be reaped. */
void daqs_pool_stop(struct daqs_pool *pool, bool drain);

/* Stops the pool without drain, if it is still running, and frees it. Reap everything first:
 * remaining jobs are not freed. NULL is allowed. */
void daqs_pool_free(struct daqs_pool *pool);

#endif
