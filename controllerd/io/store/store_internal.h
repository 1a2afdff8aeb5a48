/* store_internal - what the store's files share. */
#ifndef DAQS_CONTROLLERD_IO_STORE_STORE_INTERNAL_H
#define DAQS_CONTROLLERD_IO_STORE_STORE_INTERNAL_H

#include <sqlite3.h>

#include "controllerd/io/store/sqlite_util.h"
#include "controllerd/io/store/store.h"

struct store {
    sqlite3 *writer;              /* the write thread's, after opening */
    sqlite3 *reader;              /* the query thread's */
    struct daqs_pool *write_pool; /* one thread each */
    struct daqs_pool *query_pool;
    struct daqs_pool *backup_pool;
    char *path;
    atomic_bool stopping;
    int64_t looked_at; /* the write thread's: the nic looked at last, whether it can be forgotten */
    int lock_fd;
    struct buckets took;
};

/* Puts a job into a pool of the store. DAQS_EBUSY: it is full, the job stays the caller's. */
int store_submit_write(struct store *store, struct store_job *job,
                       int (*work)(struct store_job *job));
int store_submit_query(struct store *store, struct store_job *job,
                       int (*work)(struct store_job *job));

int store_submit_backup(struct store *store, struct store_job *job,
                        int (*work)(struct store_job *job));

/* A connection of the caller's to close. */
int store_open_handle(const char *path, int flags, sqlite3 **ret, struct daqs_error *err);

/* The work of a change that somebody asked for: finds out who (into 'by', unless that says so), and
 * makes it in one transaction that is on disk before it is acknowledged. */
int store_change(struct store_job *job, const struct identity *asker, char by[IDENTITY_BYTES],
                 int (*write)(sqlite3 *db, void *arg, struct daqs_error *err));

/* Acknowledged only once on disk, or soon enough: for the write thread, outside transactions. */
int store_durable(struct store *store, bool durable, struct daqs_error *err);

/* Puts a step of a host aside: step, time, host, records; to what is there already they add. */
#define STORE_PUT_ASIDE                                                                            \
    "INSERT INTO history_recent (step, time, host_id, data) VALUES (?1, ?2, ?3, ?4)"               \
    " ON CONFLICT (step, host_id, time) DO UPDATE SET"                                             \
    " data = CAST(data || excluded.data AS BLOB)"

/* A block's, in the order of enum rollup_column. */
#define STORE_COLUMNS                                                                              \
    "ms_least, ms, tx_least, tx, rx_least, rx, limit_code_least, limit_code, demand_code_least,"   \
    " demand_code, met_least, met, missed_least, missed, idle_least, idle, packet_code_least,"     \
    " packet_code"

/* From when on there is history of a level, UTC: a whole block. */
int store_history_from(sqlite3 *db, int level, int64_t *ret_s, struct daqs_error *err);
int store_set_history_from(sqlite3 *db, int level, int64_t from_s, struct daqs_error *err);

/* Reads them, from column 'first' on. False if they are damaged. */
bool store_unpack(sqlite3_stmt *statement, int first, struct rollup *ret, size_t steps);

/* store_scan.c: records that are numbered in the order in which they came. */
void store_scan_begin(struct store_question *q, const struct daqs_column *column, size_t columns);

/* Fills the part that comes after the record numbered 'token', with those of its records that
 * 'keep' (NULL: all). The statement's first columns are id, at_ms, host and vm; its parameters that
 * number, and how many records to look at. */
typedef void store_put_row(struct daqs_table *table, sqlite3_stmt *select);
typedef bool store_keep_row(const struct store_question *q, sqlite3_stmt *select);
int store_scan(struct store_question *q, const char *sql, store_keep_row *keep,
               store_put_row *put_row);

/* store_pack.c: packs what is complete at now_s, at most so many blocks of hosts. */
int store_pack(sqlite3 *db, int64_t now_s, size_t most, struct daqs_error *err);

/* store_names.c: forgets nics of which there is no history any more, and then their VMs and hosts,
 * among those numbered after 'after', at most so many. *ret_last: the number looked at last, 0
 * after the last there is. */
int store_forget_names(sqlite3 *db, int64_t after, size_t most, int64_t *ret_last,
                       struct daqs_error *err);

#endif
