/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/io/records/pg_move.h"

#include <stdio.h>

#include "controllerd/core/records/rows_insert.h"
#include "controllerd/io/records/records_pg_internal.h"
#include "controllerd/io/store/records_sqlite.h"

/* --- in --- */

/* What tells whether the shared database has the records of the file: the trail only grows, with
 * every change. */
enum { SLAS, MODES, KEYS, MAINTENANCES, RECORDS, LAST, TIMES, SIGNS };
#define SIGN_MODULUS 1000003 /* keeps the sum of times small; also in the statement below */

static void signs_of(const struct image *image, int64_t ret[static SIGNS])
{
    ret[SLAS] = (int64_t)image->slas;
    ret[MODES] = (int64_t)image->policies;
    ret[KEYS] = (int64_t)image->principals;
    ret[MAINTENANCES] = (int64_t)image->maintenances;
    ret[RECORDS] = (int64_t)image->audits;
    ret[LAST] = ret[TIMES] = 0;
    for (size_t i = 0; i < image->audits; i++) {
        ret[LAST] = image->audit[i].id > ret[LAST] ? image->audit[i].id : ret[LAST];
        ret[TIMES] += image->audit[i].at_ms % SIGN_MODULUS;
    }
}

/* *ret_there: it has just these records already, from an import whose end got lost. Other ones are
 * refused. */
static int check_target(struct pg_client *client, const struct image *image, bool *ret_there,
                        struct daqs_error *err)
{
    struct pg_job job;
    int64_t file[SIGNS];
    int64_t names = 0;
    signs_of(image, file);
    pg_job_init(&job, PG_READ);
    job.limit_ms = LIMIT_MANY_MS;
    pg_statement(
        &job,
        "SELECT (SELECT count(*) FROM daqs.sla), (SELECT count(*) FROM daqs.policy),"
        " (SELECT count(*) FROM daqs.principal), (SELECT count(*) FROM daqs.maintenance),"
        " (SELECT count(*) FROM daqs.audit), (SELECT coalesce(max(id), 0) FROM daqs.audit),"
        " (SELECT coalesce(sum(at_ms % 1000003), 0) FROM daqs.audit),"
        " (SELECT count(*) FROM daqs.host)",
        PG_ANY);
    int result = pg_client_run(client, &job);
    if (result != DAQS_OK)
        *err = job.error;
    bool same = result == DAQS_OK;
    bool empty = result == DAQS_OK && pg_cell_number(&job, 0, 0, SIGNS, &names) && names == 0;
    for (size_t i = 0; i < SIGNS; i++) {
        int64_t there = -1; /* unless it is told */
        (void)pg_cell_number(&job, 0, 0, i, &there);
        same = same && there == file[i];
        empty = empty && there == 0;
    }
    pg_job_clear(&job);
    *ret_there = same && !empty;
    if (result == DAQS_OK && !empty && !same)
        return daqs_fail(err, DAQS_EREFUSED, "it has records already");
    return result;
}

/* Returns whether the transaction with that row in 'meta' is stored. A row that is made and removed
 * again waits for its end. */
static bool is_stored(struct pg_client *client, int64_t wall_ms)
{
    struct pg_job job;
    int64_t value = 0;
    pg_job_init(&job, PG_WRITE);
    job.limit_ms = LIMIT_MANY_MS;
    pg_statement(&job,
                 "INSERT INTO daqs.meta (name, value) VALUES ('imported', 0)"
                 " ON CONFLICT (name) DO NOTHING",
                 PG_ANY);
    pg_statement(&job, "SELECT value FROM daqs.meta WHERE name = 'imported'", PG_ANY);
    pg_statement(&job, "DELETE FROM daqs.meta WHERE name = 'imported' AND value = 0", PG_ANY);
    const bool stored = pg_client_run(client, &job) == DAQS_OK &&
                        pg_cell_number(&job, 1, 0, 0, &value) && value == wall_ms;
    pg_job_clear(&job);
    return stored;
}

