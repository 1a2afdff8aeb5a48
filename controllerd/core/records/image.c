/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/core/records/image.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/grow.h"
#include "shared/base/name.h"

/* Enough for 100,000 SLAs and as many audit records with the longest names. */
enum { TEXT_BYTES = 512 * 1024 * 1024, TEXT_MAX = 1024 };

void image_init(struct image *image, bool whole)
{
    *image = (struct image){.whole = whole};
    daqs_arena_init(&image->arena, TEXT_BYTES);
}

void image_done(struct image *image)
{
    daqs_arena_done(&image->arena);
    free(image->name);
    free(image->sla);
    free(image->invalid);
    free(image->policy);
    free(image->maintenance);
    free(image->principal);
    free(image->audit);
    *image = (struct image){0};
}

/* --- checks --- */

static bool is_name(const char *text)
{
    return text && daqs_name_check("name", text, strlen(text), NULL) == DAQS_OK;
}

static bool is_name_or_empty(const char *text)
{
    return text && (!*text || is_name(text));
}

/* Texts that are not names come from the controller: the trail's words, keys, places. */
static bool is_text(const char *text)
{
    return text && strlen(text) <= TEXT_MAX;
}

/* 32 bytes in base64: the last digit has four bits. */
static bool is_key(const char *text)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const size_t length = text ? strspn(text, digits) : 0;
    return length == 43 && strcmp(text + length, "=") == 0 && strchr("AEIMQUYcgkosw048", text[42]);
}

static bool is_sla(const struct sla *sla)
{
    return sla->min <= DAQS_BPS_MAX && (sla->max == DAQS_UNLIMITED || sla->max <= DAQS_BPS_MAX) &&
           sla_check(sla, NULL) == DAQS_OK;
}

/* --- adding --- */

static const char *copy(struct image *image, const char *text)
{
    const char *made = text ? daqs_arena_text(&image->arena, text, strlen(text)) : NULL;
    image->failed = image->failed || (text && !made);
    return made;
}

void image_skip(struct image *image, const char *kind, const char *name)
{
    if (image->skipped++ > 0)
        return;
    char *at = image->skipped_text;
    (void)snprintf(at, sizeof image->skipped_text, "%s of '%.80s'", kind, name ? name : "");
    for (; *at; at++)
        if (*at < ' ' || *at > '~')
            *at = '?';
}

/* Returns whether there is room for another row, which is valid. */
static bool take(struct image *image, void **rows, size_t used, size_t *capacity, size_t size)
{
    void *grown = image->failed ? NULL : daqs_grow(*rows, used, capacity, size);
    image->failed = !grown;
    if (grown)
        *rows = grown;
    return grown;
}

#define TAKE(image, rows, used, capacity)                                                          \
    take(image, (void **)&(image)->rows, (image)->used, &(image)->capacity, sizeof *(image)->rows)

/* A row whose texts are not all there is left out. */
#define KEEP(image, used) ((image)->used += !(image)->failed)

void image_add_name(struct image *image, const struct image_name *name)
{
    if (!is_name(name->name) || name->revision < 0) {
        image_skip(image, "the revision", name->name);
        return;
    }
    if (!TAKE(image, name, names, name_capacity))
        return;
    image->name[image->names] =
        (struct image_name){copy(image, name->name), name->principal, name->revision};
    KEEP(image, names);
}

/* Its place is known if only the rest is not valid. */
static void add_invalid(struct image *image, const struct image_sla *sla)
{
    if (!is_name(sla->host) || !is_name(sla->vm) ||
        !TAKE(image, invalid, invalids, invalid_capacity))
        return;
    image->invalid[image->invalids] =
        (struct image_place){copy(image, sla->host), copy(image, sla->vm)};
    KEEP(image, invalids);
}

