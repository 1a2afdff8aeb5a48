/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "controllerd/io/store/store_internal.h"
#include "shared/base/cleanup.h"

enum { PAGES_AT_ONCE = 1024 };

/* Returns the path with its directory resolved, which the caller frees. NULL: no such directory. */
static char *real_path(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *folder DAQS_AUTO_FREE = slash ? strndup(path, (size_t)(slash - path) + 1) : NULL;
    char *real DAQS_AUTO_FREE = folder ? realpath(folder, NULL) : NULL;
    char *whole = NULL;
    if (!real || asprintf(&whole, "%s/%s", real, slash + 1) < 0)
        return NULL;
    return whole;
}

/* Rejects the names next to the database that SQLite, or the lock, uses, whether the files exist or
 * not. */
static int check_name(const char *database, const char *path, struct daqs_error *err)
{
    static const char journal[] = "-journal";
    const sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);
    size_t most = vfs ? (size_t)vfs->mxPathname - strlen(journal) : PATH_MAX;
    if (strlen(path) > most)
        return daqs_fail(
            err, DAQS_ETOOBIG,
            "the path of the backup has %zu bytes; the most that SQLite accepts is %zu",
            strlen(path), most);
    char *ours DAQS_AUTO_FREE = real_path(database);
    char *theirs DAQS_AUTO_FREE = real_path(path);
    size_t length = ours ? strlen(ours) : 0;
    static const char *const ends[] = {"", journal, "-wal", "-shm", ".lock"};
    for (size_t i = 0; ours && theirs && i < sizeof ends / sizeof ends[0]; i++)
        if (strncmp(ours, theirs, length) == 0 && strcmp(theirs + length, ends[i]) == 0)
            return daqs_fail(err, DAQS_EREFUSED, "%.200s is a file of the database itself", path);
    return DAQS_OK;
}

static const char *why_not(int error)
{
    switch (error) {
    case EEXIST:
        return "; nothing is overwritten";
    case EACCES:
    case EROFS:
        return "; the controller writes it, where its unit allows it: in /var/backups/daqs, for "
               "example";
    default:
        return "";
    }
}

/* SQLite opens files by name, so the file is created first, readable by the controller only. */
static int make_file(const char *path, struct daqs_error *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return daqs_fail(err, DAQS_ESYSTEM, "cannot make %.200s: %s%s", path, strerror(errno),
                         why_not(errno));
    close(fd);
    return DAQS_OK;
}

/* The source connection is in a read transaction, so all pages are of one snapshot, whatever is
 * written meanwhile. */
static int copy_pages(struct store_backup *job, sqlite3 *from, sqlite3 *to, struct daqs_error *err)
{
    sqlite3_backup *backup = sqlite3_backup_init(to, "main", from, "main");
    if (!backup)
        return sqlite_fail(to, "cannot write the copy", err);
    int rc;
    do {
        rc = sqlite3_backup_step(backup, PAGES_AT_ONCE);
        int total = sqlite3_backup_pagecount(backup);
        atomic_store(&job->total, total);
        atomic_store(&job->copied, total - sqlite3_backup_remaining(backup));
    } while (rc == SQLITE_OK && !atomic_load(&job->base.store->stopping));
    int finished = sqlite3_backup_finish(backup);
    if (rc == SQLITE_OK)
        return daqs_fail(err, DAQS_EBUSY, "the controller stops");
    return finished == SQLITE_OK ? DAQS_OK : sqlite_fail(to, "cannot write the copy", err);
}

struct copying {
    struct store_backup *job;
    sqlite3 *to;
};

static int copy_snapshot(sqlite3 *from, void *arg, struct daqs_error *err)
{
    const struct copying *copying = arg;
    int64_t version = 0;
    /* The snapshot begins with the first read. */
    int result = sqlite_number(from, "SELECT count(*) FROM migration", 0, &version, err);
    return result == DAQS_OK ? copy_pages(copying->job, from, copying->to, err) : result;
}

static int work_backup(struct store_job *base)
{
    struct store_backup *job = (struct store_backup *)base;
    struct daqs_error *err = &base->error;
    sqlite3 *from = NULL;
    sqlite3 *to = NULL;
    int result = check_name(base->store->path, job->path, err);
    if (result == DAQS_OK)
        result = make_file(job->path, err);
    if (result != DAQS_OK)
        return result;
    result = store_open_handle(base->store->path, SQLITE_OPEN_READONLY, &from, err);
    if (result == DAQS_OK)
        result = store_open_handle(job->path, SQLITE_OPEN_READWRITE, &to, err);
    struct copying copying = {job, to};
    if (result == DAQS_OK)
        result = sqlite_snapshot(from, copy_snapshot, &copying, err);
    sqlite3_close(from);
    sqlite3_close(to);
    if (result != DAQS_OK)
        (void)unlink(job->path);
    return result;
}

int store_backup(struct store *store, struct store_backup *job)
{
    return store_submit_backup(store, &job->base, work_backup);
}
