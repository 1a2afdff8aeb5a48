/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include "shared/base/clock.h"
#include "shared/base/pool.h"

enum { PATIENCE_MS = 20000 }; /* before a wait counts as failed */

struct work {
    struct daqs_job job; /* must be the first member */
    int number;
    int *turn; /* counts the jobs run; used by one thread only */
    int ran_as;
    sem_t *begun; /* may be NULL */
    sem_t *go_on; /* may be NULL */
    int times_run;
    int signals_open;
};

static void run(struct daqs_job *job)
{
    struct work *work = (struct work *)job;
    if (work->begun)
        sem_post(work->begun);
    if (work->go_on)
        sem_wait(work->go_on);
    if (work->turn)
        work->ran_as = (*work->turn)++;
    sigset_t blocked;
    pthread_sigmask(SIG_SETMASK, NULL, &blocked);
    work->signals_open = !sigismember(&blocked, SIGTERM) || !sigismember(&blocked, SIGHUP);
    work->times_run++;
}

static struct work work_of(int number)
{
    return (struct work){.job.run = run, .number = number, .ran_as = -1};
}

static bool readable(const struct daqs_pool *pool, int timeout_ms)
{
    struct pollfd item = {.fd = daqs_pool_fd(pool), .events = POLLIN};
    return poll(&item, 1, timeout_ms) == 1;
}

/* Waits for the next finished job, as an event loop does. */
static struct work *reap_next(struct daqs_pool *pool)
{
    for (;;) {
        struct daqs_job *job = daqs_pool_reap(pool);
        if (job)
            return (struct work *)job;
        if (!readable(pool, PATIENCE_MS))
            return NULL;
    }
}

static int threads_of_this_process(void)
{
    int count = 0;
    DIR *tasks = opendir("/proc/self/task");
    assert_non_null(tasks);
    for (const struct dirent *entry = readdir(tasks); entry; entry = readdir(tasks))
        count += entry->d_name[0] != '.';
    closedir(tasks);
    return count;
}

static void one_thread_runs_jobs_in_the_order_of_submission(void **state)
{
    enum { JOBS = 1000 };
    static struct work work[JOBS];
    int turn = 0;
    struct daqs_pool *pool = daqs_pool_new(1, JOBS);
    (void)state;
    for (int i = 0; i < JOBS; i++) {
        work[i] = work_of(i);
        work[i].turn = &turn;
        assert_int_equal(daqs_pool_submit(pool, &work[i].job), DAQS_OK);
    }
    for (int i = 0; i < JOBS; i++) {
        const struct work *done = reap_next(pool);
        assert_non_null(done);
        assert_int_equal(done->number, i);
        assert_int_equal(done->ran_as, i);
        assert_true(done->job.ran);
    }
    assert_int_equal(daqs_pool_load(pool), 0);
    daqs_pool_free(pool);
}

static void too_many_waiting_jobs_are_refused_and_stay_the_callers(void **state)
{
    sem_t begun;
    sem_t go_on;
    struct work work[4];
    struct daqs_pool *pool = daqs_pool_new(1, 2);
    (void)state;
    sem_init(&begun, 0, 0);
    sem_init(&go_on, 0, 0);
    for (int i = 0; i < 4; i++)
        work[i] = work_of(i);
    work[0].begun = &begun;
    work[0].go_on = &go_on;
    assert_int_equal(daqs_pool_submit(pool, &work[0].job), DAQS_OK);
    sem_wait(&begun); /* it is running and no longer in the queue */
    assert_int_equal(daqs_pool_submit(pool, &work[1].job), DAQS_OK);
    assert_int_equal(daqs_pool_submit(pool, &work[2].job), DAQS_OK);
    assert_int_equal(daqs_pool_submit(pool, &work[3].job), DAQS_EBUSY);
    assert_int_equal(daqs_pool_load(pool), 3);
    sem_post(&go_on);
    for (int i = 0; i < 3; i++)
        assert_int_equal(reap_next(pool)->number, i);
    assert_null(daqs_pool_reap(pool));
    assert_int_equal(work[3].times_run, 0);
    assert_int_equal(daqs_pool_submit(pool, &work[3].job), DAQS_OK); /* there is room again */
    assert_ptr_equal(reap_next(pool), &work[3]);
    daqs_pool_free(pool);
}

