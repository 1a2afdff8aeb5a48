/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controllerd/io/store/migrate.h"
#include "controllerd/io/store/store_internal.h"
#include "controllerd/io/store/text_copies.h"
#include "shared/base/clock.h"
#include "shared/base/file.h"

enum { WRITES_MAX = 1024, QUERIES_MAX = 64, BUSY_MS = 5000 };
enum { BACKGROUND_NICE = 10 }; /* on few processors, control takes precedence */

void store_note_damage(struct store *store, const struct daqs_error *err)
{
    if (err->code != DAQS_EFORMAT || atomic_exchange(&store->damage_claimed, true))
        return;
    (void)snprintf(store->damage, sizeof store->damage, "%s", err->text);
    atomic_store(&store->damaged, true);
}

const char *store_damage(const struct store *store)
{
    return atomic_load(&store->damaged) ? store->damage : NULL;
}

/* For the requester, damage is an error of the database like others. */
static void take_damage(struct store_job *job)
{
    if (job->result == DAQS_OK || job->error.code != DAQS_EFORMAT)
        return;
    store_note_damage(job->store, &job->error);
    job->result = job->error.code = DAQS_ESTORE;
}

static void run_job(struct daqs_job *base)
{
    struct store_job *job = (struct store_job *)base;
    int64_t begun_ns = daqs_mono_ns(daqs_clock_system());
    job->error = (struct daqs_error){0};
    job->result = job->work(job);
    take_damage(job);
    if (job->writes)
        buckets_add(&job->store->took, (daqs_mono_ns(daqs_clock_system()) - begun_ns) / 1000);
    if (job->prepare)
        job->prepare(job);
}

static int submit(struct daqs_pool *pool, struct store *store, struct store_job *job,
                  int (*work)(struct store_job *job))
{
    job->job.run = run_job;
    job->store = store;
    job->work = work;
    /* In case it never runs. */
    job->result = daqs_fail(&job->error, DAQS_EBUSY, "not begun: the controller stops");
    return daqs_pool_submit(pool, &job->job);
}

int store_submit_write(struct store *store, struct store_job *job,
                       int (*work)(struct store_job *job))
{
    job->writes = true;
    return submit(store->write_pool, store, job, work);
}

int store_submit_query(struct store *store, struct store_job *job,
                       int (*work)(struct store_job *job))
{
    return submit(store->query_pool, store, job, work);
}

int store_submit_backup(struct store *store, struct store_job *job,
                        int (*work)(struct store_job *job))
{
    return submit(store->backup_pool, store, job, work);
}

