#include "controllerd/io/store_internal.h"

static void bind_sla(sqlite3_stmt *statement, int index, bool has, const struct sla *sla)
{
    if (!has)
        return; /* unbound parameters are NULL */
    sqlite3_bind_int64(statement, index, (int64_t)sla->min);
    sqlite_bind_rate(statement, index + 1, sla->max);
    sqlite3_bind_int64(statement, index + 2, sla->weight);
}

static int write_current(sqlite3 *db, const struct store_sla *job, struct daqs_error *err)
{
    const char *put = "INSERT OR REPLACE INTO sla (host, vm, updated_ms, updated_by, min_bps,"
                      " max_bps, weight) VALUES (?, ?, ?, ?, ?, ?, ?)";
    const char *take = "DELETE FROM sla WHERE host = ? AND vm = ?";
    sqlite3_stmt *statement AUTO_STATEMENT = sqlite_prepare(db, job->has_new ? put : take, err);
    if (!statement)
        return DAQS_ESTORE;
    sqlite3_bind_text(statement, 1, job->host, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 2, job->vm, -1, SQLITE_STATIC);
    if (job->has_new) {
        sqlite3_bind_int64(statement, 3, job->at_ms);
        sqlite3_bind_text(statement, 4, job->by, -1, SQLITE_STATIC);
        bind_sla(statement, 5, true, &job->new_sla);
    }
    return sqlite_step_done(statement, err);
}

static int write_audit(sqlite3 *db, const struct store_sla *job, struct daqs_error *err)
{
    sqlite3_stmt *statement AUTO_STATEMENT = sqlite_prepare(
        db,
        "INSERT INTO audit (at_ms, by, host, vm, old_min_bps, old_max_bps, old_weight,"
        " new_min_bps, new_max_bps, new_weight) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        err);
    if (!statement)
        return DAQS_ESTORE;
    sqlite3_bind_int64(statement, 1, job->at_ms);
    sqlite3_bind_text(statement, 2, job->by, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 3, job->host, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 4, job->vm, -1, SQLITE_STATIC);
    bind_sla(statement, 5, job->had_old, &job->old_sla);
    bind_sla(statement, 8, job->has_new, &job->new_sla);
    return sqlite_step_done(statement, err);
}

static int write_both(sqlite3 *db, void *arg, struct daqs_error *err)
{
    int result = write_current(db, arg, err);
    return result == DAQS_OK ? write_audit(db, arg, err) : result;
}

static int work_sla(struct store_job *base)
{
    int result = store_durable(base->store, true, &base->error);
    if (result == DAQS_OK)
        result = sqlite_transaction(base->store->writer, write_both, base, &base->error);
    return result;
}

int store_write_sla(struct store *store, struct store_sla *job)
{
    return store_submit_write(store, &job->base, work_sla);
}

int store_load_ledger(struct store *store, struct ledger *ledger, struct daqs_error *err)
{
    sqlite3_stmt *list AUTO_STATEMENT = sqlite_prepare(
        store->writer, "SELECT host, vm, min_bps, max_bps, weight, updated_ms, updated_by FROM sla",
        err);
    if (!list)
        return DAQS_ESTORE;
    int rc;
    while ((rc = sqlite3_step(list)) == SQLITE_ROW) {
        const struct sla sla = {.min = (daqs_bps)sqlite3_column_int64(list, 2),
                                .max = sqlite_column_rate(list, 3),
                                .weight = (uint32_t)sqlite3_column_int64(list, 4)};
        int result =
            ledger_put(ledger, (const char *)sqlite3_column_text(list, 0),
                       (const char *)sqlite3_column_text(list, 1), &sla,
                       sqlite3_column_int64(list, 5), (const char *)sqlite3_column_text(list, 6));
        if (result != DAQS_OK)
            return daqs_fail(err, result, "out of memory");
    }
    return rc == SQLITE_DONE ? DAQS_OK : sqlite_fail(store->writer, "database", err);
}
