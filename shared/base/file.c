/* SPDX-License-Identifier: Apache-2.0 */
#include "shared/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "shared/base/cleanup.h"

const char *daqs_folder_of(const char *path, char buf[static PATH_MAX])
{
    const char *slash = strrchr(path, '/');
    if (!slash)
        (void)snprintf(buf, PATH_MAX, ".");
    else
        (void)snprintf(buf, PATH_MAX, "%.*s", (int)(slash == path ? 1 : slash - path), path);
    return buf;
}

void daqs_make_folder_of(const char *path, mode_t mode)
{
    char *folder DAQS_AUTO_FREE = strdup(path);
    char *slash = folder ? strrchr(folder, '/') : NULL;
    if (!slash || slash == folder)
        return;
    *slash = '\0';
    (void)mkdir(folder, mode);
}

int daqs_sync_folder_of(const char *path)
{
    char folder[PATH_MAX];
    int fd DAQS_AUTO_CLOSE = open(daqs_folder_of(path, folder), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return fd < 0 || fsync(fd) < 0 ? -1 : 0;
}

int daqs_lock_file(const char *path, int *ret_fd, struct daqs_error *err)
{
    char lock[PATH_MAX];
    (void)snprintf(lock, sizeof lock, "%s.lock", path);
    int fd DAQS_AUTO_CLOSE = open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return daqs_fail(err, DAQS_EIO, "cannot open %.200s: %s", lock, strerror(errno));
    if (flock(fd, LOCK_EX | LOCK_NB) < 0)
        return daqs_fail(err, DAQS_EBUSY, "%.200s is used by another process", path);
    *ret_fd = fd;
    fd = -1;
    return DAQS_OK;
}

static int write_synced(const char *path, const char *text, mode_t mode)
{
    int fd DAQS_AUTO_CLOSE = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
    size_t length = strlen(text);
    if (fd < 0)
        return -1;
    ssize_t written = write(fd, text, length);
    if (written >= 0 && (size_t)written < length)
        errno = ENOSPC; /* what a short write to a file means */
    return written != (ssize_t)length || fsync(fd) < 0 ? -1 : 0;
}

int daqs_write_file(const char *dir, const char *name, const char *text, mode_t mode,
                    struct daqs_error *err)
{
    char path[PATH_MAX];
    char fresh[PATH_MAX];
    (void)mkdir(dir, 0750); /* usually exists; if it cannot be created, the write fails */
    (void)snprintf(path, sizeof path, "%s/%s", dir, name);
    (void)snprintf(fresh, sizeof fresh, "%s/%s.new", dir, name);
    if (write_synced(fresh, text, mode) == 0 && rename(fresh, path) == 0 &&
        daqs_sync_folder_of(path) == 0)
        return DAQS_OK;
    int reason = errno;
    (void)unlink(fresh); /* a part of it would take room on a full disk */
    daqs_fail(err, DAQS_EIO, "cannot write %.200s: %s", path, strerror(reason));
    errno = reason;
    return DAQS_EIO;
}

/* Reads up to the end of the file, but at most 'most' + 1 bytes. Returns the number of bytes; a
 * result above 'most' means that the file is longer. -1: an error. */
static ssize_t read_whole(int fd, char *text, size_t most)
{
    size_t length = 0;
    ssize_t got = 1;
    while (got > 0 && length <= most) {
        got = read(fd, text + length, most + 1 - length);
        length += got > 0 ? (size_t)got : 0;
    }
    return got < 0 ? -1 : (ssize_t)length;
}

int daqs_read_file(const char *dir, const char *name, size_t most_bytes, char **ret_text,
                   size_t *ret_length, struct daqs_error *err)
{
    char path[PATH_MAX];
    (void)snprintf(path, sizeof path, "%s/%s", dir, name);
    int fd DAQS_AUTO_CLOSE = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return daqs_fail(err, errno == ENOENT ? DAQS_ENOTFOUND : DAQS_EIO, "cannot read %.200s: %s",
                         path, strerror(errno));
    char *text DAQS_AUTO_FREE = malloc(most_bytes + 1);
    if (!text)
        return daqs_fail(err, DAQS_ENOMEM, "out of memory");
    ssize_t length = read_whole(fd, text, most_bytes);
    if (length < 0)
        return daqs_fail(err, DAQS_EIO, "cannot read %.200s: %s", path, strerror(errno));
    if ((size_t)length > most_bytes)
        return daqs_fail(err, DAQS_ETOOBIG, "cannot read %.200s: it is too large", path);
    text[length] = '\0';
    *ret_length = (size_t)length;
    *ret_text = DAQS_TAKE(text);
    return DAQS_OK;
}

int daqs_set_file_aside(const char *dir, const char *name, struct daqs_error *err)
{
    char from[PATH_MAX];
    char to[PATH_MAX];
    (void)snprintf(from, sizeof from, "%s/%s", dir, name);
    (void)snprintf(to, sizeof to, "%s/%s.damaged", dir, name);
    if (rename(from, to) < 0)
        return daqs_fail(err, DAQS_EIO, "cannot rename %.200s: %s", from, strerror(errno));
    return DAQS_OK;
}
