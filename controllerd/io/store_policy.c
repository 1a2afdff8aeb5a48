#include "controllerd/io/store_internal.h"

static int write_policy(sqlite3 *db, void *arg, struct daqs_error *err)
{
    const struct store_policy *job = arg;
    const char *put = "INSERT OR REPLACE INTO policy (host, uplink, mode, updated_ms, updated_by)"
                      " VALUES (?, ?, ?, ?, ?)";
    const char *take = "DELETE FROM policy WHERE host = ? AND uplink = ?";
    sqlite3_stmt *statement AUTO_STATEMENT = sqlite_prepare(db, job->has_mode ? put : take, err);
    if (!statement)
        return DAQS_ESTORE;
    sqlite3_bind_text(statement, 1, job->host, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 2, job->uplink, -1, SQLITE_STATIC);
    if (job->has_mode) {
        sqlite3_bind_text(statement, 3, policy_mode_name(job->mode), -1, SQLITE_STATIC);
        sqlite3_bind_int64(statement, 4, job->at_ms);
        sqlite3_bind_text(statement, 5, job->by, -1, SQLITE_STATIC);
    }
    return sqlite_step_done(statement, err);
}

static int work_policy(struct store_job *base)
{
    int result = store_durable(base->store, true, &base->error);
    if (result == DAQS_OK)
        result = sqlite_transaction(base->store->writer, write_policy, base, &base->error);
    return result;
}

int store_write_policy(struct store *store, struct store_policy *job)
{
    return store_submit_write(store, &job->base, work_policy);
}

int store_load_modes(struct store *store, struct modes *modes, struct daqs_error *err)
{
    sqlite3_stmt *list AUTO_STATEMENT =
        sqlite_prepare(store->writer, "SELECT host, uplink, mode FROM policy", err);
    if (!list)
        return DAQS_ESTORE;
    int rc;
    while ((rc = sqlite3_step(list)) == SQLITE_ROW) {
        enum policy_mode mode;
        if (!policy_mode_parse((const char *)sqlite3_column_text(list, 2), &mode))
            continue; /* its CHECK does not let it in */
        if (modes_put(modes, (const char *)sqlite3_column_text(list, 0),
                      (const char *)sqlite3_column_text(list, 1), mode) != DAQS_OK)
            return daqs_fail(err, DAQS_ENOMEM, "out of memory");
    }
    return rc == SQLITE_DONE ? DAQS_OK : sqlite_fail(store->writer, "database", err);
}
