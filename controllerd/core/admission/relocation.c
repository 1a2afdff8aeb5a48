/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/core/admission/relocation.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controllerd/core/admission/admission.h"
#include "shared/base/cleanup.h"
#include "shared/base/name.h"

static bool same(const char *a, const char *b)
{
    return strcmp(a, b) == 0;
}

/* Returns true if the host has a VM with this UUID, and with this name unless 'name' is NULL. */
static bool is_on(const struct relocation *f, const char *uuid, const char *host, const char *name)
{
    int seen = 0;
    for (const struct vm_location *s = vm_index_find(f->vm_index, uuid);
         s && seen++ < RELOCATION_LOCATIONS_MAX; s = s->next)
        if (same(s->host->name, host) && (!name || same(s->host->vm[s->vm].name, name)))
            return true;
    return false;
}

static bool means_nothing(const struct relocation *f, const char *uuid)
{
    int seen = 0;
    for (const struct vm_location *s = vm_index_find(f->vm_index, uuid); s; s = s->next)
        if (++seen > RELOCATION_LOCATIONS_MAX)
            return true;
    return !*uuid;
}

static bool has_settled(const struct relocation *f)
{
    return f->now_ms - f->started_ms >= RELOCATION_STARTED_MS;
}

/* A walk over the VMs of a host and the SLAs with their UUIDs. Zero-initialise the rest. */
struct walk {
    const struct relocation *relocation;
    const struct fleet_host *host;
    uint32_t vms;                     /* walked over */
    const struct fleet_vm *vm;        /* the current one */
    const struct ledger_entry *entry; /* likewise; NULL: go on with the next VM */
};

/* Goes on to the next SLA. Returns false if there is none. */
static bool walk_on(struct walk *w)
{
    if (w->entry)
        w->entry = w->entry->next_of_uuid;
    while (!w->entry && w->vms < w->host->vms) {
        w->vm = &w->host->vm[w->vms++];
        if (!means_nothing(w->relocation, w->vm->uuid))
            w->entry = ledger_of_uuid(w->relocation->ledger, w->vm->uuid);
    }
    return w->entry;
}

/* --- new names --- */

struct rename {
    const struct ledger_entry *entry;
    const char *to;
    bool off;
};

static int by_entry(const void *a, const void *b)
{
    const struct ledger_entry *x = ((const struct rename *)a)->entry;
    const struct ledger_entry *y = ((const struct rename *)b)->entry;
    return strcmp(x->vm, y->vm);
}

static const struct rename *find_rename(const struct rename *rename, size_t count, const char *vm)
{
    const struct ledger_entry wanted = {.vm = (char *)vm};
    const struct rename key = {.entry = &wanted};
    return count ? bsearch(&key, rename, count, sizeof *rename, by_entry) : NULL;
}

/* Finds at most one rename for each VM. */
static size_t find_renames(const struct relocation *f, const struct fleet_host *host,
                           struct rename *rename)
{
    size_t count = 0;
    struct walk w = {.relocation = f, .host = host};
    while (walk_on(&w)) {
        if (!same(w.entry->host, host->name) || same(w.entry->vm, w.vm->name) ||
            is_on(f, w.vm->uuid, host->name, w.entry->vm))
            continue;
        rename[count++] = (struct rename){.entry = w.entry, .to = w.vm->name};
        w.entry = NULL;
    }
    if (count > 0)
        qsort(rename, count, sizeof *rename, by_entry);
    return count;
}

/* Cancels renames to names that have an SLA already, unless that SLA is renamed itself. */
static void drop_taken(const struct relocation *f, const struct fleet_host *host,
                       struct rename *rename, size_t count)
{
    for (bool changed = true; changed;) {
        changed = false;
        for (size_t i = 0; i < count; i++) {
            const struct rename *other = find_rename(rename, count, rename[i].to);
            if (rename[i].off || !ledger_find(f->ledger, host->name, rename[i].to) ||
                (other && !other->off))
                continue;
            rename[i].off = changed = true;
        }
    }
}

