/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/daqsctl/export_token.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "shared/base/cleanup.h"
#include "shared/base/file.h"

int export_token_parse(const char *text, const char *level, char ret[static EXPORT_TOKEN_BYTES],
                       struct daqs_error *err)
{
    size_t length = strcspn(text, "\n");
    size_t prefix = strcspn(text, ".");
    const char *token = text + prefix + 1;
    if (prefix >= length || strspn(token, "0123456789") != length - prefix - 1 ||
        length - prefix - 1 == 0 || length - prefix - 1 >= EXPORT_TOKEN_BYTES ||
        strspn(text + length, "\n") != strlen(text + length))
        return daqs_fail(err, DAQS_EINVALID, "'%.60s' is not a token of export-history", text);
    if (strlen(level) != prefix || strncmp(text, level, prefix) != 0)
        return daqs_fail(err, DAQS_EINVALID, "the token is of level %.*s, not %s",
                         (int)(prefix < 20 ? prefix : 20), text, level);
    (void)snprintf(ret, EXPORT_TOKEN_BYTES, "%.*s", (int)(length - prefix - 1), token);
    return DAQS_OK;
}

/* Writes the folder of the file to buf, and returns its name in there. */
static const char *name_in_folder(const char *path, char buf[static PATH_MAX])
{
    const char *slash = strrchr(path, '/');
    (void)daqs_folder_of(path, buf);
    return slash ? slash + 1 : path;
}

int export_token_open(struct export_token_file *file, const char *path, const char *level,
                      char ret[static EXPORT_TOKEN_BYTES], struct daqs_error *err)
{
    char folder[PATH_MAX];
    char *text DAQS_AUTO_FREE = NULL;
    size_t length = 0;
    *file = (struct export_token_file){.path = path, .lock_fd = -1};
    *ret = '\0';
    const char *name = name_in_folder(path, folder);
    int result = daqs_lock_file(path, &file->lock_fd, err);
    if (result != DAQS_OK)
        return result;
    result = daqs_read_file(folder, name, EXPORT_TOKEN_BYTES, &text, &length, err);
    if (result == DAQS_ENOTFOUND)
        return DAQS_OK;
    if (result == DAQS_OK && length == 0)
        result = daqs_fail(err, DAQS_EINVALID,
                           "it is empty; remove it to export all that is kept, or store a token");
    if (result == DAQS_OK)
        result = export_token_parse(text, level, ret, err);
    return result == DAQS_OK ? DAQS_OK : daqs_wrap(err, "%.200s", path);
}

int export_token_store(const struct export_token_file *file, const char *level, const char *token,
                       struct daqs_error *err)
{
    char folder[PATH_MAX];
    char text[EXPORT_TOKEN_BYTES + 32];
    const char *name = name_in_folder(file->path, folder);
    (void)snprintf(text, sizeof text, "%s.%s\n", level, token);
    return daqs_write_file(folder, name, text, 0644, err);
}

void export_token_close(struct export_token_file *file)
{
    if (file->lock_fd >= 0)
        close(file->lock_fd);
    file->lock_fd = -1;
}