static void urgent_jobs_go_first_and_slow_ones_last(void **state)
{
    enum { JOBS = 6 };
    sem_t begun;
    sem_t go_on;
    struct work work[JOBS];
    static const int order[JOBS] = {0, 3, 5, 1, 4, 2};
    struct daqs_pool *pool = daqs_pool_new(1, JOBS);
    (void)state;
    sem_init(&begun, 0, 0);
    sem_init(&go_on, 0, 0);
    for (int i = 0; i < JOBS; i++) {
        work[i] = work_of(i);
        work[i].job.lane = i == 3 || i == 5 ? DAQS_JOB_URGENT
                           : i == 2         ? DAQS_JOB_SLOW
                                            : DAQS_JOB_NORMAL;
    }
    work[0].begun = &begun;
    work[0].go_on = &go_on;
    assert_int_equal(daqs_pool_submit(pool, &work[0].job), DAQS_OK);
    sem_wait(&begun);
    for (int i = 1; i < JOBS; i++)
        assert_int_equal(daqs_pool_submit(pool, &work[i].job), DAQS_OK);
    sem_post(&go_on);
    for (int i = 0; i < JOBS; i++)
        assert_int_equal(reap_next(pool)->number, order[i]);
    daqs_pool_free(pool);
}

static void slow_jobs_leave_three_quarters_of_the_threads(void **state)
{
    enum { THREADS = 8, SLOW = 6 };
    sem_t begun;
    sem_t go_on;
    struct work slow[SLOW];
    struct work quick[20];
    struct daqs_pool *pool = daqs_pool_new(THREADS, 100);
    (void)state;
    sem_init(&begun, 0, 0);
    sem_init(&go_on, 0, 0);
    for (int i = 0; i < SLOW; i++) {
        slow[i] = work_of(100 + i);
        slow[i].job.lane = DAQS_JOB_SLOW;
        slow[i].begun = &begun;
        slow[i].go_on = &go_on;
        assert_int_equal(daqs_pool_submit(pool, &slow[i].job), DAQS_OK);
    }
    sem_wait(&begun);
    sem_wait(&begun);
    for (int i = 0; i < 20; i++) {
        quick[i] = work_of(i);
        assert_int_equal(daqs_pool_submit(pool, &quick[i].job), DAQS_OK);
    }
    for (int i = 0; i < 20; i++)
        assert_true(reap_next(pool)->number < 100);
    assert_int_equal(sem_trywait(&begun), -1); /* no third job has started */
    for (int i = 0; i < SLOW; i++)
        sem_post(&go_on);
    for (int i = 0; i < SLOW; i++)
        assert_non_null(reap_next(pool));
    daqs_pool_free(pool);
}

static void g7_slow_jobs_that_do_not_come_back_keep_no_other_from_its_turn(void **state)
{
    enum { THREADS = 8, HELD = 2 };
    sem_t begun;
    sem_t go_on;
    struct work held[HELD];
    struct work slow = work_of(100);
    struct work quick = work_of(101);
    struct daqs_pool *pool = daqs_pool_new(THREADS, 100);
    (void)state;
    sem_init(&begun, 0, 0);
    sem_init(&go_on, 0, 0);
    for (int i = 0; i < HELD; i++) {
        held[i] = work_of(i);
        held[i].job.lane = DAQS_JOB_SLOW;
        held[i].begun = &begun;
        held[i].go_on = &go_on;
        assert_int_equal(daqs_pool_submit(pool, &held[i].job), DAQS_OK);
    }
    for (int i = 0; i < HELD; i++)
        sem_wait(&begun);
    slow.job.lane = DAQS_JOB_SLOW;
    assert_int_equal(daqs_pool_submit(pool, &slow.job), DAQS_OK);
    assert_int_equal(daqs_pool_submit(pool, &quick.job), DAQS_OK);
    assert_int_equal(reap_next(pool)->number, 101);
    assert_int_equal(slow.times_run, 0);
    int64_t later_ms = daqs_mono_ms(daqs_clock_system()) + 1000;
    assert_true(daqs_pool_held_ms(pool, &held[0].job, later_ms) >= 1000);
    assert_int_equal(daqs_pool_held_ms(pool, &slow.job, later_ms), 0); /* it is still queued */
    daqs_pool_replace(pool, HELD, HELD);                               /* one thread is idle */
    assert_int_equal(reap_next(pool)->number, 100);
    assert_int_equal(daqs_pool_held_ms(pool, &slow.job, later_ms), 0);
    for (int i = 0; i < HELD; i++)
        sem_post(&go_on);
    for (int i = 0; i < HELD; i++)
        assert_non_null(reap_next(pool));
    daqs_pool_free(pool);
}