int store_durable(struct store *store, bool durable, struct daqs_error *err)
{
    return sqlite_run(store->writer,
                      durable ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL", err);
}

int store_change(struct store_job *job, const struct identity *asker, char by[IDENTITY_BYTES],
                 int (*write)(sqlite3 *db, void *arg, struct daqs_error *err))
{
    if (!*by)
        (void)identity_text(asker, by);
    int result = store_durable(job->store, true, &job->error);
    if (result == DAQS_OK)
        result = sqlite_transaction(job->store->writer, write, job, &job->error);
    if (result == DAQS_OK)
        atomic_store(&job->store->copies_due, true);
    return result;
}

static int work_identity(struct store_job *base)
{
    struct store_identity *job = (struct store_identity *)base;
    (void)identity_text(&job->asker, job->by);
    return DAQS_OK;
}

int store_find_identity(struct store *store, struct store_identity *job)
{
    return store_submit_write(store, &job->base, work_identity);
}

int store_open_handle(const char *path, int flags, sqlite3 **ret, struct daqs_error *err)
{
    sqlite3 *db = NULL;
    int rc = sqlite3_open_v2(path, &db, flags | SQLITE_OPEN_NOMUTEX, NULL);
    if (rc != SQLITE_OK) {
        daqs_fail(err, DAQS_ESTORE, "cannot open %.200s: %s", path,
                  db ? sqlite3_errmsg(db) : "out of memory");
        sqlite3_close(db);
        return DAQS_ESTORE;
    }
    sqlite3_busy_timeout(db, BUSY_MS);
    *ret = db;
    return DAQS_OK;
}

/* A new database must not replace what is known of an earlier one. */
static int look_if_new(struct store *store, const char *path, int64_t now_ms,
                       struct daqs_error *err)
{
    int64_t version = 0;
    int result = sqlite_number(store->writer, "PRAGMA user_version", 0, &version, err);
    store->is_new = version == 0;
    return result == DAQS_OK && store->is_new ? text_copies_set_aside(path, now_ms, err) : result;
}

bool store_is_new(const struct store *store)
{
    return store->is_new;
}

static int open_all(struct store *store, const char *path, int64_t now_ms, uint64_t *ret_epoch,
                    struct daqs_error *err)
{
    if (sodium_init() < 0)
        return daqs_fail(err, DAQS_ESYSTEM, "cannot start libsodium");
    daqs_make_folder_of(path, 0750);
    /* Two controllers on one database would both believe that their epoch is the newest. */
    int result = daqs_lock_file(path, &store->lock_fd, err);
    if (result == DAQS_OK)
        result = store_open_handle(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, &store->writer,
                                   err);
    if (result != DAQS_OK)
        return result;
    result = look_if_new(store, path, now_ms, err);
    if (result == DAQS_OK)
        result = migrate(store->writer, schema_migrations, schema_version, now_ms, err);
    if (result == DAQS_OK)
        result = sqlite_run(store->writer,
                            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                            "PRAGMA journal_size_limit = 67108864;"
                            "PRAGMA foreign_keys = ON",
                            err);
    if (result == DAQS_OK)
        result = store_begin_epoch(store, now_ms, ret_epoch, err);
    if (result != DAQS_OK)
        return daqs_wrap(err, "%.120s", path);
    result = store_open_handle(path, SQLITE_OPEN_READONLY, &store->reader, err);
    store->write_pool = daqs_pool_new(1, WRITES_MAX);
    store->query_pool = daqs_pool_new(1, QUERIES_MAX);
    store->backup_pool = daqs_pool_new(1, 1);
    store->path = strdup(path);
    if (result == DAQS_OK &&
        (!store->write_pool || !store->query_pool || !store->backup_pool || !store->path))
        result = daqs_fail(err, DAQS_ENOMEM, "out of memory");
    if (result == DAQS_OK) {
        daqs_pool_describe(store->write_pool, "store-write", 0);
        daqs_pool_describe(store->query_pool, "store-query", BACKGROUND_NICE);
        daqs_pool_describe(store->backup_pool, "store-backup", BACKGROUND_NICE);
        atomic_store(&store->copies_due, true);
    }
    return result;
}

struct store *store_open(const char *path, int64_t now_ms, uint64_t *ret_epoch,
                         struct daqs_error *err)
{
    struct store *store = calloc(1, sizeof *store);
    if (!store) {
        daqs_fail(err, DAQS_ENOMEM, "out of memory");
        return NULL;
    }
    store->lock_fd = -1;
    if (open_all(store, path, now_ms, ret_epoch, err) != DAQS_OK) {
        store_close(store);
        return NULL;
    }
    return store;
}

/* --- the text files --- */

static int work_copies(struct store_job *job)
{
    atomic_store(&job->store->copies_due, false);
    int result = text_copies_write(job->store->writer, job->store->path, &job->error);
    if (result != DAQS_OK)
        atomic_store(&job->store->copies_due, true);
    return result;
}

bool store_copies_due(const struct store *store)
{
    return atomic_load(&store->copies_due);
}

int store_write_copies(struct store *store, struct store_job *job)
{
    return store_submit_write(store, job, work_copies);
}

bool store_newest_aside(const struct store *store, const char *name, char buf[static PATH_MAX])
{
    return text_copies_newest_aside(store->path, name, buf);
}

/* --- ending --- */

static void reap_pool(struct daqs_pool *pool)
{
    struct daqs_job *done;
    while ((done = daqs_pool_reap(pool))) {
        struct store_job *job = (struct store_job *)done;
        if (job->done)
            job->done(job);
        else
            free(job);
    }
}

void store_reap(struct store *store)
{
    reap_pool(store->write_pool);
    reap_pool(store->query_pool);
    reap_pool(store->backup_pool);
}

void store_close(struct store *store)
{
    if (!store)
        return;
    if (store->write_pool && store->query_pool && store->backup_pool) {
        atomic_store(&store->stopping, true);
        if (store->reader)
            sqlite3_interrupt(store->reader); /* pending queries are no longer needed */
        daqs_pool_stop(store->write_pool, true);
        daqs_pool_stop(store->query_pool, false);
        daqs_pool_stop(store->backup_pool, false);
        store_reap(store);
        struct store_job copies = {.store = store};
        if (store_copies_due(store))
            (void)work_copies(&copies);
    }
    daqs_pool_free(store->write_pool);
    daqs_pool_free(store->query_pool);
    daqs_pool_free(store->backup_pool);
    free(store->path);
    sqlite3_close(store->reader);
    sqlite3_close(store->writer);
    if (store->lock_fd >= 0)
        close(store->lock_fd);
    free(store);
}

int store_write_fd(const struct store *store)
{
    return daqs_pool_fd(store->write_pool);
}

int store_query_fd(const struct store *store)
{
    return daqs_pool_fd(store->query_pool);
}

int store_backup_fd(const struct store *store)
{
    return daqs_pool_fd(store->backup_pool);
}

const struct buckets *store_took(const struct store *store)
{
    return &store->took;
}
