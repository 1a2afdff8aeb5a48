/* SPDX-License-Identifier: Apache-2.0 */
/* The schema, if the database was away at the start. */
#include "controllerd/core/pg/pg_guard.h"
#include "controllerd/core/pg/pg_schema.h"
#include "controllerd/io/records/records_pg_internal.h"

/* The statements of the question; pg_schema_check wants it first. */
enum { MIGRATIONS, LEDGER };

static void know(struct watch *w)
{
    w->engine->schema_known = true;
    w->next_ms = 0; /* now it is compared */
    records_pg_watch_idle(w);
}

static void note_wrong(struct watch *w, const char *why)
{
    records_pg_note_failing(w->engine, why);
    records_pg_watch_idle(w);
}

/* Returns true for an error that may pass by itself. */
static bool passes(int result)
{
    return result == DAQS_ETIMEOUT || result == DAQS_EIO || result == DAQS_EBUSY;
}

static void on_migrated(struct pg_migrate *migrate)
{
    struct watch *w = migrate->context;
    if (migrate->result == DAQS_OK)
        know(w);
    else if (passes(migrate->result))
        records_pg_watch_idle(w);
    else
        note_wrong(w, migrate->error.text);
}

static void on_answer(struct pg_job *pg)
{
    struct watch *w = (struct watch *)pg;
    struct daqs_error err = {0};
    int64_t ledger = 0;
    int version = 0;
    if (pg->outcome != PG_DONE && (pg_class_is_away(pg->class) || pg->class == PG_CLASS_STOPPED)) {
        records_pg_watch_idle(w);
        return;
    }
    if (pg_schema_check(pg, pg_migrations, pg_migrations_count, &version, &err) != DAQS_OK)
        note_wrong(w, err.text);
    else if (version == 0) /* it had one, of which the copy is */
        note_wrong(w, "it has no schema of DAQS; correct 'ledger', or restore a backup of it");
    else if (!pg_cell_number(pg, LEDGER, 0, 0, &ledger) || ledger != w->engine->ledger)
        note_wrong(w, PG_GUARD_TEXT);
    else if (version >= pg_migrations_count)
        know(w);
    else if (!pg_migrate_begin(&w->migrate, w->engine->client, pg_migrations, pg_migrations_count,
                               on_migrated, w))
        records_pg_watch_idle(w);
}

void records_pg_watch_schema(struct records_pg *self)
{
    struct watch *w = &self->watch;
    pg_job_clear(&w->pg);
    pg_job_init(&w->pg, PG_READ);
    pg_schema_ask(&w->pg);
    pg_statement(&w->pg, "SELECT value FROM daqs.meta WHERE name = 'fleet'", PG_ANY);
    w->pg.done = on_answer;
    w->pg.limit_ms = LIMIT_MS;
    w->next_ms = self->mono_ms + POLL_MS;
    w->step = WATCH_SCHEMA;
    if (pg_client_submit(self->client, &w->pg) != DAQS_OK)
        records_pg_watch_idle(w);
}