/* Gives the entry's SLA to 'vm', which may have one that is replaced. */
static bool add_arrival(struct changeset *changeset, enum ledger_change_kind kind,
                        const struct relocation *f, const char *host, const char *vm,
                        const struct ledger_entry *entry)
{
    struct ledger_change *change =
        changeset_add(changeset, kind, host, vm, ledger_find(f->ledger, host, vm));
    if (!change)
        return false;
    change->has_new = true;
    change->new_sla = entry->sla;
    change->uuid = changeset_text(changeset, entry->uuid);
    change->other = changeset_place(changeset, entry->host, entry->vm);
    return change->uuid && change->other;
}

static bool add_departure(struct changeset *changeset, enum ledger_change_kind kind,
                          const struct ledger_entry *entry, const char *host, const char *vm)
{
    struct ledger_change *change = changeset_add(changeset, kind, entry->host, entry->vm, entry);
    if (!change)
        return false;
    change->other = changeset_place(changeset, host, vm);
    return change->other;
}

static int rename_all(const struct relocation *f, const struct fleet_host *host,
                      struct changeset *changeset)
{
    struct rename *rename DAQS_AUTO_FREE = calloc(host->vms + 1U, sizeof *rename);
    if (!rename)
        return DAQS_ENOMEM;
    size_t count = find_renames(f, host, rename);
    drop_taken(f, host, rename, count);
    for (size_t i = 0; i < count; i++) {
        const struct rename *r = &rename[i];
        if (r->off) {
            f->stays(f->arg, r->entry, host, r->to, "that name has an SLA");
            continue;
        }
        if (!add_arrival(changeset, LEDGER_RENAME, f, host->name, r->to, r->entry))
            return DAQS_ENOMEM;
        bool taken_over = false; /* then that arrival covers the whole entry */
        for (size_t k = 0; k < count && !taken_over; k++)
            taken_over = !rename[k].off && same(rename[k].to, r->entry->vm);
        if (!taken_over && !add_departure(changeset, LEDGER_RENAME, r->entry, host->name, r->to))
            return DAQS_ENOMEM;
    }
    return DAQS_OK;
}

/* --- other hosts --- */

enum departure { GONE, STILL_THERE, NOT_SURE };

static enum departure has_left_an_absent_host(const struct relocation *f,
                                              const struct ledger_entry *entry,
                                              const struct fleet_host *from)
{
    const int64_t answered_ms = f->answered_ms ? f->answered_ms(f->arg, entry->host) : INT64_MAX;
    if (answered_ms < 0)
        return entry->gone ? GONE : NOT_SURE;
    if (from)
        return f->now_ms - from->heard_ms >= RELOCATION_SETTLED_MS ? GONE : NOT_SURE;
    return has_settled(f) && answered_ms >= RELOCATION_SETTLED_MS ? GONE : NOT_SURE;
}

static enum departure has_left(const struct relocation *f, const struct ledger_entry *entry)
{
    const struct fleet_host *from = fleet_find(f->fleet, entry->host);
    if (!from || !fleet_host_present(from, f->now_ms))
        return has_left_an_absent_host(f, entry, from);
    if (is_on(f, entry->uuid, entry->host, NULL))
        return STILL_THERE;
    return f->now_ms - from->begun_ms >= RELOCATION_SETTLED_MS ? GONE : NOT_SURE;
}

/* Returns the first by name of the third hosts that the VM is also on and that are present; NULL:
 * none. */
static const struct fleet_host *third_host(const struct relocation *f,
                                           const struct ledger_entry *entry,
                                           const struct fleet_host *host)
{
    const struct fleet_host *third = NULL;
    for (const struct vm_location *s = vm_index_find(f->vm_index, entry->uuid); s; s = s->next)
        if (s->host != host && !same(s->host->name, entry->host) &&
            fleet_host_present(s->host, f->now_ms) &&
            (!third || strcmp(s->host->name, third->name) < 0))
            third = s->host;
    return third;
}

