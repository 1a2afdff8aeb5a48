/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/io/fleet/relocator.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controllerd/core/admission/relocation.h"
#include "controllerd/core/fleet/host_table.h"
#include "controllerd/core/fleet/roster.h"
#include "controllerd/io/events/events.h"
#include "controllerd/io/fleet/membership.h"
#include "controllerd/io/fleet/sla_commit.h"
#include "shared/base/clock.h"
#include "shared/base/log.h"

/* Hosts with VMs that SLAs may have to follow wait for a turn among the ledger's changes. At most
 * WAITING_MAX changes may be queued then, so that operators' changes take precedence. */
enum { WAITING_MAX = 64, TICKS_A_CHECK = 10 };

/* Changes are not tried again for this long after one was not stored. */
enum { PAUSE_MS = 5000 };

/* What is kept of a host. */
struct follow {
    bool due;          /* SLAs may have to follow its VMs */
    int64_t marked_ms; /* as in struct relocation */
};

struct relocator {
    struct relocator_setup given;
    struct vm_index *vm_index;
    struct host_table *follows; /* struct follow */
    size_t turn;                /* which hosts are checked next */
    int64_t paused_ms;          /* monotonic, until when */
};

struct relocator *relocator_new(const struct relocator_setup *setup)
{
    struct relocator *relocator = calloc(1, sizeof *relocator);
    struct vm_index *index = vm_index_new();
    struct host_table *follows = host_table_new(sizeof(struct follow), NULL);
    if (!relocator || !index || !follows) {
        free(relocator);
        vm_index_free(index);
        host_table_free(follows);
        return NULL;
    }
    *relocator = (struct relocator){.given = *setup, .vm_index = index, .follows = follows};
    return relocator;
}

void relocator_free(struct relocator *relocator)
{
    if (!relocator)
        return;
    vm_index_free(relocator->vm_index);
    host_table_free(relocator->follows);
    free(relocator);
}

void relocator_forget(struct relocator *r, const struct fleet_host *host)
{
    vm_index_remove(r->vm_index, host);
    host_table_remove(r->follows, host);
}

struct relocation_commit {
    struct sla_commit base; /* first member */
    char host[DAQS_NAME_MAX + 1];
};

static int64_t now_ms(void)
{
    return daqs_mono_ms(daqs_clock_system());
}

static void set_due(struct relocator *r, const struct fleet_host *host, bool value)
{
    struct follow *follow = host_table_find(r->follows, host);
    if (follow)
        follow->due = value;
}

