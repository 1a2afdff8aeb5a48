/* SPDX-License-Identifier: Apache-2.0 */
#include "shared/base/thread.h"

#include <signal.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

bool daqs_thread_start(pthread_t *ret, void *(*run)(void *arg), void *arg)
{
    sigset_t all;
    sigset_t old;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    int failed = pthread_create(ret, NULL, run, arg);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return !failed;
}

bool daqs_thread_join_until(pthread_t thread, int64_t until_ns)
{
#ifdef __SANITIZE_THREAD__ /* of GCC 12 sees no join by pthread_clockjoin_np */
    struct timespec mono;
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &mono);
    clock_gettime(CLOCK_REALTIME, &until);
    until_ns += (until.tv_sec - mono.tv_sec) * 1000000000 + until.tv_nsec - mono.tv_nsec;
    until = (struct timespec){until_ns / 1000000000, until_ns % 1000000000};
    return pthread_timedjoin_np(thread, NULL, &until) == 0;
#else
    const struct timespec until = {until_ns / 1000000000, until_ns % 1000000000};
    return pthread_clockjoin_np(thread, NULL, CLOCK_MONOTONIC, &until) == 0;
#endif
}

void daqs_thread_describe(const char *name, int nice)
{
    /* Both calls are optional: a failure is harmless. */
    (void)pthread_setname_np(pthread_self(), name);
    if (nice)
        (void)setpriority(PRIO_PROCESS, (id_t)gettid(), nice);
}

void daqs_cond_init(pthread_cond_t *ret)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(ret, &attributes);
    pthread_condattr_destroy(&attributes);
}
