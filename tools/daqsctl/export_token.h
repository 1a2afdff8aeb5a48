/* SPDX-License-Identifier: Apache-2.0 */
/* export_token - where an export of history continues: LEVEL.TOKEN, such as "1m.7628400", on the
 * command line or in a file. */
#ifndef DAQS_TOOLS_DAQSCTL_EXPORT_TOKEN_H
#define DAQS_TOOLS_DAQSCTL_EXPORT_TOKEN_H

#include "shared/wire/admin.h"

enum { EXPORT_TOKEN_BYTES = WIRE_FIELD_BYTES + 1 };

/* Finds the controller's token in a text for this level, and writes it to ret. DAQS_EINVALID: it is
 * no such text, or of another level. */
int export_token_parse(const char *text, const char *level, char ret[static EXPORT_TOKEN_BYTES],
                       struct daqs_error *err);

/* A file with a token, which one process at a time uses. */
struct export_token_file {
    const char *path;
    int lock_fd; /* -1: not locked */
};

/* Locks the file and reads its token; "" if the file does not exist yet. Call export_token_close in
 * any case. DAQS_EBUSY: another process uses it. DAQS_EINVALID, DAQS_EIO. */
int export_token_open(struct export_token_file *file, const char *path, const char *level,
                      char ret[static EXPORT_TOKEN_BYTES], struct daqs_error *err);
/* Replaces the token. After a crash the file has the old one or the new one. */
int export_token_store(const struct export_token_file *file, const char *level, const char *token,
                       struct daqs_error *err);
void export_token_close(struct export_token_file *file);

#endif
