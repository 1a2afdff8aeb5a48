/* SPDX-License-Identifier: Apache-2.0 */
/* text_copies - the text files in the folder of the database, STORE_SLA_FILE and STORE_KEY_FILE. */
#ifndef DAQS_CONTROLLERD_IO_STORE_TEXT_COPIES_H
#define DAQS_CONTROLLERD_IO_STORE_TEXT_COPIES_H

#include <limits.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "shared/base/error.h"

/* Replaces both files with the contents of the database 'db', whose path is 'path'. On failure a
 * file stays as it is. */
int text_copies_write(sqlite3 *db, const char *path, struct daqs_error *err);

/* Appends the time to the names of files that have content. now_ms: UTC. */
int text_copies_set_aside(const char *path, int64_t now_ms, struct daqs_error *err);

/* Stores the path of the newest file that was renamed so in buf. Returns false if there is none. */
bool text_copies_newest_aside(const char *path, const char *name, char buf[static PATH_MAX]);

#endif
