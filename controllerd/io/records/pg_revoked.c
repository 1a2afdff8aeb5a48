/* SPDX-License-Identifier: Apache-2.0 */
/* Keys that were revoked here and are still in the shared database, because it was away: they are
 * not let in again, and the change is stored as soon as that is possible. Another key that others
 * enrol under the same name in the meantime is not meant. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "controllerd/io/records/records_pg_internal.h"
#include "shared/base/log.h"
#include "shared/net/key.h"

struct revoked {
    char name[DAQS_NAME_MAX + 1];
    struct daqs_key key;
    char by[IDENTITY_BYTES];
    int64_t at_ms;
    bool under_way;
    struct revoked *prev, *next;
};

static struct revoked *find(const struct records_pg *self, const char *name)
{
    struct revoked *r = NULL;
    DL_FOREACH(self->revoked, r)
    if (strcmp(r->name, name) == 0)
        return r;
    return NULL;
}

void records_pg_note_revoked(struct records_pg *self, const struct records_principal *w,
                             int64_t revision)
{
    struct revoked *r = find(self, w->name);
    /* Others have changed it since that was decided: it is read again, to see the key. */
    if (revision != revisions_of(self->principals, w->name))
        (void)revisions_set(self->principals, w->name, revision);
    if (r) {
        r->under_way = false;
        return;
    }
    r = calloc(1, sizeof *r);
    if (!r)
        return;
    (void)snprintf(r->name, sizeof r->name, "%s", w->name);
    (void)snprintf(r->by, sizeof r->by, "%s", w->by);
    r->key = w->key;
    r->at_ms = w->at_ms;
    DL_APPEND(self->revoked, r);
}

void records_pg_forget_revoked(struct records_pg *self, const char *name)
{
    struct revoked *r = find(self, name);
    if (r)
        DL_DELETE(self->revoked, r);
    free(r);
}

static bool is_key(const struct revoked *r, const struct image_principal *principal)
{
    char text[KEY_TEXT];
    return strcmp(key_format(&r->key, text), principal->key) == 0;
}

static const struct image_principal *row_of(const struct image *image, const char *name)
{
    for (size_t i = 0; i < image->principals; i++)
        if (strcmp(image->principal[i].name, name) == 0)
            return &image->principal[i];
    return NULL;
}

static bool is_read(const struct image *image, const char *name)
{
    bool found = image->whole;
    for (size_t i = 0; i < image->names && !found; i++)
        found = image->name[i].principal && strcmp(image->name[i].name, name) == 0;
    return found;
}

/* Others have revoked it as well, or have enrolled another key. */
static bool is_over(const struct revoked *r, const struct image *image)
{
    const struct image_principal *row = row_of(image, r->name);
    if (!is_read(image, r->name) || (row && is_key(r, row)))
        return false;
    if (row)
        daqs_log(DAQS_LOG_WARNING,
                 "%s has another key in the shared database than the one that was revoked here, "
                 "enrolled by %s: it is let in",
                 r->name, row->enrolled_by);
    return true;
}

void records_pg_leave_out_revoked(struct records_pg *self, struct image *image)
{
    size_t kept = 0;
    struct revoked *r = NULL;
    struct revoked *following = NULL;
    DL_FOREACH_SAFE(self->revoked, r, following)
    if (is_over(r, image))
        records_pg_forget_revoked(self, r->name);
    for (size_t i = 0; self->revoked && i < image->principals; i++) {
        r = find(self, image->principal[i].name);
        if (!r || !is_key(r, &image->principal[i]))
            image->principal[kept++] = image->principal[i];
    }
    if (self->revoked)
        image->principals = kept;
}

static void on_stored(struct store_job *base)
{
    struct revoked *r = find(base->context, ((const struct records_principal *)base)->name);
    if (r && base->result != DAQS_OK)
        r->under_way = false; /* such as: others have changed it in the meantime */
    free(base);
}

void records_pg_store_revoked(struct records_pg *self)
{
    struct revoked *r = NULL;
    DL_FOREACH(self->revoked, r)
    {
        if (r->under_way || revisions_of(self->principals, r->name) == 0)
            continue;
        struct records_principal *w = calloc(1, sizeof *w);
        if (!w)
            return;
        w->remove = true;
        w->key = r->key;
        w->at_ms = r->at_ms;
        (void)snprintf(w->name, sizeof w->name, "%s", r->name);
        (void)snprintf(w->by, sizeof w->by, "%s", r->by);
        w->base.done = on_stored;
        w->base.context = self;
        r->under_way = records_write_principal(&self->base, w) == DAQS_OK;
        if (!r->under_way)
            free(w);
        return; /* one at a time: adding may change the list */
    }
}

void records_pg_free_revoked(struct records_pg *self)
{
    while (self->revoked)
        records_pg_forget_revoked(self, self->revoked->name);
}
