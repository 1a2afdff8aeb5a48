/* SPDX-License-Identifier: Apache-2.0 */
/* saved_orders_file - the controller's last orders, saved across restarts
 * (core/saved_orders_text.h). */
#ifndef DAQS_AGENTD_SAVED_ORDERS_FILE_H
#define DAQS_AGENTD_SAVED_ORDERS_FILE_H

#include "shared/base/error.h"

/* Reads DIR/promises into malloc'd memory, to be freed by the caller; NULL if the file does not
 * exist. Returns DAQS_EIO, DAQS_ENOMEM or DAQS_ETOOBIG on failure. */
int saved_orders_file_load(const char *dir, char **ret, struct daqs_error *err);

/* Replaces DIR/promises as a whole, durably. Returns DAQS_EIO on failure. */
int saved_orders_file_save(const char *dir, const char *text, struct daqs_error *err);

#endif
