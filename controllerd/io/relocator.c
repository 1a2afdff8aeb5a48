#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controllerd/core/admission/relocation.h"
#include "controllerd/io/controller_state.h"
#include "controllerd/io/sla_commit.h"
#include "shared/base/clock.h"

/* Hosts with VMs that SLAs may have to follow wait for a turn among the ledger's changes. At most
 * WAITING_MAX changes may be queued then, so that operators' changes take precedence. */
enum { WAITING_MAX = 64, TICKS_A_LOOK = 10 };

struct relocation_commit {
    struct sla_commit base; /* first member */
    char host[DAQS_NAME_MAX + 1];
};

void relocator_hello(struct controller *c, struct fleet_host *host)
{
    if (vm_index_update(c->vm_index, host) != DAQS_OK)
        daqs_log(DAQS_LOG_ERROR, "out of memory: the SLAs of host %s do not follow its VMs",
                 host->name);
    host->relocation_due = true;
}

/* A host with a VM whose SLA could not follow may have room now. */
void relocator_changed(struct controller *c, const struct ledger_change *change)
{
    struct fleet_host *host = fleet_find(c->fleet, change->host);
    if (host)
        host->relocation_due = true;
    for (const struct vm_location *s = vm_index_find(c->vm_index, change->uuid); s; s = s->next)
        s->host->relocation_due = true;
}

static void stays(void *arg, const struct ledger_entry *entry, const struct fleet_host *host,
                  const char *vm, const char *why)
{
    struct controller *c = arg;
    char place[2 * DAQS_NAME_MAX + 2];
    (void)snprintf(place, sizeof place, "%s/%s", host->name, vm);
    if (ledger_note_stay(c->ledger, entry->host, entry->vm, place))
        events_emit(c->events, EVENT_SLA_STAYS, entry->host, entry->vm, 0,
                    "its VM is now %s, where the SLA does not follow: %s", place, why);
}

static void home(void *arg, const struct ledger_entry *entry)
{
    struct controller *c = arg;
    (void)ledger_note_stay(c->ledger, entry->host, entry->vm, "");
}

static int decide(void *arg, struct sla_commit *base, struct daqs_error *err)
{
    struct controller *c = arg;
    const struct relocation_commit *commit = (const struct relocation_commit *)base;
    struct fleet_host *host = fleet_find(c->fleet, commit->host);
    bool wait = false;
    if (!host)
        return DAQS_OK; /* forgotten in the meantime */
    const struct relocation relocation = {.fleet = c->fleet,
                                          .ledger = c->ledger,
                                          .vm_index = c->vm_index,
                                          .headroom_ppm = c->config->headroom_ppm,
                                          .started_ms = c->started_ms,
                                          .now_ms = daqs_mono_ms(daqs_clock_system()),
                                          .stays = stays,
                                          .home = home,
                                          .arg = c};
    if (relocation_find(&relocation, host, &base->write.changeset, &wait) != DAQS_OK)
        return daqs_fail(err, DAQS_ENOMEM, "out of memory");
    host->relocation_due = wait;
    return DAQS_OK;
}

static void finish(void *arg, struct sla_commit *base, int result, const struct daqs_error *err)
{
    struct controller *c = arg;
    struct relocation_commit *commit = (struct relocation_commit *)base;
    const struct changeset *changeset = &base->write.changeset;
    (void)err; /* logged by the function that wrote */
    struct fleet_host *host = fleet_find(c->fleet, commit->host);
    if (result != DAQS_OK && host)
        host->relocation_due = true;
    for (size_t i = 0; result == DAQS_OK && i < changeset->count; i++) {
        const struct ledger_change *change = &changeset->change[i];
        if (change->has_new && change->kind != LEDGER_LEARN)
            events_emit(
                c->events, change->kind == LEDGER_RENAME ? EVENT_SLA_RENAMED : EVENT_SLA_MOVED,
                change->host, change->vm, 0, "the SLA of %s has followed its VM", change->other);
    }
    changeset_done(&base->write.changeset);
    free(commit);
}

static void add(struct controller *c, struct fleet_host *host)
{
    struct relocation_commit *commit = calloc(1, sizeof *commit);
    if (!commit)
        return;
    host->relocation_due = false;
    (void)snprintf(commit->host, sizeof commit->host, "%s", host->name);
    (void)snprintf(commit->base.write.by, sizeof commit->base.write.by, "controller");
    commit->base.decide = decide;
    commit->base.finish = finish;
    commit->base.arg = c;
    if (sla_commit_submit(c->sla_commits, &commit->base) == DAQS_OK)
        return;
    host->relocation_due = true;
    free(commit);
}

void relocator_tick(struct controller *c)
{
    c->relocator_turn = (c->relocator_turn + 1) % TICKS_A_LOOK;
    for (size_t i = c->relocator_turn;
         i < fleet_count(c->fleet) && sla_commits_waiting(c->sla_commits) < WAITING_MAX;
         i += TICKS_A_LOOK)
        if (fleet_at(c->fleet, i)->relocation_due)
            add(c, fleet_at(c->fleet, i));
}
