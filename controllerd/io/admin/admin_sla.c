/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controllerd/core/admission/admission.h"
#include "controllerd/io/admin/admin_internal.h"
#include "controllerd/io/fleet/membership.h"
#include "controllerd/io/fleet/sla_commit.h"

struct sla_request {
    struct sla_commit base; /* first member */
    struct admin_caller caller;
    char host[DAQS_NAME_MAX + 1];
    char vm[DAQS_NAME_MAX + 1];
    struct sla_change change;
    bool take_away;
    bool force;
    struct sla sla; /* the decided one */
    bool unchanged; /* the VM had it already */
};

void admin_describe_sla(const struct sla *sla, char text[static ADMIN_SLA_BYTES])
{
    char min[DAQS_RATE_TEXT];
    char max[DAQS_RATE_TEXT];
    (void)snprintf(text, ADMIN_SLA_BYTES, "min %s, max %s, weight %u",
                   sla->min ? daqs_rate_format(sla->min, min) : "none",
                   daqs_rate_format(sla->max, max), (unsigned)sla->weight);
}

static void announce_all(const struct admin *a, const struct records_changeset *w)
{
    const struct changeset *changeset = &w->changeset;
    const char *host = changeset->change[0].host;
    size_t fresh = 0;
    size_t removed = 0;
    for (size_t i = 0; i < changeset->count; i++) {
        const struct ledger_change *change = &changeset->change[i];
        fresh += !change->has_old;
        removed += !change->has_new;
        if (strcmp(change->host, changeset->change[0].host) != 0)
            host = "";
    }
    events_emit(a->given.events, removed == changeset->count ? EVENT_SLA_UNSET : EVENT_SLA_SET,
                host, "", 0, "%zu new, %zu changed, %zu removed, by %s", fresh,
                changeset->count - fresh - removed, removed, w->by);
}

void admin_announce_slas(const struct admin *a, const struct records_changeset *write)
{
    const struct changeset *changeset = &write->changeset;
    if (changeset->count > ADMIN_EVENTS_EACH_MAX) {
        announce_all(a, write);
        return;
    }
    for (size_t i = 0; i < changeset->count; i++) {
        char text[ADMIN_SLA_BYTES];
        const struct ledger_change *change = &changeset->change[i];
        admin_describe_sla(&change->new_sla, text);
        if (change->has_new)
            events_emit(a->given.events, EVENT_SLA_SET, change->host, change->vm, 0, "%s, by %s",
                        text, write->by);
        else
            events_emit(a->given.events, EVENT_SLA_UNSET, change->host, change->vm, 0, "by %s",
                        write->by);
    }
}

static bool has_unwatched(const struct fleet_host *host, uint32_t vm)
{
    for (uint32_t i = 0; i < host->unwatched_vfs; i++)
        if (host->unwatched[i].vm == vm)
            return true;
    return false;
}

/* Returns a note for the operator about an SLA that was accepted, or "". */
static const char *note_on(const struct admin *a, const struct sla_request *r,
                           char doubt[static MEMBERSHIP_NOTE_BYTES])
{
    const struct fleet_host *host = fleet_find(a->given.fleet, r->host);
    if (!host && a->given.membership &&
        *membership_note(a->given.membership, r->host, r->caller.now_ms, doubt))
        return doubt;
    if (!host)
        return " (this host has not been seen yet; it takes effect when its agent connects)";
    uint32_t vm = fleet_find_vm(host, r->vm);
    if (vm >= host->vms)
        return " (this VM has not been seen yet; it takes effect when it appears)";
    return r->sla.min > 0 && has_unwatched(host, vm)
               ? " (a VF of this VM is not watched, so the guarantee does not hold there; see "
                 "'daqsctl problems')"
               : "";
}

enum { NOTE_BYTES = DAQS_NAME_MAX + 128 };

static bool sends_on(const struct fleet_host *host, uint32_t vm, uint32_t uplink)
{
    for (uint32_t m = 0; m < host->members; m++)
        if (host->member[m].vm == vm && host->member[m].uplink == uplink)
            return true;
    return false;
}

/* Writes a note if the uplink's mode does not enforce the SLA. 'uplink' is "" if none is known. */
static bool note_mode(const struct admin *a, const struct sla_request *r, const char *uplink,
                      char note[static NOTE_BYTES])
{
    const enum policy_mode mode =
        policy_overrides_mode(a->given.overrides, a->given.config->mode, r->host, uplink);
    const bool off = mode == POLICY_MODE_OFF;
    if (!off && (r->sla.min == 0 || policy_mode_keeps_guarantees(mode)))
        return false;
    (void)snprintf(note, NOTE_BYTES, " (%s is not enforced on %s while its mode is %s)",
                   off ? "the SLA" : "the guarantee", *uplink ? uplink : "this host",
                   policy_mode_name(mode));
    return true;
}

/* Writes a note about the first of the VM's uplinks whose mode does not enforce the SLA, or "". A
 * VM that has not been seen may appear on any of the host's. */
static const char *note_on_mode(const struct admin *a, const struct sla_request *r,
                                char note[static NOTE_BYTES])
{
    const struct fleet_host *host = fleet_find(a->given.fleet, r->host);
    const uint32_t vm = host ? fleet_find_vm(host, r->vm) : 0;
    note[0] = '\0';
    if (!host)
        (void)note_mode(a, r, "", note);
    for (uint32_t u = 0; host && u < host->uplinks; u++)
        if ((vm >= host->vms || sends_on(host, vm, u)) &&
            note_mode(a, r, host->uplink[u].name, note))
            break;
    return note;
}

