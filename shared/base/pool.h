/* pool - a bounded set of threads for work that may block; results come back to one loop.
 *
 * The loop submits jobs and watches daqs_pool_fd; when it is readable the loop reaps what
 * has finished. A job belongs to the pool from submit until it is reaped. Threads start on
 * demand, so a pool of many costs nothing while nobody blocks. */
#ifndef DAQS_BASE_POOL_H
#define DAQS_BASE_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/error.h"

/* What else waits when a job does. */
enum daqs_job_lane {
    DAQS_JOB_NORMAL,
    DAQS_JOB_URGENT, /* goes before all others */
    DAQS_JOB_SLOW,   /* goes after all others, and on a quarter of the threads at most */
    DAQS_JOB_LANES,
};

/* Embed as first member of the caller's job; run is called in a pool thread. */
struct daqs_job {
    void (*run)(struct daqs_job *job);
    enum daqs_job_lane lane; /* not to be changed while the pool has it */
    struct daqs_job *next;   /* the pool's */
    int64_t since_ms;        /* the pool's: it has a thread since (monotonic); 0: it has none */
    bool ran;                /* false if the pool was stopped before its turn */
};

struct daqs_pool;

/* At most max_threads threads and max_queued waiting jobs. With one thread jobs of a lane run in
 * the order of submission. NULL if out of memory or descriptors. */
struct daqs_pool *daqs_pool_new(unsigned max_threads, size_t max_queued);

/* What its threads are called and how much they give way to others (see daqs_thread_describe);
 * before the first job. The name must outlive the pool. */
void daqs_pool_describe(struct daqs_pool *pool, const char *name, int nice);

/* Hands the job over; DAQS_EBUSY if too many wait (the job stays the caller's). */
int daqs_pool_submit(struct daqs_pool *pool, struct daqs_job *job);

/* For how long a job has had a thread at 'now_ms' (monotonic); 0: it waits for one, or is done. */
int64_t daqs_pool_held_ms(struct daqs_pool *pool, const struct daqs_job *job, int64_t now_ms);

/* Allows so many more threads, in the place of those whose jobs may run for long; 'slow' of these
 * jobs are DAQS_JOB_SLOW, and do not count for that lane's share. The pool has twice the threads of
 * daqs_pool_new at most, and the other lanes an eighth of them at least. */
void daqs_pool_replace(struct daqs_pool *pool, unsigned threads, unsigned slow);

/* Jobs that were done elsewhere come back this way, with 'ran' as the caller has set it.
 * Thread-safe. */
void daqs_pool_return(struct daqs_pool *pool, struct daqs_job *const *job, size_t count);

/* Readable while finished jobs wait to be reaped. The pool's own; do not close. */
int daqs_pool_fd(const struct daqs_pool *pool);

/* One finished job, the caller's again, or NULL if there is none. */
struct daqs_job *daqs_pool_reap(struct daqs_pool *pool);

/* Jobs waiting for a thread, running, or finished and not reaped. */
size_t daqs_pool_load(struct daqs_pool *pool);

/* Ends the threads as daqs_pool_stop without drain, and waits for them at most so long. False: jobs
 * still run, and neither the pool nor what they use may be freed; it may be called again. */
bool daqs_pool_stop_within(struct daqs_pool *pool, int64_t wait_ms);

/* Ends the threads after their current jobs. With 'drain' all waiting jobs run first,
 * otherwise they come back with ran = false. All of them can still be reaped. */
void daqs_pool_stop(struct daqs_pool *pool, bool drain);

/* Stops without drain, if still needed. Reap everything first: what is left is not freed.
 * NULL is fine. */
void daqs_pool_free(struct daqs_pool *pool);

#endif
