/* SPDX-License-Identifier: Apache-2.0 */
/* commit - a queue of durable changes: of SLAs, modes and keys. Each is decided on the result of
 * the previous one, written to disk, and only then applied. */
#ifndef DAQS_CONTROLLERD_IO_FLEET_COMMIT_H
#define DAQS_CONTROLLERD_IO_FLEET_COMMIT_H

#include "controllerd/io/store/records.h"

struct commit_queue; /* opaque */

#define COMMITS_WAITING_MAX 1024

/* The records must outlive the queue. Returns NULL if out of memory. */
struct commit_queue *commit_queue_new(struct records *records);
/* Must be called after the store is closed, which finishes the queued commits. NULL is fine. */
void commit_queue_free(struct commit_queue *queue);

/* Embed as the first member of the requester's struct. The requester sets 'write' and the
 * functions. */
struct commit {
    bool urgent;             /* it goes before all that wait, however many those are */
    bool confirms;           /* an answer without a write tells somebody what is stored */
    struct store_job *write; /* its 'done' and 'context' belong to the queue */
    /* Called when its turn has come: completes the write. *ret_nothing: there is nothing to
     * write. Called again if the write was stale, because others have changed the records, which
     * have been reloaded. */
    int (*decide)(struct commit *commit, bool *ret_nothing, struct daqs_error *err);
    /* Passes the write to the records, with the errors of their functions. */
    int (*submit)(struct records *records, struct store_job *write);
    /* Called when the write has ended, with its result: DAQS_OK if the change is on disk. */
    void (*apply)(struct commit *commit, int result);
    /* Called last, with the result of all that. Frees the commit. May submit another one. */
    void (*finish)(struct commit *commit, int result, const struct daqs_error *err);
    unsigned decisions; /* owned by the queue, as the next ones */
    int64_t asked_ms;   /* monotonic: when it was submitted */
    struct commit *next;
};

/* Returns DAQS_EBUSY if too many are queued; the caller then keeps the commit. */
int commit_submit(struct commit_queue *queue, struct commit *commit);

/* If the records do not answer, ends the commits that wait, with the reason; urgent ones keep their
 * place. Call it several times a second. */
void commit_queue_tick(struct commit_queue *queue);

size_t commits_waiting(const struct commit_queue *queue);

#endif
