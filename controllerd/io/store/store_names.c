/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "controllerd/io/store/store_internal.h"
#include "shared/base/cleanup.h"

/* Nics in use are named again at least every other day, and the latest history may still have to be
 * packed. */
enum { UNSEEN_S = 3 * 86400 };

struct store_names *store_names_new(size_t nics)
{
    struct store_names *job = calloc(1, sizeof *job);
    if (!job)
        return NULL;
    job->nic = calloc(nics ? nics : 1, sizeof *job->nic);
    if (!job->nic) {
        free(job);
        return NULL;
    }
    job->nics = nics;
    return job;
}

void store_names_free(struct store_names *job)
{
    if (!job)
        return;
    for (size_t i = 0; i < job->nics; i++) {
        free(job->nic[i].vm);
        free(job->nic[i].uuid);
        free(job->nic[i].uplink);
    }
    free(job->nic);
    free(job);
}

/* Steps a statement that returns one row with a number, and resets it. */
static int step_number(sqlite3_stmt *statement, int64_t *ret, struct daqs_error *err)
{
    int result = DAQS_OK;
    if (sqlite3_step(statement) == SQLITE_ROW)
        *ret = sqlite3_column_int64(statement, 0);
    else
        result = sqlite_fail(sqlite3_db_handle(statement), "database", err);
    sqlite3_reset(statement);
    return result;
}

static int name_host(sqlite3 *db, const struct store_names *job, int64_t *ret,
                     struct daqs_error *err)
{
    sqlite3_stmt *statement AUTO_STATEMENT =
        sqlite_prepare(db,
                       "INSERT INTO host (name, first_ms) VALUES (?1, ?2)"
                       " ON CONFLICT (name) DO UPDATE SET name = ?1 RETURNING id",
                       err);
    if (!statement)
        return DAQS_ESTORE;
    sqlite3_bind_text(statement, 1, job->host, -1, SQLITE_STATIC);
    sqlite3_bind_int64(statement, 2, job->now_ms);
    return step_number(statement, ret, err);
}

/* Gets the number of nics that the host may still add. */
static int count_left(sqlite3 *db, const struct store_names *job, int64_t host, int64_t *ret,
                      struct daqs_error *err)
{
    int64_t count = 0;
    sqlite3_stmt *query AUTO_STATEMENT = sqlite_prepare(
        db, "SELECT count(*) FROM vm JOIN nic ON vm_id = vm.id WHERE host_id = ?1", err);
    if (!query)
        return DAQS_ESTORE;
    sqlite3_bind_int64(query, 1, host);
    int result = step_number(query, &count, err);
    *ret = (int64_t)job->nics_most - count;
    return result;
}

static bool is_known(sqlite3_stmt *find, int64_t host, const struct store_nic *n)
{
    char mac[DAQS_MAC_TEXT];
    sqlite3_bind_int64(find, 1, host);
    sqlite3_bind_text(find, 2, n->vm, -1, SQLITE_STATIC);
    sqlite3_bind_text(find, 3, daqs_mac_format(&n->mac, mac), -1, SQLITE_STATIC);
    sqlite3_bind_text(find, 4, n->uplink, -1, SQLITE_STATIC);
    bool known = sqlite3_step(find) == SQLITE_ROW;
    sqlite3_reset(find);
    return known;
}

/* Marks nics that get no number. A host that keeps inventing new nics reaches its limit; the nics
 * that it has stay until their history is dropped. */
static int leave_out(sqlite3 *db, struct store_names *job, int64_t host, bool *out,
                     struct daqs_error *err)
{
    int64_t left = 0;
    int result = count_left(db, job, host, &left, err);
    if (result != DAQS_OK || left >= (int64_t)job->nics)
        return result;
    sqlite3_stmt *find AUTO_STATEMENT =
        sqlite_prepare(db,
                       "SELECT 1 FROM vm JOIN nic ON vm_id = vm.id"
                       " WHERE host_id = ?1 AND name = ?2 AND mac = ?3 AND uplink = ?4",
                       err);
    if (!find)
        return DAQS_ESTORE;
    for (size_t i = 0; i < job->nics; i++) {
        out[i] = !is_known(find, host, &job->nic[i]) && left-- <= 0;
        job->left_out += out[i];
    }
    return DAQS_OK;
}

