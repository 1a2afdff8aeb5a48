/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/chaos/power_vfs.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/lib/random.h"

enum { FILES_MOST = 64, SECTOR_BYTES = 512 };

struct image {
    uint8_t *byte;
    size_t length;
    bool exists;
};

/* A write; without bytes, a truncation to 'offset'. */
struct pending {
    size_t offset;
    size_t length;
    uint8_t *byte;
};

struct kept_file {
    char *path;
    struct image synced;
    struct image ghost; /* deleted, but perhaps still on the disk */
    struct pending *pending;
    size_t pendings;
    size_t capacity;
};

struct power_file {
    sqlite3_file base;
    struct kept_file *kept; /* NULL: a file that is not simulated */
    sqlite3_file real[];    /* as large as the real VFS requires */
};

static struct {
    pthread_mutex_t lock;
    sqlite3_vfs vfs;
    sqlite3_vfs *real;
    struct kept_file file[FILES_MOST];
    size_t files;
    uint64_t left; /* operations until the power fails; 0: it does not */
    bool failed;
    struct random_source random;
    struct power_tally tally;
} power = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void *must(void *memory)
{
    if (!memory)
        abort();
    return memory;
}

/* --- contents of the disk --- */

static void image_free(struct image *image)
{
    free(image->byte);
    *image = (struct image){0};
}

static void image_resize(struct image *image, size_t length)
{
    image->byte = must(realloc(image->byte, length + 1));
    if (length > image->length)
        memset(image->byte + image->length, 0, length - image->length);
    image->length = length;
    image->exists = true;
}

static void image_write(struct image *image, size_t offset, const uint8_t *byte, size_t length)
{
    if (offset + length > image->length)
        image_resize(image, offset + length);
    memcpy(image->byte + offset, byte, length);
}

static void image_apply(struct image *image, const struct pending *p)
{
    if (p->byte)
        image_write(image, p->offset, p->byte, p->length);
    else
        image_resize(image, p->offset);
}

static void image_load(struct image *image, const char *path)
{
    FILE *in = fopen(path, "rb");
    if (!in)
        return;
    uint8_t part[65536];
    size_t n;
    image_resize(image, 0);
    while ((n = fread(part, 1, sizeof part, in)) > 0)
        image_write(image, image->length, part, n);
    (void)fclose(in);
}

static void image_store(const struct image *image, const char *path)
{
    if (!image->exists) {
        (void)unlink(path);
        return;
    }
    FILE *out = must(fopen(path, "wb"));
    if (fwrite(image->byte, 1, image->length, out) != image->length || fclose(out) != 0)
        abort();
}

static void forget_pending(struct kept_file *file)
{
    for (size_t i = 0; i < file->pendings; i++)
        free(file->pending[i].byte);
    file->pendings = 0;
}

static void add_pending(struct kept_file *file, size_t offset, const void *byte, size_t length)
{
    if (file->pendings == file->capacity) {
        file->capacity = file->capacity ? 2 * file->capacity : 16;
        file->pending = must(realloc(file->pending, file->capacity * sizeof *file->pending));
    }
    struct pending *p = &file->pending[file->pendings++];
    *p = (struct pending){.offset = offset, .length = length};
    if (byte) {
        p->byte = must(malloc(length + 1));
        memcpy(p->byte, byte, length);
    }
}

static struct kept_file *find_file(const char *path)
{
    for (size_t i = 0; i < power.files; i++)
        if (strcmp(power.file[i].path, path) == 0)
            return &power.file[i];
    return NULL;
}

static struct kept_file *keep_file(const char *path)
{
    struct kept_file *file = find_file(path);
    if (file)
        return file;
    if (power.files == FILES_MOST)
        abort();
    file = &power.file[power.files++];
    *file = (struct kept_file){.path = must(strdup(path))};
    image_load(&file->synced, path);
    return file;
}

/* --- effects of a power failure --- */

/* Writes or loses each sector at random. */
static void tear(struct image *image, const struct pending *p)
{
    for (size_t at = 0; at < p->length; at += SECTOR_BYTES) {
        size_t n = p->length - at < SECTOR_BYTES ? p->length - at : SECTOR_BYTES;
        if (random_below(&power.random, 2) == 0)
            image_write(image, p->offset + at, p->byte + at, n);
    }
}

static void suffer(struct image *image, const struct pending *p)
{
    switch (random_below(&power.random, 3)) {
    case 0:
        power.tally.lost++;
        break;
    case 1:
        power.tally.whole++;
        image_apply(image, p);
        break;
    default:
        power.tally.torn++;
        if (p->byte)
            tear(image, p);
    }
}

