/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/io/fleet/sla_commit.h"

#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "shared/base/clock.h"
#include "shared/base/log.h"

struct sla_commits {
    struct sla_commits_setup given;
    struct sla_commit *list; /* the first is in progress */
    size_t waiting;
};

static void next_commit(struct sla_commits *q);

struct sla_commits *sla_commits_new(const struct sla_commits_setup *setup)
{
    struct sla_commits *commits = calloc(1, sizeof *commits);
    if (commits)
        commits->given = *setup;
    return commits;
}

void sla_commits_free(struct sla_commits *commits)
{
    free(commits);
}

size_t sla_commits_waiting(const struct sla_commits *commits)
{
    return commits->waiting;
}

static void apply_committed(struct sla_commits *q, const struct store_changeset *write)
{
    const struct changeset *changeset = &write->changeset;
    if (changeset_apply(changeset, q->given.ledger, write->at_ms, write->by) != DAQS_OK)
        daqs_log(DAQS_LOG_ERROR, "out of memory: an SLA on disk is in force after a restart only");
    for (size_t i = 0; i < changeset->count; i++) {
        const struct ledger_change *change = &changeset->change[i];
        q->given.applied(q->given.arg, change);
        if (change->kind != LEDGER_LEARN && (i == 0 || strcmp(change->host, change[-1].host) != 0))
            q->given.host_changed(q->given.arg, change->host);
    }
}

static void finish(struct sla_commits *q, int result, const struct daqs_error *err)
{
    struct sla_commit *commit = q->list;
    LL_DELETE(q->list, commit);
    q->waiting--;
    commit->finish(commit->arg, commit, result, err);
}

static void written(struct store_job *base)
{
    struct sla_commits *q = base->context;
    if (base->result == DAQS_OK)
        apply_committed(q, (const struct store_changeset *)base);
    else
        daqs_log(DAQS_LOG_ERROR, "a change of SLAs could not be stored: %s", base->error.text);
    struct daqs_error err = base->error;
    if (base->result != DAQS_OK)
        (void)daqs_wrap(&err, "not stored, nothing changed");
    finish(q, base->result, &err);
    next_commit(q);
}

/* Starts the first queued change. Finishes those that need no write. */
static void next_commit(struct sla_commits *q)
{
    while (q->list) {
        struct sla_commit *commit = q->list;
        struct daqs_error err = {0};
        commit->write.at_ms = daqs_wall_ms(daqs_clock_system());
        int result = commit->decide(commit->arg, commit, &err);
        if (result == DAQS_OK && !commit->dry_run && commit->write.changeset.count > 0) {
            result = store_write_changeset(q->given.store, &commit->write);
            if (result == DAQS_OK)
                return; /* 'written' continues */
            (void)daqs_fail(&err, result, "too many changes are waiting; try again");
        }
        finish(q, result, &err);
    }
}

int sla_commit_submit(struct sla_commits *q, struct sla_commit *commit)
{
    if (q->waiting >= SLA_COMMITS_WAITING_MAX)
        return DAQS_EBUSY;
    changeset_init(&commit->write.changeset);
    commit->write.base.done = written;
    commit->write.base.context = q;
    commit->next = NULL;
    LL_APPEND(q->list, commit);
    if (++q->waiting == 1)
        next_commit(q);
    return DAQS_OK;
}