static void report_same_uuid(const struct relocation *f, const struct ledger_entry *entry,
                             const struct fleet_host *host, const char *vm, const char *other)
{
    char why[DAQS_NAME_MAX + 64];
    (void)snprintf(why, sizeof why, "host %s lists the same UUID", other);
    f->stays(f->arg, entry, host, vm, why);
}

/* The SLA follows once only one of the hosts has the VM. Until then the first of them by name
 * stands for all, so that it is reported once. */
static void report_third(const struct relocation *f, const struct ledger_entry *entry,
                         const struct fleet_host *host, const char *vm,
                         const struct fleet_host *third)
{
    if (strcmp(host->name, third->name) <= 0)
        report_same_uuid(f, entry, host, vm, third->name);
}

/* Returns NULL if the SLA fits, else the reason why it does not. */
static const char *refusal(const struct relocation *f, const struct ledger_entry *entry,
                           const struct fleet_host *host, const char *vm, struct daqs_error *err)
{
    struct uplink_admission admission[DAQS_MAX_UPLINKS];
    if (ledger_find(f->ledger, host->name, vm))
        return "that name has an SLA";
    size_t admissions =
        admission_of_vm(host, f->ledger, vm, f->headroom_ppm, admission, DAQS_MAX_UPLINKS);
    int result = admission_check(admission, admissions, 0, entry->sla.min, false, err);
    return result == DAQS_OK ? NULL : err->text;
}

void relocation_lost(const struct relocation *f, const struct ledger_entry *entry)
{
    if (means_nothing(f, entry->uuid))
        return;
    for (const struct vm_location *s = vm_index_find(f->vm_index, entry->uuid); s; s = s->next)
        if (!same(s->host->name, entry->host) && fleet_host_present(s->host, f->now_ms))
            report_same_uuid(f, entry, s->host, s->host->vm[s->vm].name, entry->host);
}

/* Moves at most one SLA. *ret_wait is set if one cannot move yet. DAQS_ENOMEM. */
static int move_one(const struct relocation *f, const struct fleet_host *host,
                    struct changeset *changeset, bool *ret_wait)
{
    struct walk w = {.relocation = f, .host = host};
    while (walk_on(&w)) {
        struct daqs_error err = {0};
        if (same(w.entry->host, host->name))
            continue;
        const bool gone = has_left(f, w.entry) == GONE;
        const struct fleet_host *third = gone ? third_host(f, w.entry, host) : NULL;
        if (third)
            report_third(f, w.entry, host, w.vm->name, third);
        if (!gone || third) {
            *ret_wait = true;
            continue;
        }
        const char *why = refusal(f, w.entry, host, w.vm->name, &err);
        if (why) {
            f->stays(f->arg, w.entry, host, w.vm->name, why);
            continue;
        }
        bool added = add_arrival(changeset, LEDGER_MOVE, f, host->name, w.vm->name, w.entry) &&
                     add_departure(changeset, LEDGER_MOVE, w.entry, host->name, w.vm->name);
        return added ? DAQS_OK : DAQS_ENOMEM;
    }
    return DAQS_OK;
}

/* --- UUIDs --- */

/* The VM that had the name is not on a host that is served here. */
static bool may_be_elsewhere(const struct relocation *f, const struct ledger_entry *entry)
{
    if (!*entry->uuid)
        return false;
    if (!has_settled(f))
        return true;
    return f->answered_ms && !means_nothing(f, entry->uuid) &&
           !(entry->gone && f->now_ms - f->marked_ms >= RELOCATION_SETTLED_MS);
}

