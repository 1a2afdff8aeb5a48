/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controllerd/core/admission/relocation.h"
#include "controllerd/io/admin/admin_internal.h"
#include "controllerd/io/fleet/forgetter.h"
#include "controllerd/io/fleet/sla_commit.h"
#include "controllerd/io/net/auth.h"
#include "shared/base/clock.h"

/* What goes with a host. */
struct belongings {
    size_t slas;
    bool has_key;
    struct daqs_key key;
    bool modes;
    bool maintenance;
};

/* A host is forgotten in two durable steps: its SLAs, then the rest. Each is decided when its turn
 * has come. What remains after a failure is still listed, and can be forgotten again. */
struct forget_request {
    struct sla_commit base; /* first member */
    struct admin_caller caller;
    char host[DAQS_NAME_MAX + 1];
    struct belongings had;
};

struct host_removal {
    struct admin_change base; /* first member */
    struct records_host write;
    struct belongings had;
};

enum { WHAT_BYTES = 96 };

/* Writes, for example, "3 SLAs, its key and its modes". */
static const char *what_goes(const struct belongings *had, char text[static WHAT_BYTES])
{
    const char *part[3];
    size_t parts = 0;
    if (had->has_key)
        part[parts++] = "its key";
    if (had->modes)
        part[parts++] = "its modes";
    if (had->maintenance)
        part[parts++] = "its maintenance";
    int used = snprintf(text, WHAT_BYTES, "%zu SLA%s", had->slas, had->slas == 1 ? "" : "s");
    for (size_t i = 0; i < parts; i++)
        used += snprintf(text + used, (size_t)(WHAT_BYTES - used), "%s%s",
                         i + 1 == parts ? " and " : ", ", part[i]);
    return text;
}

/* Finds what the host has now, its SLAs aside. */
static struct belongings belongings_of(const struct admin *a, const char *host)
{
    const struct principal *principal = admin_key_of(a, host);
    struct belongings has = {.has_key = principal,
                             .modes = policy_overrides_has(a->given.overrides, host),
                             .maintenance = maintenance_find(a->given.maintenance, host)};
    if (principal)
        has.key = principal->key;
    return has;
}

static bool has_more(const struct belongings *has)
{
    return has->has_key || has->modes || has->maintenance;
}

/* Checks that the host is away. After a start of the controller, one that has not been heard may
 * be up. */
static int check_away(const struct admin *a, const char *name, struct daqs_error *err)
{
    const int64_t now_ms = daqs_mono_ms(daqs_clock_system());
    const struct fleet_host *host = fleet_find(a->given.fleet, name);
    if (admin_check_here(a, name, err) != DAQS_OK)
        return err->code;
    if (host && fleet_host_present(host, now_ms))
        return daqs_fail(err, DAQS_EBUSY, "%.100s is up: stop its agent first", name);
    if (!host && now_ms - a->given.started_ms < RELOCATION_STARTED_MS)
        return daqs_fail(err, DAQS_EBUSY,
                         "the controller has just started, and %.100s may be up; try again in 30 s",
                         name);
    return DAQS_OK;
}

/* Removes the host from the fleet, unless it has come back meanwhile. */
static void forget(struct admin *a, const struct admin_caller *caller, const char *host,
                   const char *by, const char *what)
{
    struct daqs_error err = {0};
    int result = check_away(a, host, &err);
    if (result != DAQS_OK) {
        admin_reply_text(a, caller, result, "%s; %s are removed", err.text, what);
        return;
    }
    forgetter_forget(a->given.forgetter, host, by, what);
    admin_reply_text(a, caller, DAQS_OK, "%s is forgotten: %s", host, what);
}

/* --- its key, modes and maintenance --- */

static int decide_rest(struct commit *base, bool *ret_nothing, struct daqs_error *err)
{
    struct host_removal *removal = (struct host_removal *)base;
    struct records_host *w = &removal->write;
    const struct admin *a = removal->base.admin;
    const struct belongings had = removal->had;
    removal->had = belongings_of(a, w->host);
    removal->had.slas = had.slas;
    w->at_ms = daqs_wall_ms(daqs_clock_system());
    *ret_nothing = !has_more(&removal->had);
    if (removal->had.has_key && (!had.has_key || !daqs_key_same(&removal->had.key, &had.key)))
        return daqs_fail(err, DAQS_EBUSY, "it has another key now");
    if (ledger_of_host(a->given.ledger, w->host))
        return daqs_fail(err, DAQS_EBUSY, "it has an SLA again");
    return check_away(a, w->host, err);
}

static int submit_rest(struct records *records, struct store_job *write)
{
    return records_write_host(records, (struct records_host *)write);
}

static void apply_rest(struct commit *base, int result)
{
    const struct host_removal *removal = (struct host_removal *)base;
    const struct records_host *w = &removal->write;
    const struct admin_setup *given = &removal->base.admin->given;
    struct records_principal key = {.remove = true};
    if (result != DAQS_OK)
        return;
    (void)snprintf(key.name, sizeof key.name, "%s", w->host);
    (void)snprintf(key.by, sizeof key.by, "%s", w->by);
    if (removal->had.has_key)
        auth_apply(given->auth, &key);
    policy_overrides_forget(given->overrides, w->host);
    maintenance_remove(given->maintenance, w->host);
}

