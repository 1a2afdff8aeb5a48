/* SPDX-License-Identifier: Apache-2.0 */
/* file - small files that are read and written as a whole, their folders, and lock files. */
#ifndef DAQS_BASE_FILE_H
#define DAQS_BASE_FILE_H

#include <limits.h>
#include <stddef.h>
#include <sys/types.h>

#include "shared/base/error.h"

/* Writes the folder of the file 'path', without a slash at its end: "." if the path has none.
 * Returns buf. */
const char *daqs_folder_of(const char *path, char buf[static PATH_MAX]);

/* Creates the folder of the file 'path' if it is missing, but not the folders above it. A failure
 * shows when the file is opened. */
void daqs_make_folder_of(const char *path, mode_t mode);

/* Makes changes of names in the folder of 'path' durable. Without this, a rename may be lost in a
 * power failure. Returns -1, with errno set, on failure. */
int daqs_sync_folder_of(const char *path);

/* Locks the file PATH.lock, so that only one process at a time uses PATH. The returned descriptor
 * holds the lock until it is closed. DAQS_EBUSY: another process holds it. DAQS_EIO: the lock file
 * cannot be opened. */
int daqs_lock_file(const char *path, int *ret_fd, struct daqs_error *err);

/* Writes DIR/NAME as a whole and durably: after a crash, the file has either its old or its new
 * content. Creates DIR if it is missing. DAQS_EIO on failure; errno is then the reason. */
int daqs_write_file(const char *dir, const char *name, const char *text, mode_t mode,
                    struct daqs_error *err);

/* Reads DIR/NAME into malloc'd memory, which the caller frees. A NUL that is not counted in
 * *ret_length follows the text. DAQS_ENOTFOUND: there is no such file. DAQS_ETOOBIG: it has more
 * than 'most_bytes' bytes. DAQS_EIO, DAQS_ENOMEM. */
int daqs_read_file(const char *dir, const char *name, size_t most_bytes, char **ret_text,
                   size_t *ret_length, struct daqs_error *err);

/* Renames DIR/NAME, which is damaged, to DIR/NAME.damaged, and replaces an earlier one there.
 * DAQS_EIO. */
int daqs_set_file_aside(const char *dir, const char *name, struct daqs_error *err);

#endif