/* The row in 'meta' lets only one of two commit who do so at once. */
static int insert_all(struct pg_client *client, const struct image *image, int64_t wall_ms,
                      struct daqs_error *err)
{
    struct pg_job job;
    pg_job_init(&job, PG_WRITE);
    job.limit_ms = 10 * LIMIT_MANY_MS;
    pg_statement(&job, "INSERT INTO daqs.meta (name, value) VALUES ('imported', $1)", PG_ANY);
    pg_number(&job, wall_ms);
    rows_insert(&job, image);
    int result = pg_client_run(client, &job);
    if (result != DAQS_OK && job.outcome == PG_UNKNOWN && is_stored(client, wall_ms))
        result = DAQS_OK;
    if (result != DAQS_OK && job.outcome == PG_UNKNOWN)
        (void)daqs_fail(err, result,
                        "it is not known whether all was stored: %.100s; if it is, remove its "
                        "schema, 'DROP SCHEMA daqs CASCADE', before the next try",
                        job.error.text);
    else if (result != DAQS_OK)
        (void)daqs_fail(err, result, "nothing was stored: %.200s", job.error.text);
    pg_job_clear(&job);
    return result;
}

static int fill(struct store *store, struct pg_client *client, int64_t ledger, int64_t wall_ms,
                char text[static PG_MOVE_TEXT], struct daqs_error *err)
{
    struct records_copy copy = {.ledger = ledger, .at_ms = wall_ms};
    image_init(&copy.image, true);
    bool there = false;
    int result = records_copy_read(store, &copy.image, err);
    if (result == DAQS_OK && copy.image.skipped > 0)
        result =
            daqs_fail(err, DAQS_EFORMAT, "the file has %zu rows that are not valid, such as %s",
                      copy.image.skipped, copy.image.skipped_text);
    if (result == DAQS_OK)
        result = check_target(client, &copy.image, &there, err);
    if (result == DAQS_OK && !there)
        result = insert_all(client, &copy.image, wall_ms, err);
    (void)snprintf(text, PG_MOVE_TEXT,
                   "SLAs: %zu, modes: %zu, keys: %zu, hosts in maintenance: %zu, records of the "
                   "audit trail: %zu",
                   copy.image.slas, copy.image.policies, copy.image.principals,
                   copy.image.maintenances, copy.image.audits);
    image_done(&copy.image);
    image_init(&copy.image, false); /* it only marks the file */
    if (result == DAQS_OK) {
        result = records_copy_now(store, &copy, err);
        if (result != DAQS_OK)
            (void)daqs_wrap(err, "all of it is stored there, but the file is not marked as a copy; "
                                 "run --import-ledger again");
    }
    image_done(&copy.image);
    return result;
}

int pg_move_in(struct store *store, const char *ledger, int64_t wall_ms,
               char text[static PG_MOVE_TEXT], struct daqs_error *err)
{
    struct records_copy_state state = {0};
    int64_t number = 0;
    int result = records_copy_state(store, &state, err);
    if (result == DAQS_OK && state.ledger != 0)
        result = daqs_fail(err, DAQS_EREFUSED, "the database is a copy of a shared one already");
    struct pg_client *client =
        result == DAQS_OK ? pg_client_new(ledger, "daqs-controllerd", err) : NULL;
    if (!client)
        return err->code;
    result = records_pg_schema(client, NULL, err);
    if (result == DAQS_OK)
        result = records_pg_number(client, &number, err);
    if (result == DAQS_OK)
        result = fill(store, client, number, wall_ms, text, err);
    pg_client_free(client);
    return result == DAQS_OK ? DAQS_OK : daqs_wrap(err, "the shared database");
}

/* --- out --- */

int pg_move_out(struct store *store, const char *ledger, int64_t wall_ms,
                char text[static PG_MOVE_TEXT], struct daqs_error *err)
{
    struct records_copy_state state = {0};
    struct records_copy alone = {.ledger = 0};
    struct records *local = records_sqlite_new(store);
    if (!local)
        return daqs_fail(err, DAQS_ENOMEM, "out of memory");
    /* No copy is young enough: the shared database must answer. */
    struct records *shared = records_pg_open(
        &(struct records_pg_setup){
            .store = store, .local = local, .ledger = ledger, .stale_ms = -1},
        wall_ms, err);
    int result = shared ? records_copy_state(store, &state, err) : err->code;
    records_free(shared);
    records_free(local);
    image_init(&alone.image, false);
    if (result == DAQS_OK)
        result = records_copy_now(store, &alone, err);
    image_done(&alone.image);
    (void)snprintf(text, PG_MOVE_TEXT, "SLAs, modes, keys and hosts in maintenance: %lld",
                   (long long)state.records);
    return result;
}
