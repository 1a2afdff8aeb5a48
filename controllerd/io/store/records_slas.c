/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/io/store/records_sqlite_internal.h"

/* The statements that make changes. */
struct writing {
    sqlite3_stmt *put;
    sqlite3_stmt *take;
    sqlite3_stmt *learn;
    sqlite3_stmt *audit;
};

static void writing_done(struct writing *w)
{
    sqlite3_finalize(w->put);
    sqlite3_finalize(w->take);
    sqlite3_finalize(w->learn);
    sqlite3_finalize(w->audit);
}

static bool writing_begin(struct writing *w, sqlite3 *db, struct daqs_error *err)
{
    w->put = sqlite_prepare(db,
                            "INSERT OR REPLACE INTO sla (host, vm, updated_ms, updated_by, uuid,"
                            " min_bps, max_bps, weight) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                            err);
    w->take = sqlite_prepare(db, "DELETE FROM sla WHERE host = ? AND vm = ?", err);
    w->learn = sqlite_prepare(db, "UPDATE sla SET uuid = ?3 WHERE host = ?1 AND vm = ?2", err);
    w->audit = sqlite_prepare(
        db,
        "INSERT INTO audit (host, vm, at_ms, by, what, old_text, new_text,"
        " old_min_bps, old_max_bps, old_weight, new_min_bps, new_max_bps, new_weight)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        err);
    return w->put && w->take && w->learn && w->audit;
}

static void bind_text(sqlite3_stmt *statement, int index, const char *text)
{
    sqlite3_bind_text(statement, index, text, -1, SQLITE_STATIC);
}

static void bind_sla(sqlite3_stmt *statement, int index, bool has, const struct sla *sla)
{
    if (!has)
        return; /* unbound parameters are NULL */
    sqlite3_bind_int64(statement, index, (int64_t)sla->min);
    sqlite_bind_rate(statement, index + 1, sla->max);
    sqlite3_bind_int64(statement, index + 2, sla->weight);
}

static int write_entry(const struct writing *w, const struct records_changeset *job,
                       const struct ledger_change *change, struct daqs_error *err)
{
    sqlite3_stmt *statement = !change->has_new               ? w->take
                              : change->kind == LEDGER_LEARN ? w->learn
                                                             : w->put;
    sqlite3_clear_bindings(statement);
    bind_text(statement, 1, change->host);
    bind_text(statement, 2, change->vm);
    if (statement == w->learn)
        bind_text(statement, 3, change->uuid);
    if (statement == w->put) {
        sqlite3_bind_int64(statement, 3, job->at_ms);
        bind_text(statement, 4, job->by);
        bind_text(statement, 5, change->uuid);
        bind_sla(statement, 6, true, &change->new_sla);
    }
    return sqlite_step_done(statement, err);
}

/* For an SLA that was renamed or moved, the old text is the place it came from, and the new text
 * the place it went to. */
static int write_record(const struct writing *w, const struct records_changeset *job,
                        const struct ledger_change *change, struct daqs_error *err)
{
    sqlite3_clear_bindings(w->audit);
    bind_text(w->audit, 1, change->host);
    bind_text(w->audit, 2, change->vm);
    sqlite3_bind_int64(w->audit, 3, job->at_ms);
    bind_text(w->audit, 4, job->by);
    bind_text(w->audit, 5, ledger_change_name(change->kind));
    if (*change->other)
        bind_text(w->audit, change->has_new ? 6 : 7, change->other);
    bind_sla(w->audit, 8, change->has_old, &change->old_sla);
    bind_sla(w->audit, 11, change->has_new, &change->new_sla);
    return sqlite_step_done(w->audit, err);
}

static int write_all(sqlite3 *db, void *arg, struct daqs_error *err)
{
    const struct records_changeset *job = arg;
    struct writing w DAQS_AUTO(writing_done) = {0};
    int result = writing_begin(&w, db, err) ? DAQS_OK : DAQS_ESTORE;
    for (size_t i = 0; i < job->changeset.count && result == DAQS_OK; i++) {
        const struct ledger_change *change = &job->changeset.change[i];
        result = write_entry(&w, job, change, err);
        if (result == DAQS_OK && change->kind != LEDGER_LEARN)
            result = write_record(&w, job, change, err);
    }
    return result;
}

static int work_changeset(struct store_job *base)
{
    struct records_changeset *job = (struct records_changeset *)base;
    return store_change(base, &job->asker, job->by, write_all);
}

int records_sqlite_write_changeset(struct records *records, struct records_changeset *job)
{
    return store_submit_write(records_store(records), &job->base, work_changeset);
}

int records_sqlite_load_ledger(struct records *records, struct ledger *ledger,
                               struct daqs_error *err)
{
    sqlite3 *db = records_store(records)->writer;
    sqlite3_stmt *list AUTO_STATEMENT = sqlite_prepare(
        db, "SELECT host, vm, min_bps, max_bps, weight, updated_ms, updated_by, uuid FROM sla",
        err);
    if (!list)
        return DAQS_ESTORE;
    int rc;
    while ((rc = sqlite3_step(list)) == SQLITE_ROW) {
        const struct sla sla = {.min = (daqs_bps)sqlite3_column_int64(list, 2),
                                .max = sqlite_column_rate(list, 3),
                                .weight = (uint32_t)sqlite3_column_int64(list, 4)};
        const char *host = (const char *)sqlite3_column_text(list, 0);
        const char *vm = (const char *)sqlite3_column_text(list, 1);
        int result = ledger_put(ledger, host, vm, &sla, sqlite3_column_int64(list, 5),
                                (const char *)sqlite3_column_text(list, 6));
        if (result != DAQS_OK ||
            !ledger_set_uuid(ledger, host, vm, (const char *)sqlite3_column_text(list, 7)))
            return daqs_fail(err, DAQS_ENOMEM, "out of memory");
    }
    return rc == SQLITE_DONE ? DAQS_OK : sqlite_fail(db, "database", err);
}
