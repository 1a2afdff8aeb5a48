/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/core/records/image.h"

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

/* Returns whether there is room for another row, which is valid. */
static bool take(struct image *image, bool valid, void **rows, size_t used, size_t *capacity,
                 size_t size)
{
    if (!valid) {
        image->skipped++;
        return false;
    }
    void *grown = daqs_grow(*rows, used, capacity, size);
    if (!grown) {
        image->failed = true;
        return false;
    }
    *rows = grown;
    return true;
}

#define TAKE(image, valid, rows, used, capacity)                                                   \
    take(image, valid, (void **)&(image)->rows, (image)->used, &(image)->capacity,                 \
         sizeof *(image)->rows)

void image_add_name(struct image *image, const struct image_name *name)
{
    const bool valid = is_name(name->name) && name->revision >= 0;
    if (TAKE(image, valid, name, names, name_capacity))
        image->name[image->names++] =
            (struct image_name){copy(image, name->name), name->principal, name->revision};
}

void image_add_sla(struct image *image, const struct image_sla *sla)
{
    const bool valid = is_name(sla->host) && is_name(sla->vm) && is_sla(&sla->sla) && sla->uuid &&
                       strlen(sla->uuid) < LEDGER_UUID_BYTES && is_text(sla->updated_by);
    if (!TAKE(image, valid, sla, slas, sla_capacity))
        return;
    struct image_sla *made = &image->sla[image->slas++];
    *made = *sla;
    made->host = copy(image, sla->host);
    made->vm = copy(image, sla->vm);
    made->uuid = copy(image, sla->uuid);
    made->updated_by = copy(image, sla->updated_by);
}

void image_add_policy(struct image *image, const struct image_policy *policy)
{
    const bool valid =
        is_name(policy->host) && is_name_or_empty(policy->uplink) && is_text(policy->updated_by);
    if (!TAKE(image, valid, policy, policies, policy_capacity))
        return;
    struct image_policy *made = &image->policy[image->policies++];
    *made = *policy;
    made->host = copy(image, policy->host);
    made->uplink = copy(image, policy->uplink);
    made->updated_by = copy(image, policy->updated_by);
}

void image_add_maintenance(struct image *image, const struct image_maintenance *maintenance)
{
    const bool valid = is_name(maintenance->host) && is_text(maintenance->by);
    if (TAKE(image, valid, maintenance, maintenances, maintenance_capacity))
        image->maintenance[image->maintenances++] = (struct image_maintenance){
            copy(image, maintenance->host), maintenance->since_ms, copy(image, maintenance->by)};
}

void image_add_principal(struct image *image, const struct image_principal *principal)
{
    const bool valid =
        is_name(principal->name) && is_text(principal->key) && is_text(principal->enrolled_by);
    if (!TAKE(image, valid, principal, principals, principal_capacity))
        return;
    struct image_principal *made = &image->principal[image->principals++];
    *made = *principal;
    made->name = copy(image, principal->name);
    made->key = copy(image, principal->key);
    made->enrolled_by = copy(image, principal->enrolled_by);
}

void image_add_audit(struct image *image, const struct image_audit *audit)
{
    const bool valid = audit->id > 0 && is_name_or_empty(audit->host) &&
                       is_name_or_empty(audit->vm) && is_text(audit->by) && is_text(audit->what) &&
                       (!audit->old_text || is_text(audit->old_text)) &&
                       (!audit->new_text || is_text(audit->new_text));
    if (!TAKE(image, valid, audit, audits, audit_capacity))
        return;
    struct image_audit *made = &image->audit[image->audits++];
    *made = *audit;
    made->host = copy(image, audit->host);
    made->vm = copy(image, audit->vm);
    made->by = copy(image, audit->by);
    made->what = copy(image, audit->what);
    made->old_text = copy(image, audit->old_text);
    made->new_text = copy(image, audit->new_text);
}

static bool has_name(const struct image *image, const char *name, bool principal)
{
    for (size_t i = 0; i < image->names; i++)
        if (image->name[i].principal == principal && strcmp(image->name[i].name, name) == 0)
            return true;
    return false;
}

void image_complete(struct image *image, const char *const *name, size_t names)
{
    for (size_t i = 0; i < names; i++)
        for (int principal = 0; principal < 2; principal++)
            if (!has_name(image, name[i], principal))
                image_add_name(image, &(struct image_name){name[i], principal, 0});
}