void relocator_hello(struct relocator *r, struct fleet_host *host)
{
    struct follow *follow = host_table_need(r->follows, host);
    if (vm_index_update(r->vm_index, host) != DAQS_OK || !follow)
        daqs_log(DAQS_LOG_ERROR, "out of memory: the SLAs of host %s do not follow its VMs",
                 host->name);
    set_due(r, host, true);
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

static int64_t answered_ms(void *arg, const char *name)
{
    const struct relocator *r = arg;
    if (membership_elsewhere(r->given.membership, name))
        return -1;
    const struct roster_entry *entry = roster_find(r->given.roster, name);
    return entry ? roster_awaited_ms(entry, now_ms()) : 0;
}

static bool is_claimed(const struct relocator *r, const struct fleet_host *host)
{
    return host && r->given.membership &&
           membership_is_claimed(r->given.membership, host, now_ms());
}

/* host: NULL if nothing is kept of it. */
static struct relocation relocation_of(struct relocator *r, const struct fleet_host *host)
{
    const struct follow *follow = host ? host_table_find(r->follows, host) : NULL;
    return (struct relocation){.fleet = r->given.fleet,
                               .ledger = r->given.ledger,
                               .vm_index = r->vm_index,
                               .headroom_ppm = r->given.config->headroom_ppm,
                               .started_ms = r->given.started_ms,
                               .now_ms = now_ms(),
                               .answered_ms = r->given.membership ? answered_ms : NULL,
                               .marked_ms = follow ? follow->marked_ms : 0,
                               .claimed = is_claimed(r, host),
                               .stays = stays,
                               .home = home,
                               .arg = r};
}

/* --- changes of the ledger --- */

static void report_if_lost(struct relocator *r, const struct ledger_change *change)
{
    const struct ledger_entry *entry = ledger_find(r->given.ledger, change->host, change->vm);
    const struct relocation relocation = relocation_of(r, NULL);
    if (entry && r->given.membership && membership_elsewhere(r->given.membership, entry->host))
        relocation_lost(&relocation, entry);
}

/* A host with a VM whose SLA could not follow may have room now. */
void relocator_changed(struct relocator *r, const struct ledger_change *change)
{
    const struct fleet_host *host = fleet_find(r->given.fleet, change->host);
    if (host)
        set_due(r, host, true);
    for (const struct vm_location *s = vm_index_find(r->vm_index, change->uuid); s; s = s->next)
        set_due(r, s->host, true);
    if (change->has_new && !change->has_old)
        report_if_lost(r, change);
}

/* --- commits --- */

static int decide(void *arg, struct sla_commit *base, struct daqs_error *err)
{
    struct relocator *r = arg;
    const struct relocation_commit *commit = (const struct relocation_commit *)base;
    struct changeset *changes = &base->write.changeset;
    const struct fleet_host *host = fleet_find(r->given.fleet, commit->host);
    bool wait = false;
    int result = DAQS_OK;
    if (now_ms() < r->paused_ms) { /* one before it was not stored */
        if (host)
            set_due(r, host, true);
        return DAQS_OK;
    }
    const struct relocation relocation = relocation_of(r, host);
    if (host)
        result = relocation_find(&relocation, host, changes, &wait);
    if (result == DAQS_OK && changes->count == 0 && r->given.membership)
        result = relocation_mark(&relocation, commit->host, changes, &wait);
    if (result != DAQS_OK)
        return daqs_fail(err, DAQS_ENOMEM, "out of memory");
    if (host)
        set_due(r, host, wait);
    return DAQS_OK;
}

static void note_marks(struct relocator *r, const struct fleet_host *host,
                       const struct changeset *changes)
{
    struct follow *follow = host_table_find(r->follows, host);
    for (size_t i = 0; follow && i < changes->count; i++)
        if (changes->change[i].gone)
            follow->marked_ms = now_ms();
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
    if (result != DAQS_OK)
        r->paused_ms = now_ms() + PAUSE_MS;
    if (result == DAQS_OK && host)
        note_marks(r, host, changeset);
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

/* host: NULL if nothing is kept of it. */
static void add(struct relocator *r, const char *name, const struct fleet_host *host)
{
    struct relocation_commit *commit = calloc(1, sizeof *commit);
    if (!commit)
        return;
    if (host)
        set_due(r, host, false);
    (void)snprintf(commit->host, sizeof commit->host, "%s", name);
    (void)snprintf(commit->base.write.by, sizeof commit->base.write.by, "controller");
    commit->base.decide = decide;
    commit->base.finish = finish;
    commit->base.arg = r;
    if (sla_commit_submit(r->given.commits, &commit->base) == DAQS_OK)
        return;
    if (host)
        set_due(r, host, true);
    free(commit);
}

static bool has_room(const struct relocator *r)
{
    return sla_commits_waiting(r->given.commits) < WAITING_MAX;
}

static void add_due(struct relocator *r)
{
    for (size_t i = r->turn; i < fleet_count(r->given.fleet) && has_room(r); i += TICKS_A_CHECK) {
        const struct fleet_host *host = fleet_at(r->given.fleet, i);
        const struct follow *follow = host_table_find(r->follows, host);
        if (follow && follow->due)
            add(r, host->name, host);
    }
}

/* Hosts that are away say nothing that would make them due. */
static void add_away(struct relocator *r)
{
    const struct relocation relocation = relocation_of(r, NULL);
    for (size_t i = r->turn; i < roster_count(r->given.roster) && has_room(r); i += TICKS_A_CHECK) {
        const struct roster_entry *entry = roster_at(r->given.roster, i);
        const bool present = entry->host && fleet_host_present(entry->host, relocation.now_ms);
        if (!present && !relocation_is_marked(&relocation, entry->name))
            add(r, entry->name, entry->host);
    }
}

void relocator_tick(struct relocator *r)
{
    r->turn = (r->turn + 1) % TICKS_A_CHECK;
    if (now_ms() < r->paused_ms)
        return;
    add_due(r);
    if (r->given.membership)
        add_away(r);
}
