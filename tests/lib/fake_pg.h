/* SPDX-License-Identifier: Apache-2.0 */
/* fake_pg - replaces controllerd/io/pg/pg_client.h for tests of its users: no server and no thread.
 * The test looks at the jobs that were submitted, fills in results, and ends them. Link it instead
 * of the client; pg_job.h stays the real one. */
#ifndef DAQS_TESTS_LIB_FAKE_PG_H
#define DAQS_TESTS_LIB_FAKE_PG_H

#include "controllerd/io/pg/pg_client.h"

/* Returns the job that has waited longest; NULL: none waits. */
struct pg_job *fake_pg_first(const struct pg_client *client);

/* Returns parameter number 'index' (from 0) of a statement; NULL: SQL's NULL, or there is none. */
const char *fake_pg_param(const struct pg_job *job, size_t statement, size_t index);

/* Adds a row to the result of a statement, of 'columns' texts; NULL is SQL's NULL. */
void fake_pg_row(struct pg_job *job, size_t statement, size_t columns, ...);

/* End the first job, and call its 'done'. _done: PG_DONE, with one changed row for each statement
 * that has no rows. _fail: as given. _end: as the test has set it with pg_job_end. */
void fake_pg_done(struct pg_client *client);
void fake_pg_fail(struct pg_client *client, enum pg_outcome outcome, enum pg_class class,
                  const char *detail);
void fake_pg_end(struct pg_client *client);

/* What pg_client_status returns; the test may change it. */
struct pg_status *fake_pg_status(struct pg_client *client);

/* What pg_client_submit returns from now on. */
void fake_pg_refuse(struct pg_client *client, int code);

/* Called by pg_client_run instead of a server: must end the job with fake_pg_done or fake_pg_fail.
 * Without it each job is done. */
void fake_pg_on_run(struct pg_client *client, void (*serve)(struct pg_client *client, void *arg),
                    void *arg);

#endif
