/* SPDX-License-Identifier: Apache-2.0 */
/* records_copy - the store's file as a copy of the records of a shared database. */
#ifndef DAQS_CONTROLLERD_IO_STORE_RECORDS_COPY_H
#define DAQS_CONTROLLERD_IO_STORE_RECORDS_COPY_H

#include "controllerd/core/records/image.h"
#include "controllerd/io/store/store.h"

/* What the file says of itself. */
struct records_copy_state {
    int64_t ledger;  /* number of the shared database that it is a copy of; 0: of none */
    int64_t at_ms;   /* when it was last known to be the same (UTC); 0: never */
    int64_t records; /* SLAs, modes, principals and hosts in maintenance in it */
    int64_t audit;   /* number of the last record of the audit trail */
};

/* Only before the loop starts. */
int records_copy_state(struct store *store, struct records_copy_state *ret, struct daqs_error *err);

/* Calls 'each' for what the audit trail has after a record: with the last record of each host and
 * kind of change. */
int records_copy_trail(struct store *store, int64_t after,
                       void (*each)(void *arg, const char *host, const char *what, int64_t id),
                       void *arg, struct daqs_error *err);

/* Reads all records of the file, and the whole audit trail, into an image. Names have the revision
 * 1. */
int records_copy_read(struct store *store, struct image *image, struct daqs_error *err);

/* Replaces what the file has of the image's names (or all, if it is whole), adds the records of the
 * audit trail that are not there, under the image's numbers, and marks the file as a copy. */
struct records_copy {
    struct store_job base;
    struct image image; /* owned by the caller */
    int64_t ledger;     /* 0: of none */
    int64_t at_ms;      /* UTC; 0: as it was */
};
int records_copy_write(struct store *store, struct records_copy *job);

/* The same at once; only before the loop starts. */
int records_copy_now(struct store *store, struct records_copy *job, struct daqs_error *err);

#endif
