/* SPDX-License-Identifier: Apache-2.0 */
/* guest_poller - one thread that waits for the answers of all guests whose channels can post.
 *
 * A thread per guest would work as well, but at several times the cost, most of it for waking
 * threads. The pool handles visits that need commands in the guest, and guests to which a
 * connection must be opened first. */
#ifndef DAQS_AGENTD_GUESTS_GUEST_POLLER_H
#define DAQS_AGENTD_GUESTS_GUEST_POLLER_H

#include "agentd/guests/guest_job.h"

struct guest_poller;

/* Starts the thread. Jobs return through the pool, which must outlive the poller. Returns NULL and
 * sets err on failure. */
struct guest_poller *guest_poller_new(struct daqs_pool *pool, struct daqs_error *err);

/* Submits a list (utlist.h's DL) of jobs that read counters and whose channels can post. The poller
 * owns them until they are reaped from the pool. */
void guest_poller_submit(struct guest_poller *poller, struct guest_job *list);

/* Returns the number of jobs that have not returned to the pool yet. */
size_t guest_poller_load(struct guest_poller *poller);

/* Stops the thread; jobs that have not ended return with ran = false. 'poller' may be NULL. */
void guest_poller_free(struct guest_poller *poller);

#endif
