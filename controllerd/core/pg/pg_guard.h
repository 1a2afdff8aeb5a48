/* SPDX-License-Identifier: Apache-2.0 */
/* pg_guard - requires that a transaction meets the database of this fleet. A connection may lead to
 * another one: a name that points elsewhere, or a database that was made again. */
#ifndef DAQS_CONTROLLERD_CORE_PG_PG_GUARD_H
#define DAQS_CONTROLLERD_CORE_PG_PG_GUARD_H

#include "controllerd/core/pg/pg_job.h"

#define PG_GUARD_TEXT                                                                              \
    "it is another fleet's now; correct 'ledger', or restart the controller with an empty "        \
    "'database' if that is intended"

/* Adds the requirement to a job that is empty, as its statement 0. 'number' is drawn when the
 * schema is made (daqs.meta, 'fleet'). */
void pg_guard(struct pg_job *job, int64_t number);

/* Returns true if the job has ended without any effect because the database is another one. */
bool pg_guard_failed(const struct pg_job *job);

#endif
