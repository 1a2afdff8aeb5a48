/* SPDX-License-Identifier: Apache-2.0 */
/* What is read from the shared database. */
#include <stdlib.h>

#include "controllerd/io/records/records_pg_internal.h"
#include "shared/base/clock.h"
#include "shared/base/log.h"

int64_t records_pg_silent_ms(const struct records_pg *self)
{
    struct pg_status status;
    pg_client_status(self->client, &status);
    return status.asked_ms ? daqs_mono_ms(daqs_clock_system()) - status.asked_ms : 0;
}

void records_pg_take_revisions(struct records_pg *self, const struct image *image, unsigned taken)
{
    if (image->whole) {
        revisions_clear(self->hosts);
        revisions_clear(self->principals);
    }
    for (size_t i = 0; i < image->names; i++) {
        const struct image_name *name = &image->name[i];
        if (taken & (name->principal ? TAKE_PRINCIPALS : TAKE_HOSTS) &&
            !revisions_set(name->principal ? self->principals : self->hosts, name->name,
                           name->revision))
            self->loaded = false; /* out of memory: the next comparison is of all */
    }
    for (size_t i = 0; i < image->audits; i++)
        if (image->audit[i].id > self->audit)
            self->audit = image->audit[i].id;
    if (image->skipped > 0)
        daqs_log(DAQS_LOG_WARNING, "the shared database has %zu rows that are not valid",
                 image->skipped);
}

void records_pg_note_copy(struct records_pg *self, const struct store_job *job)
{
    const bool failed = job->result != DAQS_OK;
    if (failed && !self->copy_failing)
        daqs_log(DAQS_LOG_ERROR, "the copy of the shared database is not written: %s",
                 job->error.text);
    self->copy_failing = failed;
    if (failed)
        self->loaded = false; /* the next comparison writes all of it */
}

static void copied(struct store_job *base)
{
    struct records_copy *job = (struct records_copy *)base;
    records_pg_note_copy(base->context, base);
    image_done(&job->image);
    free(job);
}

bool records_pg_copy(struct records_pg *self, struct image *image)
{
    struct records_copy *job = calloc(1, sizeof *job);
    if (job) {
        *job = (struct records_copy){.image = *image, .ledger = self->ledger};
        job->base.done = copied;
        job->base.context = self;
        *image = (struct image){0};
        if (records_copy_write(self->given.store, job) == DAQS_OK)
            return true;
        image_done(&job->image);
        free(job);
    }
    image_done(image);
    return false;
}

void records_pg_believe(struct records_pg *self, struct image *image)
{
    records_pg_take_revisions(self, image, TAKE_ALL);
    records_pg_leave_out_revoked(self, image);
    if (self->listener.reloaded)
        self->listener.reloaded(self->listener.arg, image);
    if (!records_pg_copy(self, image))
        self->loaded = false;
}
