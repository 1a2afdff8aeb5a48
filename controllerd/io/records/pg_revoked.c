/* SPDX-License-Identifier: Apache-2.0 */
/* Keys that were revoked here and are still in the shared database, because it was away: they are
 * not let in again, and the change is stored as soon as that is possible. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "controllerd/io/records/records_pg_internal.h"

struct revoked {
    char name[DAQS_NAME_MAX + 1];
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

void records_pg_note_revoked(struct records_pg *self, const struct records_principal *w)
{
    struct revoked *r = find(self, w->name);
    if (r) {
        r->under_way = false;
        return;
    }
    r = calloc(1, sizeof *r);
    if (!r)
        return;
    (void)snprintf(r->name, sizeof r->name, "%s", w->name);
    (void)snprintf(r->by, sizeof r->by, "%s", w->by);
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

void records_pg_leave_out_revoked(const struct records_pg *self, struct image *image)
{
    size_t kept = 0;
    for (size_t i = 0; self->revoked && i < image->principals; i++)
        if (!find(self, image->principal[i].name))
            image->principal[kept++] = image->principal[i];
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
