/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "controllerd/io/store/store_internal.h"
#include "shared/base/cleanup.h"
#include "shared/base/file.h"

enum { PAGES_AT_ONCE = 1024, CHECK_STEPS = 100000 };

/* The copy is written under this name, and renamed when it is complete. */
#define PART ".part"
enum { PART_PATH_BYTES = PATH_MAX + sizeof PART };

/* What SQLite, and the lock, may add to the name of a database. */
static const char *const ends[] = {"", "-journal", "-wal", "-shm", ".lock"};
enum { ENDS = sizeof ends / sizeof ends[0], LOCK_END = ENDS - 1 };

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

/* Returns true if the path is the database, or a name next to it that SQLite or the lock uses,
 * whether that file exists or not. */
static bool is_of_database(const char *database, const char *path)
{
    char *ours DAQS_AUTO_FREE = real_path(database);
    char *theirs DAQS_AUTO_FREE = real_path(path);
    size_t length = ours ? strlen(ours) : 0;
    for (size_t i = 0; ours && theirs && i < ENDS; i++)
        if (strncmp(ours, theirs, length) == 0 && strcmp(theirs + length, ends[i]) == 0)
            return true;
    return false;
}

static void part_name(const char *part, size_t end, char buf[static PART_PATH_BYTES + 16])
{
    (void)snprintf(buf, PART_PATH_BYTES + 16, "%s%s", part, ends[end]);
}

static int check_name(const char *database, const char *path, const char *part,
                      struct daqs_error *err)
{
    const sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);
    const size_t added = strlen(PART) + strlen("-journal");
    size_t most = vfs ? (size_t)vfs->mxPathname - added : PATH_MAX;
    if (strlen(path) > most)
        return daqs_fail(
            err, DAQS_ETOOBIG,
            "the path of the backup has %zu bytes; the most that SQLite accepts is %zu",
            strlen(path), most);
    bool taken = is_of_database(database, path);
    for (size_t i = 0; i < ENDS; i++) {
        char name[PART_PATH_BYTES + 16];
        part_name(part, i, name);
        taken = taken || is_of_database(database, name);
    }
    return taken ? daqs_fail(err, DAQS_EREFUSED, "%.200s is a file of the database itself", path)
                 : DAQS_OK;
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

/* Removes the incomplete copy, with what SQLite left next to it. */
static void remove_part(const char *part)
{
    for (size_t i = 0; i < LOCK_END; i++) {
        char name[PART_PATH_BYTES + 16];
        part_name(part, i, name);
        (void)unlink(name);
    }
}

static int cannot_make(const char *path, int error, struct daqs_error *err)
{
    return daqs_fail(err, DAQS_ESYSTEM, "cannot make %.200s: %s%s", path, strerror(error),
                     why_not(error));
}

/* SQLite opens files by name, so the file is created first, readable by the controller only. What a
 * controller that was killed left under that name is removed. */
static int make_part(const char *path, const char *part, struct daqs_error *err)
{
    struct stat found;
    if (lstat(path, &found) == 0)
        return cannot_make(path, EEXIST, err);
    remove_part(part);
    int fd = open(part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return cannot_make(part, errno, err);
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

/* --- checking the copy --- */

static int is_stopping(void *arg)
{
    const struct store *store = arg;
    return atomic_load(&store->stopping);
}

/* Damaged pages are copied like others, and would replace good copies one after the other. */
static int check_copy(const struct store_backup *job, sqlite3 *db, struct daqs_error *err)
{
    sqlite3_progress_handler(db, CHECK_STEPS, is_stopping, job->base.store);
    sqlite3_stmt *check AUTO_STATEMENT = sqlite_prepare(db, "PRAGMA quick_check(1)", err);
    if (!check)
        return err->code;
    if (sqlite3_step(check) != SQLITE_ROW)
        return sqlite_fail(db, "the copy cannot be checked", err);
    const char *found = (const char *)sqlite3_column_text(check, 0);
    if (found && strcmp(found, "ok") == 0)
        return DAQS_OK;
    return daqs_fail(err, DAQS_EFORMAT,
                     "the database is damaged; keep the older backups and see 'A damaged database' "
                     "in operating.md: %.120s",
                     found ? found : "no result");
}

/* Leaves one file that is complete by itself. The controller sets the mode again when it opens a
 * restored copy. */
static int finish_copy(sqlite3 *db, struct daqs_error *err)
{
    return sqlite_run(db, "PRAGMA journal_mode = DELETE", err);
}

static int make_copy(struct store_backup *job, const char *part, struct daqs_error *err)
{
    sqlite3 *from = NULL;
    sqlite3 *to = NULL;
    int result = store_open_handle(job->base.store->path, SQLITE_OPEN_READONLY, &from, err);
    if (result == DAQS_OK)
        result = store_open_handle(part, SQLITE_OPEN_READWRITE, &to, err);
    struct copying copying = {job, to};
    if (result == DAQS_OK)
        result = sqlite_snapshot(from, copy_snapshot, &copying, err);
    if (result == DAQS_OK)
        result = check_copy(job, to, err);
    if (result == DAQS_OK)
        result = finish_copy(to, err);
    sqlite3_close(from);
    sqlite3_close(to);
    return result;
}

/* Renames the copy, and overwrites nothing. */
static int put_in_place(const char *path, const char *part, struct daqs_error *err)
{
    int fd DAQS_AUTO_CLOSE = open(part, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fsync(fd) < 0)
        return daqs_fail(err, DAQS_ESYSTEM, "cannot write %.200s: %s", part, strerror(errno));
    int renamed = renameat2(AT_FDCWD, part, AT_FDCWD, path, RENAME_NOREPLACE);
    if (renamed < 0 && errno == EINVAL && access(path, F_OK) < 0) /* the file system cannot do it */
        renamed = rename(part, path);
    if (renamed < 0)
        return cannot_make(path, errno, err);
    if (daqs_sync_folder_of(path) < 0)
        return daqs_fail(err, DAQS_ESYSTEM, "cannot write the folder of %.200s: %s", path,
                         strerror(errno));
    return DAQS_OK;
}

static int work_backup(struct store_job *base)
{
    struct store_backup *job = (struct store_backup *)base;
    struct daqs_error *err = &base->error;
    char part[PART_PATH_BYTES];
    (void)snprintf(part, sizeof part, "%s" PART, job->path);
    int result = check_name(base->store->path, job->path, part, err);
    if (result == DAQS_OK)
        result = make_part(job->path, part, err);
    if (result != DAQS_OK)
        return result;
    result = make_copy(job, part, err);
    if (result == DAQS_OK)
        result = put_in_place(job->path, part, err);
    if (result != DAQS_OK)
        remove_part(part);
    return result;
}

int store_backup(struct store *store, struct store_backup *job)
{
    return store_submit_backup(store, &job->base, work_backup);
}
