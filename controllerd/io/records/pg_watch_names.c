/* SPDX-License-Identifier: Apache-2.0 */
/* The names whose records were changed by others, and the end of a step. */
#include <stdlib.h>
#include <string.h>

#include "controllerd/io/records/records_pg_internal.h"
#include "shared/base/grow.h"
#include "shared/base/text.h"

void records_pg_watch_add(struct watch *w, const char *name, bool back)
{
    char **grown = daqs_grow(w->name, w->names, &w->name_capacity, sizeof *grown);
    char *copy = grown ? strdup(name) : NULL;
    if (grown)
        w->name = grown;
    if (!copy) {
        w->engine->whole_due = true;
        return;
    }
    w->name[w->names++] = copy;
    if (!back)
        return;
    if (w->went_back++ < 5)
        daqs_text_add(w->went_back_text, sizeof w->went_back_text, ", ", "%.40s", name);
}

static void forget_names(struct watch *w)
{
    for (size_t i = 0; i < w->names; i++)
        free(w->name[i]);
    w->names = w->read = w->went_back = 0;
    w->went_back_text[0] = '\0';
}

void records_pg_watch_idle(struct watch *w)
{
    forget_names(w);
    pg_job_clear(&w->pg);
    w->step = WATCH_IDLE;
}

void records_pg_watch_done(struct records_pg *self)
{
    forget_names(&self->watch);
    free(self->watch.name);
    if (self->watch.step == WATCH_IDLE)
        pg_job_clear(&self->watch.pg);
}