static int name_nics(sqlite3 *db, void *arg, struct daqs_error *err)
{
    struct store_names *job = arg;
    int64_t host = 0;
    bool *out DAQS_AUTO_FREE = calloc(job->nics + 1, sizeof *out);
    if (!out)
        return daqs_fail(err, DAQS_ENOMEM, "out of memory");
    job->left_out = 0;
    sqlite3_stmt *vm AUTO_STATEMENT =
        sqlite_prepare(db,
                       "INSERT INTO vm (host_id, name, uuid) VALUES (?1, ?2, ?3)"
                       " ON CONFLICT (host_id, name) DO UPDATE SET uuid = ?3 RETURNING id",
                       err);
    sqlite3_stmt *nic AUTO_STATEMENT =
        sqlite_prepare(db,
                       "INSERT INTO nic (vm_id, mac, uplink, seen_s) VALUES (?1, ?2, ?3, ?4)"
                       " ON CONFLICT (vm_id, mac, uplink) DO UPDATE SET seen_s = ?4 RETURNING id",
                       err);
    int result = vm && nic ? DAQS_OK : DAQS_ESTORE;
    if (result == DAQS_OK && job->nics > 0) /* nothing is stored for a host without nics */
        result = name_host(db, job, &host, err);
    if (result == DAQS_OK)
        result = leave_out(db, job, host, out, err);
    for (size_t i = 0; i < job->nics && result == DAQS_OK; i++) {
        char mac[DAQS_MAC_TEXT];
        int64_t vm_id = 0;
        struct store_nic *n = &job->nic[i];
        if (out[i])
            continue;
        sqlite3_bind_int64(vm, 1, host);
        sqlite3_bind_text(vm, 2, n->vm, -1, SQLITE_STATIC);
        sqlite3_bind_text(vm, 3, n->uuid, -1, SQLITE_STATIC);
        result = step_number(vm, &vm_id, err);
        if (result != DAQS_OK)
            break;
        sqlite3_bind_int64(nic, 1, vm_id);
        sqlite3_bind_text(nic, 2, daqs_mac_format(&n->mac, mac), -1, SQLITE_STATIC);
        sqlite3_bind_text(nic, 3, n->uplink, -1, SQLITE_STATIC);
        sqlite3_bind_int64(nic, 4, job->now_ms / 1000);
        result = step_number(nic, &n->id, err);
    }
    job->host_id = host;
    return result;
}

/* --- forgetting --- */

/* Deletes a row if no other row refers to it. ?1 is its number; the statement returns the number of
 * the row that it refers to. *ret_owner is 0 if nothing was deleted. */
static int forget_one(sqlite3 *db, const char *sql, int64_t id, int64_t *ret_owner,
                      struct daqs_error *err)
{
    sqlite3_stmt *forget AUTO_STATEMENT = sqlite_prepare(db, sql, err);
    if (!forget)
        return DAQS_ESTORE;
    sqlite3_bind_int64(forget, 1, id);
    *ret_owner = 0;
    int rc = sqlite3_step(forget);
    if (rc == SQLITE_ROW) {
        *ret_owner = sqlite3_column_int64(forget, 0);
        rc = sqlite3_step(forget);
    }
    return rc == SQLITE_DONE ? DAQS_OK : sqlite_fail(db, "database", err);
}

static int forget_owners(sqlite3 *db, int64_t vm, struct daqs_error *err)
{
    int64_t host = 0;
    int64_t nobody = 0;
    int result = forget_one(db,
                            "DELETE FROM vm WHERE id = ?1 AND NOT EXISTS"
                            " (SELECT 1 FROM nic WHERE vm_id = ?1) RETURNING host_id",
                            vm, &host, err);
    if (result == DAQS_OK && host != 0)
        result = forget_one(db,
                            "DELETE FROM host WHERE id = ?1 AND NOT EXISTS"
                            " (SELECT 1 FROM vm WHERE host_id = ?1) RETURNING 0",
                            host, &nobody, err);
    return result;
}

int store_forget_names(sqlite3 *db, int64_t after, size_t most, int64_t *ret_last,
                       struct daqs_error *err)
{
    int64_t newest = 0;
    int result = sqlite_number(db, "SELECT max(id) FROM nic", 0, &newest, err);
    sqlite3_stmt *forget AUTO_STATEMENT =
        sqlite_prepare(db,
                       "DELETE FROM nic WHERE id > ?1 AND id <= ?2 AND seen_s <"
                       " (SELECT min(time) FROM history_from) - ?3 RETURNING vm_id",
                       err);
    if (result != DAQS_OK || !forget)
        return DAQS_ESTORE;
    sqlite3_bind_int64(forget, 1, after);
    sqlite3_bind_int64(forget, 2, after + (int64_t)most);
    sqlite3_bind_int64(forget, 3, UNSEEN_S);
    int rc;
    while ((rc = sqlite3_step(forget)) == SQLITE_ROW && result == DAQS_OK)
        result = forget_owners(db, sqlite3_column_int64(forget, 0), err);
    if (result == DAQS_OK && rc != SQLITE_DONE)
        result = sqlite_fail(db, "database", err);
    if (result == DAQS_OK)
        *ret_last = after + (int64_t)most < newest ? after + (int64_t)most : 0;
    return result;
}

static int work_names(struct store_job *base)
{
    int result = store_durable(base->store, false, &base->error);
    if (result == DAQS_OK)
        result = sqlite_transaction(base->store->writer, name_nics, base, &base->error);
    return result;
}

int store_write_names(struct store *store, struct store_names *job)
{
    return store_submit_write(store, &job->base, work_names);
}