static void reply_kept(struct admin *a, const struct admin_caller *caller, const char *host,
                       size_t slas, int result, const char *why)
{
    char what[WHAT_BYTES];
    admin_reply_text(a, caller, result, "%s of %s removed, the rest is not: %s",
                     what_goes(&(struct belongings){.slas = slas}, what), host, why);
}

static void finish_rest(struct commit *base, int result, const struct daqs_error *err)
{
    struct host_removal *removal = (struct host_removal *)base;
    const struct records_host *w = &removal->write;
    char what[WHAT_BYTES];
    if (result == DAQS_OK)
        forget(removal->base.admin, &removal->base.caller, w->host, w->by,
               what_goes(&removal->had, what));
    else
        reply_kept(removal->base.admin, &removal->base.caller, w->host, removal->had.slas, result,
                   err->text);
    free(removal);
}

static void remove_rest(struct admin *a, const struct forget_request *r)
{
    struct host_removal *removal = calloc(1, sizeof *removal);
    if (!removal) {
        reply_kept(a, &r->caller, r->host, r->had.slas, DAQS_ENOMEM, "out of memory");
        return;
    }
    removal->base = (struct admin_change){.base = {.write = &removal->write.base,
                                                   .decide = decide_rest,
                                                   .submit = submit_rest,
                                                   .apply = apply_rest,
                                                   .finish = finish_rest},
                                          .admin = a,
                                          .caller = r->caller};
    removal->had = r->had;
    removal->write.what = RECORDS_FORGET_HOST;
    removal->write.asker = r->base.write.asker;
    (void)snprintf(removal->write.host, sizeof removal->write.host, "%s", r->host);
    (void)snprintf(removal->write.by, sizeof removal->write.by, "%s", r->base.write.by);
    if (commit_submit(a->given.queue, &removal->base.base) == DAQS_OK)
        return;
    reply_kept(a, &r->caller, r->host, r->had.slas, DAQS_EBUSY, "too many changes are waiting");
    free(removal);
}

/* --- its SLAs --- */

static int decide_slas(void *arg, struct sla_commit *base, struct daqs_error *err)
{
    struct admin *a = arg;
    struct forget_request *r = (struct forget_request *)base;
    const struct ledger_entry *entry = ledger_of_host(a->given.ledger, r->host);
    r->had = belongings_of(a, r->host);
    if (!entry && !has_more(&r->had) && !fleet_find(a->given.fleet, r->host))
        return daqs_fail(err, DAQS_ENOTFOUND,
                         "host %.100s is not known; daqsctl hosts lists the known hosts", r->host);
    int result = check_away(a, r->host, err);
    if (result != DAQS_OK)
        return result;
    for (; entry; entry = entry->next_of_host) {
        struct ledger_change *change =
            changeset_add(&base->write.changeset, LEDGER_UNSET, r->host, entry->vm, entry);
        if (!change)
            return daqs_fail(err, DAQS_ENOMEM, "out of memory");
        change->new_sla = SLA_NONE;
    }
    r->had.slas = base->write.changeset.count;
    return DAQS_OK;
}

static void finish_slas(void *arg, struct sla_commit *base, int result,
                        const struct daqs_error *err)
{
    struct admin *a = arg;
    struct forget_request *r = (struct forget_request *)base;
    char what[WHAT_BYTES];
    if (result == DAQS_OK && !base->dry_run)
        admin_announce_slas(a, &base->write);
    if (result != DAQS_OK)
        admin_reply_text(a, &r->caller, result, "%s", err->text);
    else if (base->dry_run)
        admin_reply_text(a, &r->caller, DAQS_OK, "would forget %s: %s", r->host,
                         what_goes(&r->had, what));
    else if (has_more(&r->had))
        remove_rest(a, r);
    else
        forget(a, &r->caller, r->host, base->write.by, what_goes(&r->had, what));
    changeset_done(&base->write.changeset);
    free(r);
}

void admin_forget(struct admin *a, const struct admin_caller *caller,
                  const struct wire_request *request)
{
    const struct wire_forget *given = &request->forget;
    struct daqs_error err = {0};
    if (daqs_name_check("host", given->host, strlen(given->host), &err) != DAQS_OK) {
        admin_reply_text(a, caller, DAQS_EINVALID, "%s", err.text);
        return;
    }
    struct forget_request *r = calloc(1, sizeof *r);
    if (!r) {
        admin_reply_text(a, caller, DAQS_ENOMEM, "out of memory");
        return;
    }
    r->caller = *caller;
    r->caller.by = NULL; /* valid during the request only */
    r->base.decide = decide_slas;
    r->base.finish = finish_slas;
    r->base.arg = a;
    r->base.dry_run = given->dry_run;
    (void)snprintf(r->host, sizeof r->host, "%s", given->host);
    admin_identify(a, caller, request->user, &r->base.write.asker);
    if (sla_commit_submit(a->given.commits, &r->base) == DAQS_OK)
        return;
    admin_reply_text(a, caller, DAQS_EBUSY, "too many changes are waiting; try again");
    free(r);
}
