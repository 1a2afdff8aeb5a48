/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/io/fleet/sla_commit.h"

#include <stdlib.h>
#include <string.h>

#include "shared/base/clock.h"
#include "shared/base/log.h"

struct sla_commits {
    struct sla_commits_setup given;
    bool failing; /* the last change was not stored */
};

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
    return commits_waiting(commits->given.queue);
}

static int decide(struct commit *base, bool *ret_nothing, struct daqs_error *err)
{
    struct sla_commit *commit = (struct sla_commit *)base;
    changeset_done(&commit->write.changeset); /* of an earlier decision */
    changeset_init(&commit->write.changeset);
    commit->write.at_ms = daqs_wall_ms(daqs_clock_system());
    int result = commit->decide(commit->arg, commit, err);
    *ret_nothing = commit->dry_run || commit->write.changeset.count == 0;
    return result;
}

static int submit(struct records *records, struct store_job *write)
{
    return records_write_changeset(records, (struct records_changeset *)write);
}

/* Logs one line, however long it lasts: operators are answered, and what the controller does by
 * itself is tried again every few seconds. */
static void note_result(struct sla_commits *commits, int result, const struct daqs_error *err)
{
    const bool failed = result != DAQS_OK;
    if (failed && !commits->failing)
        daqs_log(DAQS_LOG_ERROR, "a change of SLAs could not be stored: %s", err->text);
    else if (!failed && commits->failing)
        daqs_log(DAQS_LOG_INFO, "changes of SLAs are stored again");
    commits->failing = failed;
}

static void apply(struct commit *base, int result)
{
    const struct sla_commit *commit = (struct sla_commit *)base;
    const struct records_changeset *write = &commit->write;
    const struct changeset *changeset = &write->changeset;
    const struct sla_commits_setup *given = &commit->commits->given;
    note_result(commit->commits, result, &write->base.error);
    if (result != DAQS_OK)
        return;
    if (changeset_apply(changeset, given->ledger, write->at_ms, write->by) != DAQS_OK)
        daqs_log(DAQS_LOG_ERROR, "out of memory: an SLA on disk takes effect only after a restart");
    for (size_t i = 0; i < changeset->count; i++) {
        const struct ledger_change *change = &changeset->change[i];
        given->applied(given->arg, change);
        if (change->kind != LEDGER_LEARN && (i == 0 || strcmp(change->host, change[-1].host) != 0))
            given->host_changed(given->arg, change->host);
    }
}

static void finish(struct commit *base, int result, const struct daqs_error *err)
{
    struct sla_commit *commit = (struct sla_commit *)base;
    commit->finish(commit->arg, commit, result, err);
}

int sla_commit_submit(struct sla_commits *commits, struct sla_commit *commit)
{
    changeset_init(&commit->write.changeset);
    commit->commits = commits;
    commit->base = (struct commit){.confirms = commit->confirms && !commit->dry_run,
                                   .write = &commit->write.base,
                                   .decide = decide,
                                   .submit = submit,
                                   .apply = apply,
                                   .finish = finish};
    return commit_submit(commits->given.queue, &commit->base);
}
