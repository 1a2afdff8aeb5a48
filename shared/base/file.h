/* file - small files as a whole, the folder they are in, and who has them. */
#ifndef DAQS_BASE_FILE_H
#define DAQS_BASE_FILE_H

#include <stddef.h>
#include <sys/types.h>

#include "shared/base/error.h"

/* Makes the folder of the path's file, if it is missing; not those above it. Failure shows when
 * the file is opened. */
void daqs_make_folder_of(const char *path, mode_t mode);

/* Takes the lock file PATH.lock, so that one process at a time uses PATH. The descriptor returned
 * holds it until it is closed. DAQS_EBUSY: another process has it. */
int daqs_lock_file(const char *path, int *ret_fd, struct daqs_error *err);

/* Writes DIR/NAME as a whole, durably: after a crash it is the old one or the new one. Makes DIR if
 * it is missing. */
int daqs_write_file(const char *dir, const char *name, const char *text, struct daqs_error *err);

/* Reads DIR/NAME into malloc'd memory, the caller's, with a zero byte behind it that does not count
 * in *ret_length. DAQS_ENOTFOUND: there is none. DAQS_ETOOBIG: it has more than 'most_bytes'.
 * DAQS_EIO, DAQS_ENOMEM. */
int daqs_read_file(const char *dir, const char *name, size_t most_bytes, char **ret_text,
                   size_t *ret_length, struct daqs_error *err);

#endif
