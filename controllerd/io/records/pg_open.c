/* SPDX-License-Identifier: Apache-2.0 */
/* How the engine starts. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "controllerd/core/pg/pg_schema.h"
#include "controllerd/core/records/image_apply.h"
#include "controllerd/io/records/records_pg_internal.h"
#include "shared/base/clock.h"
#include "shared/base/log.h"

enum { OPEN_MS = 8000, SCHEMA_TRIES = 5 };

/* --- the schema --- */

/* Asks which migrations are applied. */
static int ask_schema(struct pg_client *client, int *ret_version, bool *ret_away,
                      struct daqs_error *err)
{
    struct pg_job job;
    pg_job_init(&job, PG_READ);
    job.limit_ms = OPEN_MS;
    pg_schema_ask(&job);
    *ret_away = pg_client_run(client, &job) != DAQS_OK && pg_class_is_away(job.class);
    const int result = pg_schema_check(&job, pg_migrations, pg_migrations_count, ret_version, err);
    pg_job_clear(&job);
    return result;
}

static void apply_schema(struct pg_client *client, int version, struct daqs_error *err)
{
    struct pg_job job;
    pg_job_init(&job, PG_WRITE);
    job.limit_ms = LIMIT_MANY_MS;
    pg_schema_apply(&job, pg_migrations, pg_migrations_count, version);
    if (pg_client_run(client, &job) != DAQS_OK)
        *err = job.error;
    pg_job_clear(&job);
}

/* Another controller may apply the same ones at the same time, so it is asked again. */
int records_pg_schema(struct pg_client *client, bool *ret_away, struct daqs_error *err)
{
    int version = 0;
    bool away = false;
    struct daqs_error why = {0};
    int result = ask_schema(client, &version, &away, err);
    for (int i = 0; i < SCHEMA_TRIES && result == DAQS_OK && version < pg_migrations_count; i++) {
        apply_schema(client, version, &why);
        result = ask_schema(client, &version, &away, err);
    }
    if (ret_away)
        *ret_away = away;
    if (result == DAQS_OK && version < pg_migrations_count)
        result = daqs_fail(err, DAQS_EVERSION, "its schema could not be made: %.200s", why.text);
    return result;
}

int records_pg_number(struct pg_client *client, int64_t *ret, struct daqs_error *err)
{
    struct pg_job job;
    pg_job_init(&job, PG_READ);
    job.limit_ms = OPEN_MS;
    pg_statement(&job, "SELECT value FROM daqs.meta WHERE name = 'fleet'", PG_ANY);
    int result = pg_client_run(client, &job);
    if (result != DAQS_OK)
        *err = job.error;
    else if (!pg_cell_number(&job, 0, 0, 0, ret))
        result = daqs_fail(err, DAQS_EVERSION, "it has no number of its own");
    pg_job_clear(&job);
    return result;
}

/* --- the copy --- */

/* A file with records of its own must not lose them to another database's. */
static int check_copy(const struct records_copy_state *state, int64_t ledger,
                      struct daqs_error *err)
{
    if (state->ledger == ledger || (state->ledger == 0 && state->records == 0))
        return DAQS_OK;
    if (state->ledger == 0)
        return daqs_fail(err, DAQS_EREFUSED,
                         "the database has %" PRId64
                         " SLAs, keys and modes of its own, which the shared one would replace: "
                         "daqs-controllerd --import-ledger moves them there",
                         state->records);
    return daqs_fail(err, DAQS_EREFUSED,
                     "the database is a copy of another shared database; move it aside to begin "
                     "with this one, or correct 'ledger'");
}

static void saw(void *arg, const char *host, const char *what, int64_t id)
{
    struct records_pg *self = arg;
    (void)revisions_saw(rows_of_principal(what) ? self->principals : self->hosts, host, id);
}

/* Takes an image, and writes the copy, at once. */
static int write_copy(struct records_pg *self, struct records_copy *copy, struct daqs_error *err)
{
    records_pg_take_revisions(self, &copy->image, TAKE_ALL);
    const int result = records_copy_now(self->given.store, copy, err);
    if (result == DAQS_OK)
        records_pg_note_copied(self, &copy->image);
    return result;
}

/* Copies the next part of the audit trail, which may be long. */
static int load_audit(struct records_pg *self, bool *ret_more, struct daqs_error *err)
{
    struct pg_job job = {0};
    struct records_copy copy = {.ledger = self->ledger};
    const struct rows_trail trail = {self->hosts, self->principals, self->audit};
    records_pg_job(self, &job, PG_READ);
    job.limit_ms = LIMIT_MANY_MS;
    rows_select_audit(&job, &trail);
    int result = pg_client_run(self->client, &job);
    if (result != DAQS_OK)
        *err = job.error;
    image_init(&copy.image, false);
    if (result == DAQS_OK)
        rows_read_audit(&job, 1, &copy.image);
    *ret_more = pg_result(&job, 1).rows == ROWS_AUDIT_MOST && copy.image.audits > 0;
    pg_job_clear(&job);
    if (copy.image.failed)
        result = daqs_fail(err, DAQS_ENOMEM, "out of memory");
    if (result == DAQS_OK)
        result = write_copy(self, &copy, err);
    image_done(&copy.image);
    return result;
}

/* What the copy has instead of SLAs that are not valid stays in it. They are read once more when
 * somebody can be told of them. */
