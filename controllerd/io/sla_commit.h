/* sla_commit - a queue of changes of the ledger. Each is decided on the result of the previous one,
 * written to disk, and only then applied. */
#ifndef DAQS_CONTROLLERD_IO_SLA_COMMIT_H
#define DAQS_CONTROLLERD_IO_SLA_COMMIT_H

#include <stdbool.h>

#include "controllerd/io/store/store.h"

struct controller;

#define SLA_COMMITS_WAITING_MAX 1024

/* Embed as the first member of the requester's struct. The requester sets 'write.by' or
 * 'write.asker', the two functions and 'dry_run'. */
struct sla_commit {
    struct store_changeset write; /* first member */
    /* Called when its turn has come: adds the changes to make to write.changeset. If there are
     * none, nothing is written. */
    int (*decide)(struct controller *c, struct sla_commit *commit, struct daqs_error *err);
    /* Called with the result. If it is DAQS_OK and not a dry run, the changes are on disk and
     * applied. Frees the commit, with its changeset. */
    void (*finish)(struct controller *c, struct sla_commit *commit, int result,
                   const struct daqs_error *err);
    bool dry_run;
    struct sla_commit *next; /* owned by the queue */
};

/* Returns DAQS_EBUSY if too many are queued; the caller then keeps the commit. */
int sla_commit_submit(struct controller *c, struct sla_commit *commit);

#endif