void image_add_sla(struct image *image, const struct image_sla *sla)
{
    const bool valid = is_name(sla->host) && is_name(sla->vm) && is_sla(&sla->sla) && sla->uuid &&
                       strlen(sla->uuid) < LEDGER_UUID_BYTES && is_text(sla->updated_by);
    if (!valid) {
        image_skip(image, "an SLA", sla->host);
        add_invalid(image, sla);
        return;
    }
    if (!TAKE(image, sla, slas, sla_capacity))
        return;
    struct image_sla *made = &image->sla[image->slas];
    *made = *sla;
    made->host = copy(image, sla->host);
    made->vm = copy(image, sla->vm);
    made->uuid = copy(image, sla->uuid);
    made->updated_by = copy(image, sla->updated_by);
    KEEP(image, slas);
}

void image_add_policy(struct image *image, const struct image_policy *policy)
{
    const bool valid =
        is_name(policy->host) && is_name_or_empty(policy->uplink) && is_text(policy->updated_by);
    if (!valid) {
        image_skip(image, "a mode", policy->host);
        return;
    }
    if (!TAKE(image, policy, policies, policy_capacity))
        return;
    struct image_policy *made = &image->policy[image->policies];
    *made = *policy;
    made->host = copy(image, policy->host);
    made->uplink = copy(image, policy->uplink);
    made->updated_by = copy(image, policy->updated_by);
    KEEP(image, policies);
}

void image_add_maintenance(struct image *image, const struct image_maintenance *maintenance)
{
    const bool valid = is_name(maintenance->host) && is_text(maintenance->by);
    if (!valid) {
        image_skip(image, "the maintenance", maintenance->host);
        return;
    }
    if (!TAKE(image, maintenance, maintenances, maintenance_capacity))
        return;
    image->maintenance[image->maintenances] = (struct image_maintenance){
        copy(image, maintenance->host), maintenance->since_ms, copy(image, maintenance->by)};
    KEEP(image, maintenances);
}

void image_add_principal(struct image *image, const struct image_principal *principal)
{
    const bool valid =
        is_name(principal->name) && is_key(principal->key) && is_text(principal->enrolled_by);
    if (!valid) {
        image_skip(image, "the key", principal->name);
        return;
    }
    if (!TAKE(image, principal, principals, principal_capacity))
        return;
    struct image_principal *made = &image->principal[image->principals];
    *made = *principal;
    made->name = copy(image, principal->name);
    made->key = copy(image, principal->key);
    made->enrolled_by = copy(image, principal->enrolled_by);
    KEEP(image, principals);
}

void image_add_audit(struct image *image, const struct image_audit *audit)
{
    const bool valid = audit->id > 0 && is_name_or_empty(audit->host) &&
                       is_name_or_empty(audit->vm) && is_text(audit->by) && is_text(audit->what) &&
                       (!audit->old_text || is_text(audit->old_text)) &&
                       (!audit->new_text || is_text(audit->new_text));
    if (!valid) {
        image_skip(image, "a record of the audit trail", audit->host);
        return;
    }
    if (!TAKE(image, audit, audits, audit_capacity))
        return;
    struct image_audit *made = &image->audit[image->audits];
    *made = *audit;
    made->host = copy(image, audit->host);
    made->vm = copy(image, audit->vm);
    made->by = copy(image, audit->by);
    made->what = copy(image, audit->what);
    made->old_text = copy(image, audit->old_text);
    made->new_text = copy(image, audit->new_text);
    KEEP(image, audits);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Adds those of the kind. 'seen' has room for what the image has. */
static void complete(struct image *image, const char *const *name, size_t names, bool principal,
                     const char **seen)
{
    size_t count = 0;
    for (size_t i = 0; i < image->names; i++)
        if (image->name[i].principal == principal)
            seen[count++] = image->name[i].name;
    qsort(seen, count, sizeof *seen, by_name);
    for (size_t i = 0; i < names; i++)
        if (!bsearch(&name[i], seen, count, sizeof *seen, by_name))
            image_add_name(image, &(struct image_name){name[i], principal, 0});
}

void image_complete(struct image *image, const char *const *name, size_t names)
{
    const char **seen = calloc(image->names + names + 1, sizeof *seen);
    image->failed = image->failed || !seen;
    if (!seen)
        return;
    complete(image, name, names, false, seen);
    complete(image, name, names, true, seen);
    free(seen);
}
