/* SPDX-License-Identifier: Apache-2.0 */
/* thread - starts threads that leave all signals to the main thread, joins them, and makes the
 * conditions they wait on. */
#ifndef DAQS_BASE_THREAD_H
#define DAQS_BASE_THREAD_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/* Starts a thread; the caller joins or detaches *ret. False: the system has no room for another. */
bool daqs_thread_start(pthread_t *ret, void *(*run)(void *arg), void *arg);

/* Joins the thread. Returns false if it has not ended until then; the caller still has to join or
 * detach it. until_ns: of the monotonic clock. */
bool daqs_thread_join_until(pthread_t thread, int64_t until_ns);

/* Names the calling thread (at most 15 bytes) for tools that show threads, and sets its nice value
 * as in nice(2), unless 'nice' is 0. */
void daqs_thread_describe(const char *name, int nice);

/* Initialises a condition whose timed waits use the monotonic clock. */
void daqs_cond_init(pthread_cond_t *ret);

#endif
