#include "controllerd/io/sla_commit.h"

#include <string.h>
#include <utlist.h>

#include "controllerd/io/controller_state.h"
#include "shared/base/clock.h"

static void next_commit(struct controller *c);

/* Agents also store SLAs, so they get the changed ones. */
static void notify_host(struct controller *c, const char *name, int64_t now_ms)
{
    struct fleet_host *host = fleet_find(c->fleet, name);
    if (!host)
        return;
    fleet_refresh_slas(host, c->ledger);
    host->push_due = true;
    bus_decide(c, host, now_ms);
}

static void apply_committed(struct controller *c, const struct store_changeset *write)
{
    const struct changeset *changeset = &write->changeset;
    int64_t now_ms = daqs_mono_ms(daqs_clock_system());
    if (changeset_apply(changeset, c->ledger, write->at_ms, write->by) != DAQS_OK)
        daqs_log(DAQS_LOG_ERROR, "out of memory: an SLA on disk is in force after a restart only");
    for (size_t i = 0; i < changeset->count; i++) {
        const struct ledger_change *change = &changeset->change[i];
        relocator_changed(c, change);
        if (change->kind != LEDGER_LEARN && (i == 0 || strcmp(change->host, change[-1].host) != 0))
            notify_host(c, change->host, now_ms);
    }
}

static void finish(struct controller *c, int result, const struct daqs_error *err)
{
    struct sla_commit *commit = c->sla_commits;
    LL_DELETE(c->sla_commits, commit);
    c->sla_commits_waiting--;
    commit->finish(c, commit, result, err);
}

static void written(struct store_job *base)
{
    struct controller *c = base->context;
    if (base->result == DAQS_OK)
        apply_committed(c, (const struct store_changeset *)base);
    else
        daqs_log(DAQS_LOG_ERROR, "a change of SLAs could not be stored: %s", base->error.text);
    struct daqs_error err = base->error;
    if (base->result != DAQS_OK)
        (void)daqs_wrap(&err, "not stored, nothing changed");
    finish(c, base->result, &err);
    next_commit(c);
}

/* Starts the first queued change. Finishes those that need no write. */
static void next_commit(struct controller *c)
{
    while (c->sla_commits) {
        struct sla_commit *commit = c->sla_commits;
        struct daqs_error err = {0};
        commit->write.at_ms = daqs_wall_ms(daqs_clock_system());
        int result = commit->decide(c, commit, &err);
        if (result == DAQS_OK && !commit->dry_run && commit->write.changeset.count > 0) {
            result = store_write_changeset(c->store, &commit->write);
            if (result == DAQS_OK)
                return; /* 'written' continues */
            (void)daqs_fail(&err, result, "too many changes are waiting; try again");
        }
        finish(c, result, &err);
    }
}

int sla_commit_submit(struct controller *c, struct sla_commit *commit)
{
    if (c->sla_commits_waiting >= SLA_COMMITS_WAITING_MAX)
        return DAQS_EBUSY;
    changeset_init(&commit->write.changeset);
    commit->write.base.done = written;
    commit->write.base.context = c;
    commit->next = NULL;
    LL_APPEND(c->sla_commits, commit);
    if (++c->sla_commits_waiting == 1)
        next_commit(c);
    return DAQS_OK;
}
