/* store_internal - what the store's files share. */
#ifndef DAQS_CONTROLLERD_IO_STORE_INTERNAL_H
#define DAQS_CONTROLLERD_IO_STORE_INTERNAL_H

#include <sqlite3.h>

#include "controllerd/io/sqlite_util.h"
#include "controllerd/io/store.h"

struct store {
    sqlite3 *writer;              /* the write thread's, after opening */
    sqlite3 *reader;              /* the query thread's */
    struct daqs_pool *write_pool; /* one thread each */
    struct daqs_pool *query_pool;
    int lock_fd;
    int64_t keep_s;
};

/* Puts a job into a pool of the store. DAQS_EBUSY: it is full, the job stays the caller's. */
int store_submit_write(struct store *store, struct store_job *job,
                       int (*work)(struct store_job *job));
int store_submit_query(struct store *store, struct store_job *job,
                       int (*work)(struct store_job *job));

/* Acknowledged only once on disk, or soon enough: for the write thread, outside transactions. */
int store_durable(struct store *store, bool durable, struct daqs_error *err);

#endif