static void threads_that_do_not_come_back_are_replaced(void **state)
{
    enum { BLOCKED = 4 };
    sem_t begun;
    sem_t go_on;
    struct work work[BLOCKED + 2];
    struct daqs_pool *pool = daqs_pool_new(BLOCKED, 10);
    (void)state;
    sem_init(&begun, 0, 0);
    sem_init(&go_on, 0, 0);
    for (int i = 0; i < BLOCKED + 2; i++) {
        work[i] = work_of(i);
        work[i].begun = i < BLOCKED ? &begun : NULL;
        work[i].go_on = i < BLOCKED ? &go_on : NULL;
        assert_int_equal(daqs_pool_submit(pool, &work[i].job), DAQS_OK);
    }
    for (int i = 0; i < BLOCKED; i++)
        sem_wait(&begun);
    assert_int_equal(work[BLOCKED].times_run, 0);
    daqs_pool_replace(pool, 1, 0);
    assert_int_equal(reap_next(pool)->number, BLOCKED);
    assert_int_equal(reap_next(pool)->number, BLOCKED + 1);
    for (int i = 0; i < BLOCKED; i++)
        sem_post(&go_on);
    for (int i = 0; i < BLOCKED; i++)
        assert_non_null(reap_next(pool));
    daqs_pool_replace(pool, 0, 0);
    daqs_pool_free(pool);
}

static void blocked_jobs_do_not_delay_others(void **state)
{
    enum { BLOCKED = 7 };
    sem_t go_on;
    struct work blocked[BLOCKED];
    struct work quick[20];
    struct daqs_pool *pool = daqs_pool_new(BLOCKED + 1, 100);
    (void)state;
    sem_init(&go_on, 0, 0);
    for (int i = 0; i < BLOCKED; i++) {
        blocked[i] = work_of(i);
        blocked[i].go_on = &go_on;
        assert_int_equal(daqs_pool_submit(pool, &blocked[i].job), DAQS_OK);
    }
    for (int i = 0; i < 20; i++) {
        quick[i] = work_of(100 + i);
        assert_int_equal(daqs_pool_submit(pool, &quick[i].job), DAQS_OK);
    }
    for (int i = 0; i < 20; i++) { /* all of them finish while seven are blocked */
        const struct work *done = reap_next(pool);
        assert_non_null(done);
        assert_true(done->number >= 100);
    }
    assert_int_equal(daqs_pool_load(pool), BLOCKED);
    for (int i = 0; i < BLOCKED; i++)
        sem_post(&go_on);
    for (int i = 0; i < BLOCKED; i++)
        assert_non_null(reap_next(pool));
    daqs_pool_free(pool);
}

static void every_one_of_many_jobs_runs_once_and_comes_back_once(void **state)
{
    enum { JOBS = 20000 };
    static struct work work[JOBS];
    struct daqs_pool *pool = daqs_pool_new(8, 64);
    int submitted = 0;
    int reaped = 0;
    (void)state;
    for (int i = 0; i < JOBS; i++)
        work[i] = work_of(i);
    while (reaped < JOBS) { /* submit until DAQS_EBUSY, then reap, as an event loop does */
        while (submitted < JOBS && daqs_pool_submit(pool, &work[submitted].job) == DAQS_OK)
            submitted++;
        struct work *done = reap_next(pool);
        assert_non_null(done);
        done->ran_as = reaped++;
    }
    assert_null(daqs_pool_reap(pool));
    for (int i = 0; i < JOBS; i++) {
        assert_int_equal(work[i].times_run, 1);
        assert_int_not_equal(work[i].ran_as, -1);
    }
    daqs_pool_free(pool);
}

