/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/io/fleet/reloader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controllerd/core/access/name_limits.h"
#include "controllerd/core/records/image_apply.h"
#include "controllerd/io/net/auth.h"
#include "controllerd/io/store/records.h"
#include "shared/base/log.h"

#define TOLD_EVERY_US INT64_C(3600000000)

/* --- SLAs --- */

static int by_host(const void *a, const void *b)
{
    const struct ledger_change *x = a;
    const struct ledger_change *y = b;
    return strcmp(x->host, y->host);
}

/* The changes are in the order of their hosts. */
static void tell(const struct reloader *r, const struct changeset *changes)
{
    bool changed = false;
    for (size_t i = 0; i < changes->count; i++) {
        const struct ledger_change *change = &changes->change[i];
        const bool last = i + 1 == changes->count || strcmp(change->host, change[1].host) != 0;
        r->applied(r->arg, change);
        changed |= change->kind != LEDGER_LEARN;
        if (last && changed)
            r->host_changed(r->arg, change->host);
        changed &= !last;
    }
}

void reloader_complete(const struct reloader *r, struct image *image, int64_t now_ms)
{
    image_keep_slas(image, r->ledger);
    for (size_t i = 0; i < image->invalids; i++) {
        const struct image_place *place = &image->invalid[i];
        if (name_limits_charge(r->told, place->host, 0, TOLD_EVERY_US, TOLD_EVERY_US, now_ms))
            r->invalid(r->arg, place->host, place->vm,
                       ledger_find(r->ledger, place->host, place->vm));
    }
}

static void take_slas(const struct reloader *r, const struct image *image)
{
    struct changeset changes;
    changeset_init(&changes);
    bool complete = image_compare_slas(image, r->ledger, &changes);
    if (changes.count > 0)
        qsort(changes.change, changes.count, sizeof *changes.change, by_host);
    complete = image_apply_slas(image, &changes, r->ledger) && complete;
    if (!complete)
        daqs_log(DAQS_LOG_ERROR,
                 "out of memory: SLAs of the shared database take effect only after a restart");
    tell(r, &changes);
    changeset_done(&changes);
}

/* --- modes --- */

static void take_modes(const struct reloader *r, const struct image *image)
{
    if (!image_apply_policies(image, r->overrides) ||
        !image_apply_maintenance(image, r->maintenance))
        daqs_log(DAQS_LOG_ERROR, "out of memory: modes and maintenance of the shared database take "
                                 "effect only after a restart");
    for (size_t i = 0; i < fleet_count(r->fleet) && image->whole; i++)
        r->modes_changed(r->arg, fleet_at(r->fleet, i));
    for (size_t i = 0; i < image->names && !image->whole; i++) {
        struct fleet_host *host =
            image->name[i].principal ? NULL : fleet_find(r->fleet, image->name[i].name);
        if (host)
            r->modes_changed(r->arg, host);
    }
}

/* --- principals --- */

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Returns the names of the image's principals, sorted; NULL: out of memory. */
static const char **principal_names(const struct image *image)
{
    const char **name = calloc(image->principals + 1, sizeof *name);
    for (size_t i = 0; name && i < image->principals; i++)
        name[i] = image->principal[i].name;
    if (name)
        qsort(name, image->principals, sizeof *name, by_name);
    return name;
}

static void take_away(const struct reloader *r, const char *name)
{
    struct records_principal job = {.remove = true, .by = "another controller"};
    (void)snprintf(job.name, sizeof job.name, "%s", name);
    auth_apply(r->auth, &job);
}

static void put_in(const struct reloader *r, const struct image_principal *row)
{
    struct records_principal job = {.role = row->role, .at_ms = row->enrolled_ms};
    const struct principal *old = principals_named(auth_principals(r->auth), row->name);
    (void)snprintf(job.name, sizeof job.name, "%s", row->name);
    (void)snprintf(job.by, sizeof job.by, "%s", row->enrolled_by);
    if (key_parse(row->key, &job.key, NULL) != DAQS_OK) {
        if (old)
            take_away(r, row->name);
        return;
    }
    if (!old || old->role != job.role || !daqs_key_same(&old->key, &job.key))
        auth_apply(r->auth, &job);
}

/* Those who are gone first: their keys may have other names now. */
static void take_principals(const struct reloader *r, const struct image *image)
{
    struct principals *principals = auth_principals(r->auth);
    const char **name = principal_names(image);
    const size_t names = image->principals;
    if (!name) {
        daqs_log(DAQS_LOG_ERROR, "out of memory: keys of the shared database take effect only "
                                 "after a restart");
        return;
    }
    for (size_t i = principals_count(principals); i-- > 0 && image->whole;) {
        const struct principal *old = principals_at(principals, i);
        const char *key = old ? old->name : NULL;
        if (key && !bsearch(&key, name, names, sizeof *name, by_name))
            take_away(r, key);
    }
    for (size_t i = 0; i < image->names && !image->whole; i++) {
        const char *key = image->name[i].name;
        if (image->name[i].principal && principals_named(principals, key) &&
            !bsearch(&key, name, names, sizeof *name, by_name))
            take_away(r, key);
    }
    free(name);
    for (size_t i = 0; i < image->principals; i++)
        put_in(r, &image->principal[i]);
}

void reloader_take(const struct reloader *r, const struct image *image)
{
    take_slas(r, image);
    take_modes(r, image);
    if (r->auth)
        take_principals(r, image);
}
