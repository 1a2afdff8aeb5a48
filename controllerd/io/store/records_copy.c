/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/io/store/records_copy.h"

#include <inttypes.h>
#include <stdio.h>

#include "controllerd/io/store/store_internal.h"

int records_copy_state(struct store *store, struct records_copy_state *ret, struct daqs_error *err)
{
    const struct {
        const char *sql;
        int64_t *value;
    } part[] = {
        {"SELECT value FROM meta WHERE name = 'ledger'", &ret->ledger},
        {"SELECT value FROM meta WHERE name = 'ledger_copy'", &ret->at_ms},
        {"SELECT (SELECT count(*) FROM sla) + (SELECT count(*) FROM policy)"
         " + (SELECT count(*) FROM peer) + (SELECT count(*) FROM maintenance)",
         &ret->records},
        {"SELECT coalesce(max(id), 0) FROM audit", &ret->audit},
    };
    int result = DAQS_OK;
    for (size_t i = 0; i < sizeof part / sizeof part[0] && result == DAQS_OK; i++)
        result = sqlite_number(store->writer, part[i].sql, 0, part[i].value, err);
    return result;
}

static void bind_text(sqlite3_stmt *statement, int index, const char *text)
{
    sqlite3_bind_text(statement, index, text, -1, SQLITE_STATIC); /* NULL is NULL */
}

/* --- removing --- */

static int remove_named(sqlite3 *db, const char *sql, const struct image *image,
                        struct daqs_error *err)
{
    sqlite3_stmt *statement AUTO_STATEMENT = sqlite_prepare(db, sql, err);
    int result = statement ? DAQS_OK : DAQS_ESTORE;
    for (size_t i = 0; i < image->names && result == DAQS_OK; i++) {
        bind_text(statement, 1, image->name[i].name);
        result = sqlite_step_done(statement, err);
    }
    return result;
}

static int remove_old(sqlite3 *db, const struct image *image, struct daqs_error *err)
{
    static const char *const sql[] = {
        "DELETE FROM sla WHERE host = ?", "DELETE FROM policy WHERE host = ?",
        "DELETE FROM maintenance WHERE host = ?", "DELETE FROM peer WHERE name = ?"};
    if (image->whole)
        return sqlite_run(db,
                          "DELETE FROM sla; DELETE FROM policy; DELETE FROM maintenance;"
                          "DELETE FROM peer",
                          err);
    int result = DAQS_OK;
    for (size_t i = 0; i < sizeof sql / sizeof sql[0] && result == DAQS_OK; i++)
        result = remove_named(db, sql[i], image, err);
    return result;
}

/* --- adding --- */

static void bind_sla(sqlite3_stmt *statement, const struct image *image, size_t i)
{
    const struct image_sla *row = &image->sla[i];
    bind_text(statement, 1, row->host);
    bind_text(statement, 2, row->vm);
    sqlite3_bind_int64(statement, 3, (int64_t)row->sla.min);
    sqlite_bind_rate(statement, 4, row->sla.max);
    sqlite3_bind_int64(statement, 5, row->sla.weight);
    bind_text(statement, 6, row->uuid);
    sqlite3_bind_int64(statement, 7, row->updated_ms);
    bind_text(statement, 8, row->updated_by);
}

static void bind_policy(sqlite3_stmt *statement, const struct image *image, size_t i)
{
    const struct image_policy *row = &image->policy[i];
    bind_text(statement, 1, row->host);
    bind_text(statement, 2, row->uplink);
    bind_text(statement, 3, policy_mode_name(row->mode));
    sqlite3_bind_int64(statement, 4, row->updated_ms);
    bind_text(statement, 5, row->updated_by);
}

static void bind_maintenance(sqlite3_stmt *statement, const struct image *image, size_t i)
{
    const struct image_maintenance *row = &image->maintenance[i];
    bind_text(statement, 1, row->host);
    sqlite3_bind_int64(statement, 2, row->since_ms);
    bind_text(statement, 3, row->by);
}

static void bind_principal(sqlite3_stmt *statement, const struct image *image, size_t i)
{
    const struct image_principal *row = &image->principal[i];
    bind_text(statement, 1, row->name);
    bind_text(statement, 2, row->key);
    bind_text(statement, 3, role_name(row->role));
    sqlite3_bind_int64(statement, 4, row->enrolled_ms);
    bind_text(statement, 5, row->enrolled_by);
}

