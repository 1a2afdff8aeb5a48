/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "controllerd/io/store/store_internal.h"

#define IS_LISTED(name)                                                                            \
    "(EXISTS (SELECT 1 FROM sla WHERE host = " name                                                \
    ") OR EXISTS (SELECT 1 FROM peer WHERE name = " name "))"

struct store_heard *store_heard_new(size_t hosts)
{
    struct store_heard *job = calloc(1, sizeof *job);
    if (!job)
        return NULL;
    job->host = calloc(hosts ? hosts : 1, sizeof *job->host);
    if (!job->host) {
        free(job);
        return NULL;
    }
    job->hosts = hosts;
    return job;
}

void store_heard_free(struct store_heard *job)
{
    if (!job)
        return;
    for (size_t i = 0; i < job->hosts; i++)
        free(job->host[i].name);
    free(job->host);
    free(job);
}

static int write_all(sqlite3 *db, void *arg, struct daqs_error *err)
{
    const struct store_heard *job = arg;
    sqlite3_stmt *put AUTO_STATEMENT =
        sqlite_prepare(db,
                       "INSERT INTO heard (host, at_ms) SELECT ?1, ?2 WHERE " IS_LISTED(
                           "?1") " ON CONFLICT (host) DO UPDATE SET at_ms = excluded.at_ms",
                       err);
    int result = put ? DAQS_OK : DAQS_ESTORE;
    for (size_t i = 0; i < job->hosts && result == DAQS_OK; i++) {
        sqlite3_bind_text(put, 1, job->host[i].name, -1, SQLITE_STATIC);
        sqlite3_bind_int64(put, 2, job->host[i].at_ms);
        result = sqlite_step_done(put, err);
        sqlite3_reset(put);
    }
    return result == DAQS_OK
               ? sqlite_run(db, "DELETE FROM heard WHERE NOT " IS_LISTED("heard.host"), err)
               : result;
}

static int work_heard(struct store_job *base)
{
    int result = store_durable(base->store, false, &base->error);
    if (result == DAQS_OK)
        result = sqlite_transaction(base->store->writer, write_all, base, &base->error);
    return result;
}

int store_write_heard(struct store *store, struct store_heard *job)
{
    return store_submit_write(store, &job->base, work_heard);
}

int store_load_heard(struct store *store, struct roster *roster, struct daqs_error *err)
{
    sqlite3_stmt *list AUTO_STATEMENT =
        sqlite_prepare(store->writer, "SELECT host, at_ms FROM heard", err);
    if (!list)
        return DAQS_ESTORE;
    int rc;
    while ((rc = sqlite3_step(list)) == SQLITE_ROW)
        roster_note_heard(roster, (const char *)sqlite3_column_text(list, 0),
                          sqlite3_column_int64(list, 1));
    return rc == SQLITE_DONE ? DAQS_OK : sqlite_fail(store->writer, "database", err);
}
