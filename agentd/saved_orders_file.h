/* saved_orders_file - what nics have been promised, kept across restarts
 * (core/saved_orders_text.h). */
#ifndef DAQS_AGENTD_SAVED_ORDERS_FILE_H
#define DAQS_AGENTD_SAVED_ORDERS_FILE_H

#include "shared/base/error.h"

/* Reads DIR/promises into malloc'd memory, the caller's; NULL if there is none. DAQS_EIO,
 * DAQS_ENOMEM, DAQS_ETOOBIG. */
int saved_orders_file_load(const char *dir, char **ret, struct daqs_error *err);

/* Durably, as a whole. DAQS_EIO. */
int saved_orders_file_save(const char *dir, const char *text, struct daqs_error *err);

#endif
