/* thread - threads of ours, which leave all signals to the main thread, and what they wait for. */
#ifndef DAQS_BASE_THREAD_H
#define DAQS_BASE_THREAD_H

#include <pthread.h>
#include <stdbool.h>

/* False if the system has no room for another; *ret is to be joined or detached. */
bool daqs_thread_start(pthread_t *ret, void *(*run)(void *arg), void *arg);

/* Names the calling thread (15 bytes at most) for those who look at the process, and makes it give
 * way to others: 'nice' as of nice(2), 0 for no. */
void daqs_thread_describe(const char *name, int nice);

/* A condition whose waits end by the monotonic clock. */
void daqs_cond_init(pthread_cond_t *ret);

#endif