static int learn_all(const struct relocation *f, const struct fleet_host *host,
                     struct changeset *changeset, bool *ret_wait)
{
    for (uint32_t v = 0; v < host->vms; v++) {
        const struct fleet_vm *vm = &host->vm[v];
        const struct ledger_entry *entry = ledger_find(f->ledger, host->name, vm->name);
        if (!entry || !*vm->uuid)
            continue;
        if (same(entry->uuid, vm->uuid)) {
            f->home(f->arg, entry);
            continue;
        }
        if (vm_index_find(f->vm_index, entry->uuid))
            continue; /* the SLA belongs to the VM with that UUID */
        if (may_be_elsewhere(f, entry)) {
            *ret_wait = true;
            continue;
        }
        struct ledger_change *change =
            changeset_add(changeset, LEDGER_LEARN, host->name, vm->name, entry);
        if (!change)
            return DAQS_ENOMEM;
        change->has_new = true;
        change->new_sla = entry->sla;
        change->uuid = changeset_text(changeset, vm->uuid);
        if (!change->uuid)
            return DAQS_ENOMEM;
    }
    return DAQS_OK;
}

/* --- marks --- */

enum mark { KEEP, MARK, UNMARK, WAIT };

/* Returns true if another present host that is served here has the entry's VM. */
static bool has_arrived_here(const struct relocation *f, const struct ledger_entry *entry)
{
    for (const struct vm_location *s = vm_index_find(f->vm_index, entry->uuid); s; s = s->next)
        if (!same(s->host->name, entry->host) && fleet_host_present(s->host, f->now_ms))
            return true;
    return false;
}

static enum mark mark_of(const struct relocation *f, const struct ledger_entry *entry)
{
    if (means_nothing(f, entry->uuid))
        return KEEP;
    switch (has_left(f, entry)) {
    case STILL_THERE:
        return entry->gone ? UNMARK : KEEP;
    case NOT_SURE:
        return entry->gone ? KEEP : WAIT;
    case GONE:
        break;
    }
    return entry->gone || has_arrived_here(f, entry) ? KEEP : MARK;
}

int relocation_mark(const struct relocation *f, const char *host, struct changeset *ret_changeset,
                    bool *ret_wait)
{
    *ret_wait |= f->claimed;
    if (f->claimed)
        return DAQS_OK;
    for (const struct ledger_entry *e = ledger_of_host(f->ledger, host); e; e = e->next_of_host) {
        const enum mark mark = mark_of(f, e);
        *ret_wait |= mark == WAIT;
        if (mark != MARK && mark != UNMARK)
            continue;
        struct ledger_change *change = changeset_add(ret_changeset, LEDGER_LEARN, host, e->vm, e);
        if (!change) {
            changeset_done(ret_changeset);
            changeset_init(ret_changeset);
            return DAQS_ENOMEM;
        }
        change->has_new = true;
        change->new_sla = e->sla;
        change->gone = mark == MARK;
    }
    return DAQS_OK;
}

bool relocation_is_marked(const struct relocation *f, const char *host)
{
    if (f->claimed)
        return true;
    for (const struct ledger_entry *e = ledger_of_host(f->ledger, host); e; e = e->next_of_host) {
        const enum mark mark = mark_of(f, e);
        if (mark == MARK || mark == UNMARK)
            return false;
    }
    return true;
}

int relocation_find(const struct relocation *f, const struct fleet_host *host,
                    struct changeset *ret_changeset, bool *ret_wait)
{
    *ret_wait = false;
    if (!fleet_host_present(host, f->now_ms))
        return DAQS_OK; /* the host's next hello triggers this again */
    int result = rename_all(f, host, ret_changeset);
    if (result == DAQS_OK && ret_changeset->count == 0)
        result = move_one(f, host, ret_changeset, ret_wait);
    if (result == DAQS_OK && ret_changeset->count == 0)
        result = learn_all(f, host, ret_changeset, ret_wait);
    if (result != DAQS_OK) {
        changeset_done(ret_changeset);
        changeset_init(ret_changeset);
    }
    return result;
}
