/* SPDX-License-Identifier: Apache-2.0 */
/* rows_insert - writes an image into the tables of the shared database, which are empty. */
#ifndef DAQS_CONTROLLERD_CORE_RECORDS_ROWS_INSERT_H
#define DAQS_CONTROLLERD_CORE_RECORDS_ROWS_INSERT_H

#include "controllerd/core/pg/pg_job.h"
#include "controllerd/core/records/image.h"

/* One statement inserts at most this many rows. */
enum { ROWS_A_STATEMENT = 500 };

/* Returns the text of a statement that inserts rows of 'params' parameters each: "HEAD ($1,$2TAIL,
 * ($3,$4TAIL END", where TAIL closes the bracket. It lives as long as the job. */
const char *rows_values(struct pg_job *job, const char *head, const char *tail, const char *end,
                        size_t params, size_t rows);

/* Adds statements that insert all of the image, whose texts must live until the job is done. Names
 * get the revision 1. The records of the audit trail keep their numbers. */
void rows_insert(struct pg_job *job, const struct image *image);

#endif
