#include "agentd/io/epoch_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shared/base/cleanup.h"

int epoch_file_load(const char *dir, uint64_t *ret, struct daqs_error *err)
{
    char path[PATH_MAX];
    char text[32] = "";
    (void)snprintf(path, sizeof path, "%s/epoch", dir);
    FILE *file = fopen(path, "re");
    if (!file && errno == ENOENT) {
        *ret = 0;
        return DAQS_OK;
    }
    if (!file)
        return daqs_fail(err, DAQS_EIO, "cannot read %.200s: %s", path, strerror(errno));
    size_t length = fread(text, 1, sizeof text - 1, file);
    (void)fclose(file);
    /* Exactly what save writes: up to 19 digits and a newline. */
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 19 || length != digits + 1 || text[digits] != '\n' ||
        strtoull(text, NULL, 10) > INT64_MAX)
        return daqs_fail(err, DAQS_EFORMAT,
                         "%.200s is damaged; remove it if the controller's database is newer",
                         path);
    *ret = strtoull(text, NULL, 10);
    return DAQS_OK;
}

static int write_synced(const char *path, const char *text)
{
    int fd DAQS_AUTO_CLOSE = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    size_t length = strlen(text);
    if (fd < 0 || write(fd, text, length) != (ssize_t)length || fsync(fd) < 0)
        return -1;
    return 0;
}

/* Without this a rename may be lost with the power. */
static int sync_folder(const char *path)
{
    int fd DAQS_AUTO_CLOSE = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return fd < 0 || fsync(fd) < 0 ? -1 : 0;
}

int epoch_file_save(const char *dir, uint64_t epoch, struct daqs_error *err)
{
    char path[PATH_MAX];
    char fresh[PATH_MAX];
    char text[32];
    (void)mkdir(dir, 0750); /* usually there; if it cannot be made the write says so */
    (void)snprintf(path, sizeof path, "%s/epoch", dir);
    (void)snprintf(fresh, sizeof fresh, "%s/epoch.new", dir);
    (void)snprintf(text, sizeof text, "%" PRIu64 "\n", epoch);
    if (write_synced(fresh, text) < 0 || rename(fresh, path) < 0 || sync_folder(dir) < 0)
        return daqs_fail(err, DAQS_EIO, "cannot write %.200s: %s", path, strerror(errno));
    return DAQS_OK;
}