static int keep_copied(struct records_pg *self, struct image *image, struct daqs_error *err)
{
    if (image->invalids == 0)
        return DAQS_OK;
    struct ledger *ledger = ledger_new();
    if (!ledger)
        return daqs_fail(err, DAQS_ENOMEM, "out of memory");
    self->whole_due = true;
    const int result = records_load_ledger(self->given.local, ledger, err);
    if (result == DAQS_OK)
        image_keep_slas(image, ledger);
    ledger_free(ledger);
    return result;
}

static int load(struct records_pg *self, int64_t wall_ms, struct daqs_error *err)
{
    struct pg_job job = {0};
    struct records_copy copy = {.ledger = self->ledger, .at_ms = wall_ms};
    const struct rows_trail trail = records_pg_trail(self);
    records_pg_job(self, &job, PG_READ);
    job.limit_ms = LIMIT_MANY_MS;
    job.rows_most = RECORDS_ROWS_MOST;
    job.bytes_most = RECORDS_BYTES_MOST;
    rows_select_all(&job, &trail);
    int result = pg_client_run(self->client, &job);
    if (result != DAQS_OK) {
        *err = job.error;
        pg_job_clear(&job);
        return daqs_wrap(err, "the shared database");
    }
    image_init(&copy.image, true);
    rows_read(&job, 1, &copy.image);
    pg_job_clear(&job);
    result = keep_copied(self, &copy.image, err);
    self->audit = copy.image.audits ? 0 : self->audit; /* of this first part, from now on */
    if (copy.image.failed)
        result = daqs_fail(err, DAQS_ENOMEM, "out of memory");
    if (result == DAQS_OK)
        result = write_copy(self, &copy, err);
    image_done(&copy.image);
    for (bool more = true; more && result == DAQS_OK;)
        result = load_audit(self, &more, err);
    self->loaded = self->known = result == DAQS_OK;
    self->copy_ms = wall_ms;
    return result;
}

/* Goes on with the copy, and believes it if it is young enough. A clock that went back leaves its
 * age unknown. */
static int use_copy(struct records_pg *self, const struct records_copy_state *state,
                    int64_t wall_ms, struct daqs_error *err)
{
    const struct daqs_error why = *err;
    const int64_t age_ms = wall_ms - state->at_ms;
    if (state->ledger == 0)
        return daqs_fail(err, DAQS_EIO,
                         "the shared database does not answer, and there is no copy of it here: "
                         "%.160s",
                         why.text);
    self->known = age_ms >= 0 && age_ms <= self->given.stale_ms;
    if (!self->known && !self->given.wait)
        return daqs_fail(err, DAQS_EIO,
                         "the shared database does not answer, and its copy here is %" PRId64
                         " min old ([group] stale_after): %.160s",
                         age_ms / 60000, why.text);
    self->ledger = state->ledger;
    self->copy_ms = state->at_ms;
    daqs_log(DAQS_LOG_WARNING,
             "the shared database does not answer: its copy here, %" PRId64
             " s old, is %s, and changes are refused: %s",
             age_ms / 1000,
             self->known ? "used"
                         : "too old ([group] stale_after): hosts are told of no limits until it "
                           "answers",
             why.text);
    return DAQS_OK;
}

static int start(struct records_pg *self, int64_t wall_ms, struct daqs_error *err)
{
    struct records_copy_state state = {0};
    bool away = false;
    int result = records_copy_state(self->given.store, &state, err);
    if (result != DAQS_OK)
        return result;
    self->audit = state.audit;
    result = records_copy_trail(self->given.store, records_pg_trail(self).after, saw, self, err);
    if (result != DAQS_OK)
        return result;
    result = records_pg_schema(self->client, &away, err);
    if (result != DAQS_OK && away)
        return use_copy(self, &state, wall_ms, err);
    self->schema_known = result == DAQS_OK;
    if (result == DAQS_OK)
        result = records_pg_number(self->client, &self->ledger, err);
    if (result != DAQS_OK)
        return daqs_wrap(err, "the shared database");
    result = check_copy(&state, self->ledger, err);
    return result == DAQS_OK ? load(self, wall_ms, err) : result;
}

struct records *records_pg_open(const struct records_pg_setup *setup, int64_t wall_ms,
                                struct daqs_error *err)
{
    struct records_pg *self = calloc(1, sizeof *self);
    if (!self) {
        daqs_fail(err, DAQS_ENOMEM, "out of memory");
        return NULL;
    }
    self->base.engine = &records_pg_engine;
    self->given = *setup;
    self->given.ledger = NULL;
    self->watch.engine = self;
    self->mono_ms = daqs_mono_ms(daqs_clock_system());
    self->wall_ms = wall_ms;
    pg_job_init(&self->watch.pg, PG_READ);
    self->hosts = revisions_new();
    self->principals = revisions_new();
    self->client = pg_client_new(setup->ledger, "daqs-controllerd", err);
    const bool complete = self->hosts && self->principals;
    if (self->client && !complete)
        daqs_fail(err, DAQS_ENOMEM, "out of memory");
    if (self->client && complete && start(self, wall_ms, err) == DAQS_OK)
        return &self->base;
    self->stopped = true;
    pg_client_free(self->client);
    revisions_free(self->hosts);
    revisions_free(self->principals);
    records_pg_watch_done(self);
    free(self);
    return NULL;
}