static void fail_file(struct kept_file *file)
{
    bool returns = file->ghost.exists && random_below(&power.random, 2) == 0;
    if (returns) {
        image_free(&file->synced);
        file->synced = file->ghost;
        file->ghost = (struct image){0};
    }
    for (size_t i = 0; i < file->pendings && !returns; i++)
        suffer(&file->synced, &file->pending[i]);
    forget_pending(file);
    image_free(&file->ghost);
    image_store(&file->synced, file->path);
}

/* --- operations; the caller holds the lock --- */

/* Counts an operation. Returns whether it still takes place. */
static bool have_power(void)
{
    if (power.failed)
        return false;
    if (power.left > 0 && --power.left == 0) {
        power.failed = true;
        power.tally.failures++;
    }
    return true; /* the power fails during this operation, so it is not synced */
}

static void sync_file(struct kept_file *file)
{
    image_resize(&file->synced, file->synced.length);
    for (size_t i = 0; i < file->pendings; i++)
        image_apply(&file->synced, &file->pending[i]);
    forget_pending(file);
    for (size_t i = 0; i < power.files; i++) {
        image_free(&power.file[i].ghost);
        if (power.file[i].pendings > 0)
            image_resize(&power.file[i].synced, power.file[i].synced.length);
    }
}

/* --- methods of a file --- */

static sqlite3_file *real_of(sqlite3_file *file)
{
    return ((struct power_file *)file)->real;
}

static struct kept_file *kept_of(sqlite3_file *file)
{
    return ((struct power_file *)file)->kept;
}

static int file_close(sqlite3_file *file)
{
    sqlite3_file *real = real_of(file);
    return real->pMethods ? real->pMethods->xClose(real) : SQLITE_OK;
}

static int file_read(sqlite3_file *file, void *to, int length, sqlite3_int64 offset)
{
    return real_of(file)->pMethods->xRead(real_of(file), to, length, offset);
}

static int file_write(sqlite3_file *file, const void *from, int length, sqlite3_int64 offset)
{
    struct kept_file *kept = kept_of(file);
    int rc = SQLITE_IOERR_WRITE;
    pthread_mutex_lock(&power.lock);
    if (!kept || have_power()) {
        rc = real_of(file)->pMethods->xWrite(real_of(file), from, length, offset);
        if (kept && rc == SQLITE_OK)
            add_pending(kept, (size_t)offset, from, (size_t)length);
        if (kept && power.failed)
            rc = SQLITE_IOERR_WRITE;
    }
    pthread_mutex_unlock(&power.lock);
    return rc;
}

static int file_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    struct kept_file *kept = kept_of(file);
    int rc = SQLITE_IOERR_TRUNCATE;
    pthread_mutex_lock(&power.lock);
    if (!kept || have_power()) {
        rc = real_of(file)->pMethods->xTruncate(real_of(file), size);
        if (kept && rc == SQLITE_OK)
            add_pending(kept, (size_t)size, NULL, 0);
        if (kept && power.failed)
            rc = SQLITE_IOERR_TRUNCATE;
    }
    pthread_mutex_unlock(&power.lock);
    return rc;
}

/* Does not sync the real disk, because this file decides what a disk holds. */
static int file_sync(sqlite3_file *file, int flags)
{
    struct kept_file *kept = kept_of(file);
    int rc = SQLITE_OK;
    (void)flags;
    if (!kept)
        return rc;
    pthread_mutex_lock(&power.lock);
    if (!have_power() || power.failed)
        rc = SQLITE_IOERR_FSYNC;
    else
        sync_file(kept);
    pthread_mutex_unlock(&power.lock);
    return rc;
}

static int file_size(sqlite3_file *file, sqlite3_int64 *ret)
{
    return real_of(file)->pMethods->xFileSize(real_of(file), ret);
}

static int file_lock(sqlite3_file *file, int level)
{
    return real_of(file)->pMethods->xLock(real_of(file), level);
}

static int file_unlock(sqlite3_file *file, int level)
{
    return real_of(file)->pMethods->xUnlock(real_of(file), level);
}

static int file_reserved(sqlite3_file *file, int *ret)
{
    return real_of(file)->pMethods->xCheckReservedLock(real_of(file), ret);
}

/* Rejects size hints, because SQLite would grow the file without xWrite. */
static int file_control(sqlite3_file *file, int op, void *arg)
{
    if (op == SQLITE_FCNTL_SIZE_HINT || op == SQLITE_FCNTL_CHUNK_SIZE)
        return SQLITE_NOTFOUND;
    return real_of(file)->pMethods->xFileControl(real_of(file), op, arg);
}

static int file_sector(sqlite3_file *file)
{
    return real_of(file)->pMethods->xSectorSize(real_of(file));
}

static int file_device(sqlite3_file *file)
{
    return real_of(file)->pMethods->xDeviceCharacteristics(real_of(file));
}

