/* guest_poller - one thread that waits for the answers of all guests whose channels can post.
 *
 * A thread of its own for every guest would do as well, at several times the cost: most of it is
 * that of waking threads. What takes commands in the guest, and guests that have to be connected to
 * first, are left to the pool. */
#ifndef DAQS_AGENTD_GUESTS_GUEST_POLLER_H
#define DAQS_AGENTD_GUESTS_GUEST_POLLER_H

#include "agentd/guests/guest_job.h"

struct guest_poller;

/* Jobs come back through the pool, which must outlive it. NULL with a text on failure. */
struct guest_poller *guest_poller_new(struct daqs_pool *pool, struct daqs_error *err);

/* Hands over a list (utlist.h's DL) of jobs that read counters and whose channels can post. They
 * belong to the poller until they are reaped from the pool. */
void guest_poller_submit(struct guest_poller *poller, struct guest_job *list);

/* Jobs that are not back in the pool yet. */
size_t guest_poller_load(struct guest_poller *poller);

/* Ends the thread; what is under way comes back as not run. NULL is fine. */
void guest_poller_free(struct guest_poller *poller);

#endif
