/* settings_file - what nics have been promised, kept across restarts (core/settings_text.h). */
#ifndef DAQS_AGENTD_IO_SETTINGS_FILE_H
#define DAQS_AGENTD_IO_SETTINGS_FILE_H

#include "shared/base/error.h"

/* Reads DIR/promises into malloc'd memory, the caller's; NULL if there is none. DAQS_EIO,
 * DAQS_ENOMEM, DAQS_ETOOBIG. */
int settings_file_load(const char *dir, char **ret, struct daqs_error *err);

/* Durably, as a whole. DAQS_EIO. */
int settings_file_save(const char *dir, const char *text, struct daqs_error *err);

#endif
