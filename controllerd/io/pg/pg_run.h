/* SPDX-License-Identifier: Apache-2.0 */
/* pg_run - runs one transaction on a connection, and says what became of it. */
#ifndef DAQS_CONTROLLERD_IO_PG_PG_RUN_H
#define DAQS_CONTROLLERD_IO_PG_PG_RUN_H

#include <libpq-fe.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "controllerd/core/pg/pg_job.h"

/* Runs the job's transaction until the limit passes (monotonic), or stop_fd becomes readable before
 * COMMIT is sent; waits for COMMIT for at most PG_COMMIT_MS. Stores the time of each answer in
 * *answered_ms. The job's outcome, class and error are set. Returns true if the connection can be
 * used again, otherwise it must be closed. */
bool pg_run(PGconn *pg, struct pg_job *job, int64_t limit_ms, int stop_fd,
            atomic_int_least64_t *answered_ms);

#endif
