/* sla_commit - the ledger's changes, made one after the other: each is decided upon what the one
 * before left, written to disk, and only then believed. */
#ifndef DAQS_CONTROLLERD_IO_SLA_COMMIT_H
#define DAQS_CONTROLLERD_IO_SLA_COMMIT_H

#include <stdbool.h>

#include "controllerd/io/store/store.h"

struct controller;

#define SLA_COMMITS_WAITING_MAX 1024

/* Embed as first member of the asker's own; 'write.by' or 'write.asker', the two functions and
 * 'dry_run' are the asker's to fill. */
struct sla_commit {
    struct store_changeset write; /* first */
    /* Its turn has come: adds the steps to make to write.steps. None: nothing is written. */
    int (*decide)(struct controller *c, struct sla_commit *commit, struct daqs_error *err);
    /* How it went. The steps are on disk and believed if the result is DAQS_OK and it was not dry.
     * Frees the change, with its steps. */
    void (*finish)(struct controller *c, struct sla_commit *commit, int result,
                   const struct daqs_error *err);
    bool dry_run;
    struct sla_commit *next; /* the queue's */
};

/* DAQS_EBUSY: too many wait, the change stays the caller's. */
int sla_commit_submit(struct controller *c, struct sla_commit *commit);

#endif
