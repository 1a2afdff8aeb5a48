/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/io/fleet/commit.h"

#include <stdlib.h>
#include <utlist.h>

#include "controllerd/core/records/fate.h"
#include "shared/base/clock.h"

struct commit_queue {
    struct records *records;
    struct commit *list; /* the first is in progress */
    size_t waiting;
    bool busy; /* a commit is decided, written or finished: it may submit another one */
};

static void next_commit(struct commit_queue *q);

struct commit_queue *commit_queue_new(struct records *records)
{
    struct commit_queue *queue = calloc(1, sizeof *queue);
    if (queue)
        queue->records = records;
    return queue;
}

void commit_queue_free(struct commit_queue *queue)
{
    free(queue);
}

size_t commits_waiting(const struct commit_queue *queue)
{
    return queue->waiting;
}

static void finish(struct commit_queue *q, int result, const struct daqs_error *err)
{
    struct commit *commit = q->list;
    LL_DELETE(q->list, commit);
    q->waiting--;
    commit->finish(commit, result, err);
}

static void written(struct store_job *job)
{
    struct commit_queue *q = job->context;
    int result = job->result;
    struct daqs_error err = job->error;
    if (result == DAQS_ESTALE && q->list->decisions < FATE_DECISIONS) {
        next_commit(q);
        return;
    }
    if (result == DAQS_ESTALE)
        result = daqs_fail(&err, DAQS_EBUSY, FATE_BUSY_TEXT);
    if (result != DAQS_OK && !job->unknown)
        (void)daqs_wrap(&err, "not stored, nothing changed");
    q->list->apply(q->list, result);
    finish(q, result, &err);
    next_commit(q);
}

/* What is decided without a write holds only if nobody else can have changed it. */
static int confirm(struct commit_queue *q, int result, struct daqs_error *err)
{
    struct daqs_error why = {0};
    if (!q->list->confirms || records_current(q->records, &why) == DAQS_OK)
        return result;
    if (result == DAQS_OK)
        return daqs_fail(err, why.code,
                         "nothing is to be changed as far as is known here, but others may have "
                         "changed it: %s",
                         why.text);
    const struct daqs_error before = *err;
    return daqs_fail(err, result, "%s; that is what was known last: %s", before.text, why.text);
}

/* Starts the first queued change. Finishes those that need no write. */
static void next_commit(struct commit_queue *q)
{
    q->busy = true;
    while (q->list) {
        struct commit *commit = q->list;
        struct daqs_error err = {0};
        bool nothing = false;
        commit->decisions++;
        int result = commit->decide(commit, &nothing, &err);
        if (result == DAQS_OK && !nothing) {
            commit->write->done = written;
            commit->write->context = q;
            commit->write->asked_ms = commit->asked_ms;
            commit->write->tries = commit->decisions;
            result = commit->submit(q->records, commit->write);
            if (result == DAQS_OK)
                return; /* 'written' continues */
            (void)daqs_fail(&err, result, "too many changes are waiting; try again");
        } else {
            result = confirm(q, result, &err);
        }
        finish(q, result, &err);
    }
    q->busy = false;
}

int commit_submit(struct commit_queue *q, struct commit *commit)
{
    if (q->waiting >= COMMITS_WAITING_MAX && !commit->urgent)
        return DAQS_EBUSY;
    commit->next = NULL;
    commit->decisions = 0;
    commit->asked_ms = daqs_mono_ms(daqs_clock_system());
    if (commit->urgent && q->list) { /* the first one is in progress */
        commit->next = q->list->next;
        q->list->next = commit;
    } else
        LL_APPEND(q->list, commit);
    q->waiting++;
    if (!q->busy)
        next_commit(q);
    return DAQS_OK;
}

/* A caller that is told of its end may submit another commit. */
void commit_queue_tick(struct commit_queue *q)
{
    struct daqs_error err = {0};
    struct commit *refused = NULL;
    if (!q->list || !q->list->next || records_current(q->records, &err) == DAQS_OK)
        return;
    struct commit *commit = q->list->next;
    for (struct commit *next; commit; commit = next) {
        next = commit->next;
        if (commit->urgent)
            continue;
        LL_DELETE(q->list, commit);
        LL_APPEND(refused, commit);
        q->waiting--;
    }
    (void)daqs_wrap(&err, "not stored, nothing changed");
    for (struct commit *next; refused; refused = next) {
        next = refused->next;
        refused->finish(refused, err.code, &err);
    }
}
