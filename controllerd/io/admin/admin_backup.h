/* SPDX-License-Identifier: Apache-2.0 */
/* admin_backup - the copy of the database in progress. */
#ifndef DAQS_CONTROLLERD_IO_ADMIN_ADMIN_BACKUP_H
#define DAQS_CONTROLLERD_IO_ADMIN_ADMIN_BACKUP_H

struct backup; /* opaque */

/* NULL is fine. */
void backup_free(struct backup *backup);

#endif