/* Decides the SLA to set, and whether it changes anything. */
static int amend(const struct admin *a, struct sla_request *r, const struct ledger_entry *old,
                 const struct fleet_host *host, struct daqs_error *err)
{
    struct uplink_admission admission[DAQS_MAX_UPLINKS];
    const struct sla before = old ? old->sla : SLA_NONE;
    int result = sla_amend(&before, &r->change, &r->sla, err);
    if (result != DAQS_OK)
        return result;
    r->unchanged = old && sla_same(&before, &r->sla);
    if (r->unchanged)
        return DAQS_OK;
    result = sla_names_check(r->host, r->vm, err);
    if (result != DAQS_OK)
        return result;
    /* Whether it fits is known where the host's uplinks are. */
    if (!r->force && admin_check_here(a, r->host, err) != DAQS_OK)
        return err->code;
    size_t admissions =
        host ? admission_of_vm(host, a->given.ledger, r->vm, a->given.config->headroom_ppm,
                               admission, DAQS_MAX_UPLINKS)
             : 0;
    return admission_check(admission, admissions, before.min, r->sla.min, r->force, err);
}

static int decide(void *arg, struct sla_commit *base, struct daqs_error *err)
{
    struct admin *a = arg;
    struct sla_request *r = (struct sla_request *)base;
    const struct ledger_entry *old = ledger_find(a->given.ledger, r->host, r->vm);
    const struct fleet_host *host = fleet_find(a->given.fleet, r->host);
    if (r->take_away && !old)
        return daqs_fail(err, DAQS_ENOTFOUND, "%.100s/%.100s has no SLA", r->host, r->vm);
    int result = r->take_away ? DAQS_OK : amend(a, r, old, host, err);
    if (result != DAQS_OK || r->unchanged)
        return result;
    struct ledger_change *change = changeset_add(
        &base->write.changeset, r->take_away ? LEDGER_UNSET : LEDGER_SET, r->host, r->vm, old);
    if (!change)
        return daqs_fail(err, DAQS_ENOMEM, "out of memory");
    change->has_new = !r->take_away;
    change->new_sla = r->take_away ? SLA_NONE : r->sla;
    uint32_t vm = host ? fleet_find_vm(host, r->vm) : 0;
    if (host && vm < host->vms &&
        !changeset_name_vm(&base->write.changeset, change, host->vm[vm].uuid))
        return daqs_fail(err, DAQS_ENOMEM, "out of memory");
    return DAQS_OK;
}

static void finish(void *arg, struct sla_commit *base, int result, const struct daqs_error *err)
{
    struct admin *a = arg;
    char text[ADMIN_SLA_BYTES];
    char note[NOTE_BYTES];
    char doubt[MEMBERSHIP_NOTE_BYTES];
    struct sla_request *r = (struct sla_request *)base;
    admin_describe_sla(&r->sla, text);
    if (result == DAQS_OK && !base->dry_run)
        admin_announce_slas(a, &base->write);
    if (result != DAQS_OK) {
        admin_reply_text(a, &r->caller, result, "%s", err->text);
    } else if (r->take_away) {
        admin_reply_text(a, &r->caller, DAQS_OK, "%s/%s no longer has an SLA", r->host, r->vm);
    } else {
        admin_reply_text(a, &r->caller, DAQS_OK, "%s%s/%s%s: %s%s%s",
                         base->dry_run && !r->unchanged ? "would set " : "", r->host, r->vm,
                         r->unchanged ? " is unchanged" : "", text, note_on(a, r, doubt),
                         note_on_mode(a, r, note));
    }
    changeset_done(&base->write.changeset);
    free(r);
}

static struct sla_request *new_request(struct admin *a, const struct admin_caller *caller,
                                       const struct wire_request *request)
{
    const struct wire_vm *vm = &request->vm;
    if (!admin_names_ok(a, caller, vm->host, vm->vm))
        return NULL;
    struct sla_request *r = calloc(1, sizeof *r);
    if (!r) {
        admin_reply_text(a, caller, DAQS_ENOMEM, "out of memory");
        return NULL;
    }
    r->caller = *caller;
    (void)snprintf(r->host, sizeof r->host, "%s", vm->host);
    (void)snprintf(r->vm, sizeof r->vm, "%s", vm->vm);
    admin_identify(a, caller, request->user, &r->base.write.asker);
    r->base.decide = decide;
    r->base.finish = finish;
    r->base.arg = a;
    r->base.confirms = true;
    return r;
}

static void enqueue(struct admin *a, struct sla_request *r)
{
    if (sla_commit_submit(a->given.commits, &r->base) == DAQS_OK)
        return;
    admin_reply_text(a, &r->caller, DAQS_EBUSY, "too many changes are waiting; try again");
    free(r);
}

void admin_set_sla(struct admin *a, const struct admin_caller *caller,
                   const struct wire_request *request)
{
    const struct wire_set_sla *set = &request->set_sla;
    struct sla_request *r = new_request(a, caller, request);
    if (!r)
        return;
    r->change = (struct sla_change){set->min, set->max, set->weight};
    r->force = set->force;
    r->base.dry_run = set->dry_run;
    enqueue(a, r);
}

void admin_unset_sla(struct admin *a, const struct admin_caller *caller,
                     const struct wire_request *request)
{
    struct sla_request *r = new_request(a, caller, request);
    if (!r)
        return;
    r->take_away = true;
    enqueue(a, r);
}
