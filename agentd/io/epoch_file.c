#include "agentd/io/epoch_file.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/file.h"

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

int epoch_file_save(const char *dir, uint64_t epoch, struct daqs_error *err)
{
    char text[32];
    (void)snprintf(text, sizeof text, "%" PRIu64 "\n", epoch);
    return daqs_write_file(dir, "epoch", text, err);
}
