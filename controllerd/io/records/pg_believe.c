/* SPDX-License-Identifier: Apache-2.0 */
/* What is read from the shared database: it is believed, and written to the copy. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controllerd/core/pg/pg_guard.h"
#include "controllerd/io/records/records_pg_internal.h"
#include "shared/base/clock.h"
#include "shared/base/log.h"

enum { COPY_AGAIN_MS = 5000 };
/* The trail is read again from so many numbers before the last one: transactions that had drawn
 * theirs earlier have ended by then. */
enum { TRAIL_SPAN = 1000000 };

int64_t records_pg_silent_ms(const struct records_pg *self)
{
    struct pg_status status;
    pg_client_status(self->client, &status);
    return status.asked_ms ? daqs_mono_ms(daqs_clock_system()) - status.asked_ms : 0;
}

void records_pg_compare_all(struct records_pg *self)
{
    self->watch.connects = 0;
}

struct rows_trail records_pg_trail(const struct records_pg *self)
{
    const int64_t after = self->audit - TRAIL_SPAN;
    return (struct rows_trail){self->hosts, self->principals, after > 0 ? after : 0};
}

/* --- which database it is --- */

void records_pg_job(const struct records_pg *self, struct pg_job *job, enum pg_access access)
{
    pg_job_clear(job);
    pg_job_init(job, access);
    pg_guard(job, self->ledger);
}

void records_pg_note_other(struct records_pg *self)
{
    if (self->loaded)
        daqs_log(DAQS_LOG_ERROR, "the shared database is another one now: nothing of it is "
                                 "believed, and no change is stored; restart the controller if "
                                 "that is intended");
    self->loaded = false;
    self->other = true;
    records_pg_compare_all(self);
}

bool records_pg_is_other(struct records_pg *self, const struct pg_job *job)
{
    const bool other = pg_guard_failed(job);
    if (other)
        records_pg_note_other(self);
    return other;
}

/* --- what it has --- */

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
            records_pg_compare_all(self); /* out of memory */
    }
    for (size_t i = 0; i < image->audits; i++)
        if (image->audit[i].id > self->audit)
            self->audit = image->audit[i].id;
    records_pg_note_skipped(self, image);
}

void records_pg_read(const struct records_pg *self, const struct pg_job *job, size_t first,
                     struct image *image)
{
    rows_read(job, first, image);
    if (image->invalids > 0 && self->listener.read)
        self->listener.read(self->listener.arg, image);
}

void records_pg_note_skipped(struct records_pg *self, const struct image *image)
{
    if (image->skipped == 0 || strcmp(self->skipped_text, image->skipped_text) == 0)
        return;
    (void)snprintf(self->skipped_text, sizeof self->skipped_text, "%s", image->skipped_text);
    daqs_log(DAQS_LOG_WARNING,
             "the shared database has rows that are not valid, which do not count: %s%s",
             image->skipped_text, image->skipped > 1 ? ", and others" : "");
}

/* --- the copy --- */

int64_t records_pg_copy_ms(const struct records_pg *self)
{
    return self->copy_due || self->copy_failing ? 0 : self->copy_ms;
}

void records_pg_note_copy(struct records_pg *self, const struct store_job *job)
{
    const bool failed = job->result != DAQS_OK;
    if (failed && !self->copy_failing)
        daqs_log(DAQS_LOG_ERROR,
                 "the copy of the shared database is not written: %s; changes are stored all the "
                 "same",
                 job->error.text);
    if (!failed && self->copy_failing)
        daqs_log(DAQS_LOG_INFO, "the copy of the shared database is written again");
    self->copy_failing = failed;
    self->copy_due = self->copy_due || failed;
    if (failed)
        self->copy_again_ms = self->mono_ms + COPY_AGAIN_MS;
}

void records_pg_note_copied(struct records_pg *self, const struct image *image)
{
    for (size_t i = 0; i < image->names; i++)
        revisions_copied(image->name[i].principal ? self->principals : self->hosts,
                         image->name[i].name, image->name[i].revision);
    for (size_t i = 0; i < image->audits; i++)
        (void)revisions_saw(rows_of_principal(image->audit[i].what) ? self->principals
                                                                    : self->hosts,
                            image->audit[i].host, image->audit[i].id);
    if (image->whole) {
        revisions_copied_all(self->hosts);
        revisions_copied_all(self->principals);
    }
}

static void copied(struct store_job *base)
{
    struct records_copy *job = (struct records_copy *)base;
    struct records_pg *self = base->context;
    records_pg_note_copy(self, base);
    if (base->result == DAQS_OK)
        records_pg_note_copied(self, &job->image);
    image_done(&job->image);
    free(job);
}

void records_pg_copy(struct records_pg *self, struct image *image)
{
    struct records_copy *job = calloc(1, sizeof *job);
    if (job) {
        *job = (struct records_copy){.image = *image, .ledger = self->ledger};
        job->base.done = copied;
        job->base.context = self;
        *image = (struct image){0};
        if (records_copy_write(self->given.store, job) == DAQS_OK)
            return;
        image_done(&job->image);
        free(job);
    }
    image_done(image);
    self->copy_due = true;
}

void records_pg_believe(struct records_pg *self, struct image *image)
{
    records_pg_take_revisions(self, image, TAKE_ALL);
    records_pg_leave_out_revoked(self, image);
    if (self->listener.reloaded)
        self->listener.reloaded(self->listener.arg, image);
    records_pg_copy(self, image);
}
