/* SPDX-License-Identifier: Apache-2.0 */
/* saved_orders_file - keeps the controller's last orders in a file, for a restart without a
 * controller (core/saved_orders.h). */
#ifndef DAQS_AGENTD_SAVED_ORDERS_FILE_H
#define DAQS_AGENTD_SAVED_ORDERS_FILE_H

#include "agentd/core/saved_orders.h"
#include "agentd/core/uplinks.h"

struct saved_orders_file; /* opaque */

/* The file is DIR/promises; 'dir' must outlive the result. NULL if out of memory. */
struct saved_orders_file *saved_orders_file_new(const char *dir);
/* NULL is fine. */
void saved_orders_file_free(struct saved_orders_file *file);

/* Reads the file. Modes of other uplinks than these are left out. The caller must call
 * kept_settings_clear on *ret. DAQS_ENOTFOUND: it does not exist. DAQS_EFORMAT: it is damaged.
 * DAQS_EIO, DAQS_ENOMEM or DAQS_ETOOBIG. */
int saved_orders_file_load(struct saved_orders_file *file, const struct uplink *uplink,
                           size_t uplinks, struct order_terms *ret_terms, struct kept_settings *ret,
                           struct daqs_error *err);

/* Replaces the file as a whole, durably, unless it was saved with the same contents before.
 * DAQS_EIO or DAQS_ENOMEM on failure. */
int saved_orders_file_save(struct saved_orders_file *file, const struct order_terms *terms,
                           const struct daqs_inventory *inventory,
                           const struct daqs_nic_setting *setting, struct daqs_error *err);

#endif