static int file_shm_map(sqlite3_file *file, int page, int size, int extend, void volatile **ret)
{
    return real_of(file)->pMethods->xShmMap(real_of(file), page, size, extend, ret);
}

static int file_shm_lock(sqlite3_file *file, int offset, int n, int flags)
{
    return real_of(file)->pMethods->xShmLock(real_of(file), offset, n, flags);
}

static void file_shm_barrier(sqlite3_file *file)
{
    real_of(file)->pMethods->xShmBarrier(real_of(file));
}

static int file_shm_unmap(sqlite3_file *file, int delete)
{
    return real_of(file)->pMethods->xShmUnmap(real_of(file), delete);
}

/* Version 2 is without xFetch, which would write without xWrite. */
static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = file_close,
    .xRead = file_read,
    .xWrite = file_write,
    .xTruncate = file_truncate,
    .xSync = file_sync,
    .xFileSize = file_size,
    .xLock = file_lock,
    .xUnlock = file_unlock,
    .xCheckReservedLock = file_reserved,
    .xFileControl = file_control,
    .xSectorSize = file_sector,
    .xDeviceCharacteristics = file_device,
    .xShmMap = file_shm_map,
    .xShmLock = file_shm_lock,
    .xShmBarrier = file_shm_barrier,
    .xShmUnmap = file_shm_unmap,
};

/* --- methods of the VFS --- */

static int vfs_open(sqlite3_vfs *vfs, const char *path, sqlite3_file *file, int flags, int *ret)
{
    struct power_file *mine = (struct power_file *)file;
    (void)vfs;
    mine->base.pMethods = NULL;
    mine->kept = NULL;
    pthread_mutex_lock(&power.lock);
    if (path && flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_WAL))
        mine->kept = keep_file(path);
    pthread_mutex_unlock(&power.lock);
    int rc = power.real->xOpen(power.real, path, mine->real, flags, ret);
    if (rc == SQLITE_OK)
        mine->base.pMethods = &methods;
    return rc;
}

static int vfs_delete(sqlite3_vfs *vfs, const char *path, int sync_folder)
{
    (void)vfs;
    pthread_mutex_lock(&power.lock);
    struct kept_file *file = find_file(path);
    int rc = SQLITE_IOERR_DELETE;
    if (!file || (have_power() && !power.failed)) {
        rc = power.real->xDelete(power.real, path, sync_folder);
        if (file && rc == SQLITE_OK) {
            forget_pending(file);
            if (file->synced.exists && !sync_folder) {
                image_free(&file->ghost);
                file->ghost = file->synced;
                file->synced = (struct image){0};
            } else {
                image_free(&file->synced);
            }
        }
    }
    pthread_mutex_unlock(&power.lock);
    return rc;
}

/* --- interface --- */

void power_vfs_begin(uint64_t seed)
{
    power.real = sqlite3_vfs_find(NULL);
    power.vfs = *power.real;
    power.vfs.pNext = NULL;
    power.vfs.zName = "power";
    power.vfs.szOsFile = (int)sizeof(struct power_file) + power.real->szOsFile;
    power.vfs.xOpen = vfs_open;
    power.vfs.xDelete = vfs_delete;
    power.random.state = seed;
    power.left = 0;
    power.failed = false;
    power.tally = (struct power_tally){0};
    if (sqlite3_vfs_register(&power.vfs, 1) != SQLITE_OK)
        abort();
}

void power_vfs_end(void)
{
    (void)sqlite3_vfs_unregister(&power.vfs);
    (void)sqlite3_vfs_register(power.real, 1);
    for (size_t i = 0; i < power.files; i++) {
        forget_pending(&power.file[i]);
        image_free(&power.file[i].synced);
        image_free(&power.file[i].ghost);
        free(power.file[i].pending);
        free(power.file[i].path);
    }
    power.files = 0;
}

void power_vfs_fail_after(uint64_t operations)
{
    pthread_mutex_lock(&power.lock);
    power.left = operations;
    pthread_mutex_unlock(&power.lock);
}

bool power_vfs_failed(void)
{
    pthread_mutex_lock(&power.lock);
    bool failed = power.failed;
    pthread_mutex_unlock(&power.lock);
    return failed;
}

void power_vfs_restore(void)
{
    char shared[4096];
    pthread_mutex_lock(&power.lock);
    for (size_t i = 0; i < power.files; i++) {
        fail_file(&power.file[i]);
        (void)snprintf(shared, sizeof shared, "%s-shm", power.file[i].path);
        (void)unlink(shared);
    }
    power.failed = false;
    power.left = 0;
    pthread_mutex_unlock(&power.lock);
}

struct power_tally power_vfs_tally(void)
{
    pthread_mutex_lock(&power.lock);
    struct power_tally tally = power.tally;
    pthread_mutex_unlock(&power.lock);
    return tally;
}
