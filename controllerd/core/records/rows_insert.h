/* SPDX-License-Identifier: Apache-2.0 */
/* rows_insert - writes an image into the tables of the shared database, which are empty. */
#ifndef DAQS_CONTROLLERD_CORE_RECORDS_ROWS_INSERT_H
#define DAQS_CONTROLLERD_CORE_RECORDS_ROWS_INSERT_H

#include "controllerd/core/pg/pg_job.h"
#include "controllerd/core/records/image.h"

/* Adds statements that insert all of the image, whose texts must live until the job is done. Names
 * get the revision 1. The records of the audit trail keep their numbers. */
void rows_insert(struct pg_job *job, const struct image *image);

#endif
