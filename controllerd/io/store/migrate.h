/* SPDX-License-Identifier: Apache-2.0 */
/* migrate - upgrades a database to the schema of this program. */
#ifndef DAQS_CONTROLLERD_IO_STORE_MIGRATE_H
#define DAQS_CONTROLLERD_IO_STORE_MIGRATE_H

#include <sqlite3.h>
#include <stdint.h>

#include "controllerd/io/store/schema.h"
#include "shared/base/error.h"

/* Applies the missing migrations, all in one transaction. DAQS_EVERSION: the database is newer than
 * this program. DAQS_EREFUSED: it is not a DAQS database, or other migrations were applied to it.
 * An empty database becomes a DAQS database. */
int migrate(sqlite3 *db, const struct schema_migration *migrations, int count, int64_t now_ms,
            struct daqs_error *err);

#endif
