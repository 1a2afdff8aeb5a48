#include "shared/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "shared/base/cleanup.h"

void daqs_make_folder_of(const char *path, mode_t mode)
{
    char *folder DAQS_AUTO_FREE = strdup(path);
    char *slash = folder ? strrchr(folder, '/') : NULL;
    if (!slash || slash == folder)
        return;
    *slash = '\0';
    (void)mkdir(folder, mode);
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
