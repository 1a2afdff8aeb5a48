/* migrate - brings a database to the schema this program knows. */
#ifndef DAQS_CONTROLLERD_IO_STORE_MIGRATE_H
#define DAQS_CONTROLLERD_IO_STORE_MIGRATE_H

#include <sqlite3.h>
#include <stdint.h>

#include "controllerd/io/store/schema.h"
#include "shared/base/error.h"

/* Applies the migrations that are missing, all in one transaction. Refuses with DAQS_EVERSION
 * a database that is newer, and with DAQS_EREFUSED one that is not ours or whose migrations
 * were other ones. An empty database is made ours. */
int migrate(sqlite3 *db, const struct schema_migration *migrations, int count, int64_t now_ms,
            struct daqs_error *err);

#endif
