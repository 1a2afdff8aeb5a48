/* SPDX-License-Identifier: Apache-2.0 */
/* rows - reads an image from the tables of the shared database. */
#ifndef DAQS_CONTROLLERD_CORE_RECORDS_ROWS_H
#define DAQS_CONTROLLERD_CORE_RECORDS_ROWS_H

#include "controllerd/core/pg/pg_job.h"
#include "controllerd/core/records/image.h"
#include "controllerd/core/records/revisions.h"

/* A change has a number of its own, which its records in the audit trail bear. */
enum { REQUEST_BYTES = 16 };

/* How far the copy's audit trail has come: of each name, and of all names that are not among them.
 * Records of different names are not committed in the order of their numbers. */
struct rows_trail {
    const struct revisions *hosts;
    const struct revisions *principals;
    int64_t after; /* only records after this one; for all names only */
};

/* Adds statements that read all records, and the first ROWS_AUDIT_MOST of the audit trail that the
 * copy does not have. */
enum { ROWS_AUDIT_MOST = 50000 };
void rows_select_all(struct pg_job *job, const struct rows_trail *trail);
/* Adds a statement that reads the next ones; rows_read_audit adds them to the image. */
void rows_select_audit(struct pg_job *job, const struct rows_trail *trail);
void rows_read_audit(const struct pg_job *job, size_t statement, struct image *image);
/* Adds a statement that reads the next ones that are of no name, such as take-overs. */
void rows_select_nameless(struct pg_job *job, const struct rows_trail *trail);

/* Returns true for what the audit trail says of a principal; the rest is of a host. */
bool rows_of_principal(const char *what);

/* Adds statements that read the records of these names, and of their audit trail what the copy does
 * not have, or what a request has added to it. The texts must live until the job is done. */
void rows_select_names(struct pg_job *job, const char *const *name, size_t names,
                       const struct rows_trail *trail);
void rows_select_request(struct pg_job *job, const char *const *name, size_t names,
                         const uint8_t request[static REQUEST_BYTES]);

/* Adds what those statements have returned to the image; 'first' is the number of the first one. */
void rows_read(const struct pg_job *job, size_t first, struct image *image);

/* Returns names as a literal of an SQL array, which lives as long as the job. */
const char *rows_array(struct pg_job *job, const char *const *name, size_t names);

#endif
