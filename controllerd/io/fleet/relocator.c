/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/io/fleet/relocator.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controllerd/core/admission/relocation.h"
#include "controllerd/core/fleet/host_table.h"
#include "controllerd/io/events/events.h"
#include "controllerd/io/fleet/membership.h"
#include "controllerd/io/fleet/sla_commit.h"
#include "shared/base/clock.h"
#include "shared/base/log.h"

/* Hosts with VMs that SLAs may have to follow wait for a turn among the ledger's changes. At most
 * WAITING_MAX changes may be queued then, so that operators' changes take precedence. */
enum { WAITING_MAX = 64, TICKS_A_CHECK = 10 };

struct relocator {
    struct relocator_setup given;
    struct vm_index *vm_index;
    struct host_table *due; /* bool: SLAs may have to follow the host's VMs */
    size_t turn;            /* which hosts are checked next */
};

struct relocator *relocator_new(const struct relocator_setup *setup)
{
    struct relocator *relocator = calloc(1, sizeof *relocator);
    struct vm_index *index = vm_index_new();
    struct host_table *due = host_table_new(sizeof(bool), NULL);
    if (!relocator || !index || !due) {
        free(relocator);
        vm_index_free(index);
        host_table_free(due);
        return NULL;
    }
    *relocator = (struct relocator){.given = *setup, .vm_index = index, .due = due};
    return relocator;
}

void relocator_free(struct relocator *relocator)
{
    if (!relocator)
        return;
    vm_index_free(relocator->vm_index);
    host_table_free(relocator->due);
    free(relocator);
}

void relocator_forget(struct relocator *r, const struct fleet_host *host)
{
    vm_index_remove(r->vm_index, host);
    host_table_remove(r->due, host);
}

struct relocation_commit {
    struct sla_commit base; /* first member */
    char host[DAQS_NAME_MAX + 1];
};

static void set_due(struct relocator *r, const struct fleet_host *host, bool value)
{
    bool *due = host_table_find(r->due, host);
    if (due)
        *due = value;
}

void relocator_hello(struct relocator *r, struct fleet_host *host)
{
    if (vm_index_update(r->vm_index, host) != DAQS_OK || !host_table_need(r->due, host))
        daqs_log(DAQS_LOG_ERROR, "out of memory: the SLAs of host %s do not follow its VMs",
                 host->name);
    set_due(r, host, true);
}

/* A host with a VM whose SLA could not follow may have room now. */
void relocator_changed(struct relocator *r, const struct ledger_change *change)
{
    const struct fleet_host *host = fleet_find(r->given.fleet, change->host);
    if (host)
        set_due(r, host, true);
    for (const struct vm_location *s = vm_index_find(r->vm_index, change->uuid); s; s = s->next)
        set_due(r, s->host, true);
}

static void stays(void *arg, const struct ledger_entry *entry, const struct fleet_host *host,
                  const char *vm, const char *why)
{
    struct relocator *r = arg;
    char place[2 * DAQS_NAME_MAX + 2];
    (void)snprintf(place, sizeof place, "%s/%s", host->name, vm);
    if (ledger_note_stay(r->given.ledger, entry->host, entry->vm, place))
        events_emit(r->given.events, EVENT_SLA_STAYS, entry->host, entry->vm, 0,
                    "its VM is now %s, and the SLA did not follow it: %s", place, why);
}

static void home(void *arg, const struct ledger_entry *entry)
{
    struct relocator *r = arg;
    (void)ledger_note_stay(r->given.ledger, entry->host, entry->vm, "");
}

static bool elsewhere(void *arg, const char *host)
{
    const struct relocator *r = arg;
    return r->given.membership && membership_elsewhere(r->given.membership, host);
}

static int decide(void *arg, struct sla_commit *base, struct daqs_error *err)
{
    struct relocator *r = arg;
    const struct relocation_commit *commit = (const struct relocation_commit *)base;
    const struct fleet_host *host = fleet_find(r->given.fleet, commit->host);
    bool wait = false;
    if (!host)
        return DAQS_OK; /* forgotten in the meantime */
    const struct relocation relocation = {.fleet = r->given.fleet,
                                          .ledger = r->given.ledger,
                                          .vm_index = r->vm_index,
                                          .headroom_ppm = r->given.config->headroom_ppm,
                                          .started_ms = r->given.started_ms,
                                          .now_ms = daqs_mono_ms(daqs_clock_system()),
                                          .elsewhere = elsewhere,
                                          .stays = stays,
                                          .home = home,
                                          .arg = r};
    if (relocation_find(&relocation, host, &base->write.changeset, &wait) != DAQS_OK)
        return daqs_fail(err, DAQS_ENOMEM, "out of memory");
    set_due(r, host, wait);
    return DAQS_OK;
}

static void finish(void *arg, struct sla_commit *base, int result, const struct daqs_error *err)
{
    struct relocator *r = arg;
    struct relocation_commit *commit = (struct relocation_commit *)base;
    const struct changeset *changeset = &base->write.changeset;
    (void)err; /* logged by the function that wrote */
    const struct fleet_host *host = fleet_find(r->given.fleet, commit->host);
    if (result != DAQS_OK && host)
        set_due(r, host, true);
    for (size_t i = 0; result == DAQS_OK && i < changeset->count; i++) {
        const struct ledger_change *change = &changeset->change[i];
        if (change->has_new && change->kind != LEDGER_LEARN)
            events_emit(r->given.events,
                        change->kind == LEDGER_RENAME ? EVENT_SLA_RENAMED : EVENT_SLA_MOVED,
                        change->host, change->vm, 0, "the SLA of %s has followed its VM",
                        change->other);
    }
    changeset_done(&base->write.changeset);
    free(commit);
}

static void add(struct relocator *r, const struct fleet_host *host)
{
    struct relocation_commit *commit = calloc(1, sizeof *commit);
    if (!commit)
        return;
    set_due(r, host, false);
    (void)snprintf(commit->host, sizeof commit->host, "%s", host->name);
    (void)snprintf(commit->base.write.by, sizeof commit->base.write.by, "controller");
    commit->base.decide = decide;
    commit->base.finish = finish;
    commit->base.arg = r;
    if (sla_commit_submit(r->given.commits, &commit->base) == DAQS_OK)
        return;
    set_due(r, host, true);
    free(commit);
}

static bool is_due(const struct relocator *r, const struct fleet_host *host)
{
    const bool *due = host_table_find(r->due, host);
    return due && *due;
}

void relocator_tick(struct relocator *r)
{
    r->turn = (r->turn + 1) % TICKS_A_CHECK;
    for (size_t i = r->turn;
         i < fleet_count(r->given.fleet) && sla_commits_waiting(r->given.commits) < WAITING_MAX;
         i += TICKS_A_CHECK)
        if (is_due(r, fleet_at(r->given.fleet, i)))
            add(r, fleet_at(r->given.fleet, i));
}
