/* SPDX-License-Identifier: Apache-2.0 */
/* rows - reads an image from the tables of the shared database. */
#ifndef DAQS_CONTROLLERD_CORE_RECORDS_ROWS_H
#define DAQS_CONTROLLERD_CORE_RECORDS_ROWS_H

#include "controllerd/core/pg/pg_job.h"
#include "controllerd/core/records/image.h"

/* A change has a number of its own, which its records in the audit trail bear. */
enum { REQUEST_BYTES = 16 };

/* Adds statements that read all records, and the first ROWS_AUDIT_MOST of the audit trail after
 * that number. */
enum { ROWS_AUDIT_MOST = 50000 };
void rows_select_all(struct pg_job *job, int64_t audit_after);
/* Adds a statement that reads the next ones; rows_read_audit adds them to the image. */
void rows_select_audit(struct pg_job *job, int64_t audit_after);
void rows_read_audit(const struct pg_job *job, size_t statement, struct image *image);

/* Adds statements that read the records of these names, and their audit trail: after a number, or
 * what a request has added to it. The texts must live until the job is done. */
void rows_select_names(struct pg_job *job, const char *const *name, size_t names,
                       int64_t audit_after);
void rows_select_request(struct pg_job *job, const char *const *name, size_t names,
                         const uint8_t request[static REQUEST_BYTES]);

/* Adds what those statements have returned to the image; 'first' is the number of the first one. */
void rows_read(const struct pg_job *job, size_t first, struct image *image);

/* Returns names as a literal of an SQL array, which lives as long as the job. */
const char *rows_array(struct pg_job *job, const char *const *name, size_t names);

#endif
