/* SPDX-License-Identifier: Apache-2.0 */
/* pg_change_rows - the rows that a change writes, of each kind, with their audit trail. */
#ifndef DAQS_CONTROLLERD_IO_RECORDS_PG_CHANGE_ROWS_H
#define DAQS_CONTROLLERD_IO_RECORDS_PG_CHANGE_ROWS_H

#include "controllerd/io/records/pg_change.h"

/* Adds the statements. The revisions of hosts are compared and raised by others; that of a
 * principal, whose row it is, here. */
void pg_change_rows(struct pg_job *job, const struct pg_change *change);

#endif