static void the_descriptor_is_readable_only_while_finished_jobs_wait(void **state)
{
    struct work work[2] = {work_of(0), work_of(1)};
    struct daqs_pool *pool = daqs_pool_new(1, 10);
    (void)state;
    assert_false(readable(pool, 0));
    for (int i = 0; i < 2; i++)
        assert_int_equal(daqs_pool_submit(pool, &work[i].job), DAQS_OK);
    daqs_pool_stop(pool, true);
    assert_true(readable(pool, 0));
    assert_non_null(daqs_pool_reap(pool));
    assert_true(readable(pool, 0)); /* one more job is waiting */
    assert_non_null(daqs_pool_reap(pool));
    assert_false(readable(pool, 0));
    assert_null(daqs_pool_reap(pool));
    daqs_pool_free(pool);
}

static void a_stop_with_drain_runs_all_that_wait(void **state)
{
    sem_t go_on;
    struct work work[50];
    struct daqs_pool *pool = daqs_pool_new(2, 100);
    (void)state;
    sem_init(&go_on, 0, 0);
    for (int i = 0; i < 50; i++) {
        work[i] = work_of(i);
        work[i].go_on = &go_on;
        assert_int_equal(daqs_pool_submit(pool, &work[i].job), DAQS_OK);
    }
    for (int i = 0; i < 50; i++)
        sem_post(&go_on);
    daqs_pool_stop(pool, true);
    for (int i = 0; i < 50; i++) {
        const struct daqs_job *job = daqs_pool_reap(pool);
        assert_non_null(job);
        assert_true(job->ran);
    }
    assert_null(daqs_pool_reap(pool));
    daqs_pool_free(pool);
}

/* Releases the running job after daqs_pool_stop() has returned the queued jobs. */
static void *release_when_readable(void *arg)
{
    struct {
        struct daqs_pool *pool;
        sem_t *go_on;
    } *hands = arg;
    (void)readable(hands->pool, PATIENCE_MS);
    sem_post(hands->go_on);
    return NULL;
}

static void a_stop_without_drain_returns_jobs_that_did_not_run(void **state)
{
    sem_t begun;
    sem_t go_on;
    struct work work[10];
    struct daqs_pool *pool = daqs_pool_new(1, 100);
    struct {
        struct daqs_pool *pool;
        sem_t *go_on;
    } hands = {pool, &go_on};
    pthread_t releaser;
    int ran = 0;
    (void)state;
    sem_init(&begun, 0, 0);
    sem_init(&go_on, 0, 0);
    for (int i = 0; i < 10; i++)
        work[i] = work_of(i);
    work[0].begun = &begun;
    work[0].go_on = &go_on;
    for (int i = 0; i < 10; i++)
        assert_int_equal(daqs_pool_submit(pool, &work[i].job), DAQS_OK);
    sem_wait(&begun);
    assert_int_equal(pthread_create(&releaser, NULL, release_when_readable, &hands), 0);
    daqs_pool_stop(pool, false);
    pthread_join(releaser, NULL);
    for (int i = 0; i < 10; i++) {
        const struct work *done = (const struct work *)daqs_pool_reap(pool);
        assert_non_null(done);
        assert_int_equal(done->job.ran, done->times_run == 1);
        ran += done->job.ran;
    }
    assert_int_equal(ran, 1); /* the job that was running */
    assert_null(daqs_pool_reap(pool));
    daqs_pool_free(pool);
}

static void g7_a_stop_does_not_wait_for_ever(void **state)
{
    sem_t begun;
    sem_t go_on;
    struct work held = work_of(1);
    struct work waiting = work_of(2);
    struct daqs_pool *pool = daqs_pool_new(1, 10);
    (void)state;
    sem_init(&begun, 0, 0);
    sem_init(&go_on, 0, 0);
    held.begun = &begun;
    held.go_on = &go_on;
    assert_int_equal(daqs_pool_submit(pool, &held.job), DAQS_OK);
    sem_wait(&begun);
    assert_int_equal(daqs_pool_submit(pool, &waiting.job), DAQS_OK);
    assert_false(daqs_pool_stop_within(pool, 1));
    assert_int_equal(reap_next(pool)->number, 2);
    assert_false(waiting.job.ran);
    sem_post(&go_on);
    assert_true(daqs_pool_stop_within(pool, PATIENCE_MS));
    assert_int_equal(reap_next(pool)->number, 1);
    daqs_pool_free(pool);
}

