/* SPDX-License-Identifier: Apache-2.0 */
/* pg_move - moves the records of a controller that is stopped into a shared database, and back. */
#ifndef DAQS_CONTROLLERD_IO_RECORDS_PG_MOVE_H
#define DAQS_CONTROLLERD_IO_RECORDS_PG_MOVE_H

#include <stdint.h>

#include "controllerd/io/store/store.h"

/* Copies the records of the file into the shared database, which must have none, or just these from
 * a try whose end got lost, in one transaction; the file is a copy from then on. 'ledger':
 * connection string. wall_ms: UTC. Writes a line for people into 'text'. */
#define PG_MOVE_TEXT 256
int pg_move_in(struct store *store, const char *ledger, int64_t wall_ms,
               char text[static PG_MOVE_TEXT], struct daqs_error *err);

/* Copies all records of the shared database into the file, which is on its own from then on. They
 * stay in the shared database as well. */
int pg_move_out(struct store *store, const char *ledger, int64_t wall_ms,
                char text[static PG_MOVE_TEXT], struct daqs_error *err);

#endif
