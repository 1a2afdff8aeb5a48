/* SPDX-License-Identifier: Apache-2.0 */
/* sla_commit - durable changes of the ledger. */
#ifndef DAQS_CONTROLLERD_IO_FLEET_SLA_COMMIT_H
#define DAQS_CONTROLLERD_IO_FLEET_SLA_COMMIT_H

#include <stdbool.h>

#include "controllerd/io/fleet/commit.h"

struct sla_commits; /* opaque */

/* All of them must outlive it. */
struct sla_commits_setup {
    struct commit_queue *queue;
    struct ledger *ledger;
    /* Called for each change that was applied, and once for each host whose SLAs it changed. */
    void (*applied)(void *arg, const struct ledger_change *change);
    void (*host_changed)(void *arg, const char *host);
    void *arg;
};

/* Returns NULL if out of memory. */
struct sla_commits *sla_commits_new(const struct sla_commits_setup *setup);
/* Must be called after the store is closed, which finishes the queued commits. NULL is fine. */
void sla_commits_free(struct sla_commits *commits);

/* Embed as the first member of the requester's struct. The requester sets 'write.by' or
 * 'write.asker', the two functions, their 'arg' and 'dry_run'. */
struct sla_commit {
    struct commit base; /* owned by this module */
    struct records_changeset write;
    /* Called when its turn has come: adds the changes to make to write.changeset. If there are
     * none, nothing is written. */
    int (*decide)(void *arg, struct sla_commit *commit, struct daqs_error *err);
    /* Called with the result. If it is DAQS_OK and not a dry run, the changes are on disk and
     * applied. Frees the commit, with its changeset. */
    void (*finish)(void *arg, struct sla_commit *commit, int result, const struct daqs_error *err);
    void *arg;
    bool dry_run;
    bool confirms;               /* as in struct commit; a dry run does not */
    struct sla_commits *commits; /* owned by this module */
};

/* Returns DAQS_EBUSY if too many changes are queued; the caller then keeps the commit. */
int sla_commit_submit(struct sla_commits *commits, struct sla_commit *commit);

/* Returns how many durable changes of any kind are queued. */
size_t sla_commits_waiting(const struct sla_commits *commits);

#endif