static void a_stopped_pool_takes_no_more_jobs(void **state)
{
    struct work work = work_of(0);
    struct daqs_pool *pool = daqs_pool_new(1, 10);
    (void)state;
    daqs_pool_stop(pool, true);
    daqs_pool_stop(pool, false); /* a second stop is harmless */
    assert_int_equal(daqs_pool_submit(pool, &work.job), DAQS_EBUSY);
    assert_int_equal(daqs_pool_load(pool), 0);
    daqs_pool_free(pool);
    daqs_pool_free(NULL);
}

static void a_pool_of_many_has_no_threads_before_there_is_work(void **state)
{
    struct work work = work_of(0);
    int before = threads_of_this_process();
    struct daqs_pool *pool = daqs_pool_new(64, 10);
    (void)state;
    assert_int_equal(threads_of_this_process(), before);
    assert_int_equal(daqs_pool_submit(pool, &work.job), DAQS_OK);
    assert_non_null(reap_next(pool));
    assert_int_equal(threads_of_this_process(), before + 1);
    daqs_pool_free(pool);
}

static void signals_stay_with_the_thread_that_owns_the_loop(void **state)
{
    struct work work = work_of(0);
    struct daqs_pool *pool = daqs_pool_new(1, 10);
    sigset_t mine;
    (void)state;
    assert_int_equal(daqs_pool_submit(pool, &work.job), DAQS_OK);
    assert_non_null(reap_next(pool));
    assert_false(work.signals_open);
    pthread_sigmask(SIG_SETMASK, NULL, &mine);
    assert_false(sigismember(&mine, SIGTERM)); /* this thread's mask is unchanged */
    daqs_pool_free(pool);
}

struct look {
    struct daqs_job job;
    char name[16];
    int nice;
};

static void look_around(struct daqs_job *base)
{
    struct look *look = (struct look *)base;
    (void)pthread_getname_np(pthread_self(), look->name, sizeof look->name);
    look->nice = getpriority(PRIO_PROCESS, (id_t)gettid());
}

static void threads_have_the_name_and_the_patience_they_were_given(void **state)
{
    struct look look = {.job.run = look_around};
    struct daqs_pool *pool = daqs_pool_new(1, 1);
    (void)state;
    assert_non_null(pool);
    int before = getpriority(PRIO_PROCESS, (id_t)gettid());
    daqs_pool_describe(pool, "patient", before < 19 ? before + 1 : 19);
    assert_int_equal(daqs_pool_submit(pool, &look.job), DAQS_OK);
    daqs_pool_stop(pool, true);
    assert_ptr_equal(daqs_pool_reap(pool), &look.job);
    daqs_pool_free(pool);
    assert_string_equal(look.name, "patient");
    assert_int_equal(look.nice, before < 19 ? before + 1 : 19);
    assert_int_equal(getpriority(PRIO_PROCESS, (id_t)gettid()), before); /* unchanged */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_thread_runs_jobs_in_the_order_of_submission),
        cmocka_unit_test(too_many_waiting_jobs_are_refused_and_stay_the_callers),
        cmocka_unit_test(urgent_jobs_go_first_and_slow_ones_last),
        cmocka_unit_test(slow_jobs_leave_three_quarters_of_the_threads),
        cmocka_unit_test(g7_slow_jobs_that_do_not_come_back_keep_no_other_from_its_turn),
        cmocka_unit_test(threads_that_do_not_come_back_are_replaced),
        cmocka_unit_test(blocked_jobs_do_not_delay_others),
        cmocka_unit_test(every_one_of_many_jobs_runs_once_and_comes_back_once),
        cmocka_unit_test(the_descriptor_is_readable_only_while_finished_jobs_wait),
        cmocka_unit_test(a_stop_with_drain_runs_all_that_wait),
        cmocka_unit_test(a_stop_without_drain_returns_jobs_that_did_not_run),
        cmocka_unit_test(g7_a_stop_does_not_wait_for_ever),
        cmocka_unit_test(a_stopped_pool_takes_no_more_jobs),
        cmocka_unit_test(a_pool_of_many_has_no_threads_before_there_is_work),
        cmocka_unit_test(signals_stay_with_the_thread_that_owns_the_loop),
        cmocka_unit_test(threads_have_the_name_and_the_patience_they_were_given),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