static void bind_audit(sqlite3_stmt *statement, const struct image *image, size_t i)
{
    const struct image_audit *row = &image->audit[i];
    sqlite3_clear_bindings(statement);
    sqlite3_bind_int64(statement, 1, row->id);
    sqlite3_bind_int64(statement, 2, row->at_ms);
    bind_text(statement, 3, row->host);
    bind_text(statement, 4, row->vm);
    bind_text(statement, 5, row->by);
    bind_text(statement, 6, row->what);
    for (int r = 0; r < IMAGE_RATES; r++)
        if (row->rate[r] >= 0)
            sqlite3_bind_int64(statement, 7 + r, row->rate[r]);
    bind_text(statement, 13, row->old_text);
    bind_text(statement, 14, row->new_text);
}

static int add_rows(sqlite3 *db, const char *sql, const struct image *image, size_t rows,
                    void (*bind)(sqlite3_stmt *statement, const struct image *image, size_t i),
                    struct daqs_error *err)
{
    sqlite3_stmt *statement AUTO_STATEMENT = sqlite_prepare(db, sql, err);
    int result = statement ? DAQS_OK : DAQS_ESTORE;
    for (size_t i = 0; i < rows && result == DAQS_OK; i++) {
        bind(statement, image, i);
        result = sqlite_step_done(statement, err);
    }
    return result;
}

static int add_new(sqlite3 *db, const struct image *image, struct daqs_error *err)
{
    int result = add_rows(db,
                          "INSERT OR REPLACE INTO sla (host, vm, min_bps, max_bps, weight, uuid,"
                          " updated_ms, updated_by) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                          image, image->slas, bind_sla, err);
    if (result == DAQS_OK)
        result = add_rows(db,
                          "INSERT OR REPLACE INTO policy (host, uplink, mode, updated_ms,"
                          " updated_by) VALUES (?, ?, ?, ?, ?)",
                          image, image->policies, bind_policy, err);
    if (result == DAQS_OK)
        result = add_rows(db,
                          "INSERT OR REPLACE INTO maintenance (host, since_ms, set_by)"
                          " VALUES (?, ?, ?)",
                          image, image->maintenances, bind_maintenance, err);
    if (result == DAQS_OK)
        result = add_rows(db,
                          "INSERT OR REPLACE INTO peer (name, key, role, enrolled_ms, enrolled_by)"
                          " VALUES (?, ?, ?, ?, ?)",
                          image, image->principals, bind_principal, err);
    return result == DAQS_OK
               ? add_rows(db,
                          "INSERT OR IGNORE INTO audit (id, at_ms, host, vm, by, what, old_min_bps,"
                          " old_max_bps, old_weight, new_min_bps, new_max_bps, new_weight,"
                          " old_text, new_text) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                          image, image->audits, bind_audit, err)
               : result;
}

static int mark(sqlite3 *db, const struct records_copy *job, struct daqs_error *err)
{
    char sql[160];
    (void)snprintf(sql, sizeof sql,
                   "INSERT OR REPLACE INTO meta (name, value) VALUES ('ledger', %" PRId64 ")",
                   job->ledger);
    int result = sqlite_run(db, sql, err);
    if (result != DAQS_OK || job->at_ms == 0)
        return result;
    (void)snprintf(sql, sizeof sql,
                   "INSERT OR REPLACE INTO meta (name, value) VALUES ('ledger_copy', %" PRId64 ")",
                   job->at_ms);
    return sqlite_run(db, sql, err);
}

static int write_all(sqlite3 *db, void *arg, struct daqs_error *err)
{
    const struct records_copy *job = arg;
    int result = remove_old(db, &job->image, err);
    if (result == DAQS_OK)
        result = add_new(db, &job->image, err);
    return result == DAQS_OK ? mark(db, job, err) : result;
}

/* The shared database has it, so the copy may be on disk a little later. */
static int work_copy(struct store_job *base)
{
    const struct records_copy *job = (struct records_copy *)base;
    int result = store_durable(base->store, false, &base->error);
    if (result == DAQS_OK)
        result = sqlite_transaction(base->store->writer, write_all, base, &base->error);
    if (result == DAQS_OK && (job->image.whole || job->image.names > 0))
        atomic_store(&base->store->copies_due, true);
    return result;
}

int records_copy_write(struct store *store, struct records_copy *job)
{
    return store_submit_write(store, &job->base, work_copy);
}

int records_copy_now(struct store *store, struct records_copy *job, struct daqs_error *err)
{
    job->base.store = store;
    int result = work_copy(&job->base);
    if (result != DAQS_OK)
        *err = job->base.error;
    return result;
}
