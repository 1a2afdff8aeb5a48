#include "agentd/io/settings_file.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/file.h"

/* Of DAQS_MAX_NICS lines with the longest names. */
enum { TEXT_BYTES = 2 * 1024 * 1024 };

int settings_file_load(const char *dir, char **ret, struct daqs_error *err)
{
    char path[PATH_MAX];
    (void)snprintf(path, sizeof path, "%s/promises", dir);
    *ret = NULL;
    FILE *file = fopen(path, "re");
    if (!file && errno == ENOENT)
        return DAQS_OK;
    if (!file)
        return daqs_fail(err, DAQS_EIO, "cannot read %.200s: %s", path, strerror(errno));
    char *text = malloc(TEXT_BYTES);
    size_t length = text ? fread(text, 1, TEXT_BYTES, file) : 0;
    bool failed = ferror(file);
    (void)fclose(file);
    if (text && !failed && length < TEXT_BYTES) {
        text[length] = '\0';
        *ret = text;
        return DAQS_OK;
    }
    free(text);
    if (!text)
        return daqs_fail(err, DAQS_ENOMEM, "out of memory");
    return daqs_fail(err, failed ? DAQS_EIO : DAQS_ETOOBIG, "cannot read %.200s: %s", path,
                     failed ? "it fails" : "it is too large");
}

int settings_file_save(const char *dir, const char *text, struct daqs_error *err)
{
    return daqs_write_file(dir, "promises", text, err);
}
