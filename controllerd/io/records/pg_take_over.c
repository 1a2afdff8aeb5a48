/* SPDX-License-Identifier: Apache-2.0 */
/* The epoch is this controller's own, and a take-over must not wait for the shared database. Its
 * record in the audit trail follows. */
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "controllerd/io/records/records_pg_internal.h"
#include "shared/base/log.h"

struct record {
    struct pg_job pg; /* first member */
    uint8_t request[REQUEST_BYTES];
    char by[IDENTITY_BYTES];
    char before[24];
    char after[24];
};

struct raise {
    struct records_pg *engine;
    void (*done)(struct store_job *job);
    void *context;
};

/* The next comparison copies it. */
static void on_recorded(struct pg_job *pg)
{
    struct record *record = (struct record *)pg;
    if (pg->outcome != PG_DONE)
        daqs_log(DAQS_LOG_WARNING, "the take-over is not in the audit trail: %s", pg->error.text);
    pg_job_clear(pg);
    free(record);
}

static void add_record(struct records_pg *self, const struct records_epoch *w)
{
    struct record *record = calloc(1, sizeof *record);
    if (!record)
        return;
    randombytes_buf(record->request, sizeof record->request);
    (void)snprintf(record->by, sizeof record->by, "%s", w->by);
    (void)snprintf(record->before, sizeof record->before, "%" PRIu64, w->before);
    (void)snprintf(record->after, sizeof record->after, "%" PRIu64, w->epoch);
    records_pg_job(self, &record->pg, PG_WRITE);
    /* One at a time, so that they are committed in the order of their numbers (rows.h). */
    pg_statement(&record->pg,
                 "INSERT INTO daqs.meta AS old (name, value) VALUES ('take-over', 1)"
                 " ON CONFLICT (name) DO UPDATE SET value = old.value + 1",
                 PG_ANY);
    pg_statement(&record->pg,
                 "INSERT INTO daqs.audit (request, n, host, vm, at_ms, made_by, what, old_text,"
                 " new_text) VALUES ($1, 0, '', '', $2, $3, 'take-over', $4, $5)",
                 PG_ANY);
    pg_bytes(&record->pg, record->request, sizeof record->request);
    pg_number(&record->pg, w->at_ms);
    pg_text(&record->pg, record->by);
    pg_text(&record->pg, record->before);
    pg_text(&record->pg, record->after);
    record->pg.done = on_recorded;
    if (pg_client_submit(self->client, &record->pg) == DAQS_OK)
        return;
    daqs_log(DAQS_LOG_WARNING, "the take-over is not in the audit trail");
    pg_job_clear(&record->pg);
    free(record);
}

static void on_raised(struct store_job *base)
{
    struct records_epoch *w = (struct records_epoch *)base;
    struct raise *raise = base->context;
    struct records_pg *self = raise->engine;
    w->take_over = true;
    base->done = raise->done;
    base->context = raise->context;
    free(raise);
    if (base->result == DAQS_OK && !self->stopped)
        add_record(self, w);
    base->done(base);
}

int records_pg_write_epoch(struct records *records, struct records_epoch *job)
{
    struct records_pg *self = (struct records_pg *)records;
    if (!job->take_over)
        return records_write_epoch(self->given.local, job);
    struct raise *raise = calloc(1, sizeof *raise);
    if (!raise)
        return DAQS_ENOMEM;
    *raise = (struct raise){self, job->base.done, job->base.context};
    job->take_over = false; /* the file's trail has the numbers of the shared one */
    job->base.done = on_raised;
    job->base.context = raise;
    const int result = records_write_epoch(self->given.local, job);
    if (result == DAQS_OK)
        return DAQS_OK;
    job->take_over = true;
    job->base.done = raise->done;
    job->base.context = raise->context;
    free(raise);
    return result;
}
