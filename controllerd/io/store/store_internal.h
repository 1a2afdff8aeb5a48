/* SPDX-License-Identifier: Apache-2.0 */
/* store_internal - shared by the store's files. */
#ifndef DAQS_CONTROLLERD_IO_STORE_STORE_INTERNAL_H
#define DAQS_CONTROLLERD_IO_STORE_STORE_INTERNAL_H

#include <sqlite3.h>

#include "controllerd/core/history/settled.h"
#include "controllerd/io/store/history.h"
#include "controllerd/io/store/identity.h"
#include "controllerd/io/store/sqlite_util.h"
#include "controllerd/io/store/store.h"

struct store {
    sqlite3 *writer;              /* used by the write thread, after opening */
    sqlite3 *reader;              /* used by the query thread */
    struct daqs_pool *write_pool; /* one thread each */
    struct daqs_pool *query_pool;
    struct daqs_pool *backup_pool;
    char *path;
    atomic_bool stopping;
    atomic_bool copies_due; /* the text files in its folder are older than the database */
    bool is_new;
    atomic_bool damage_claimed; /* a thread writes 'damage' */
    atomic_bool damaged;        /* 'damage' is valid */
    char damage[sizeof(((struct daqs_error *)NULL)->text)];
    int64_t looked_at; /* write thread: number of the nic last checked for being forgotten */
    int lock_fd;
    struct settled settled;    /* used by the write thread */
    _Atomic int64_t settled_s; /* UTC: all history before it is stored; 0: nothing was noted yet */
    struct buckets took;
    int64_t newest_ms;         /* at the start */
    _Atomic int64_t latest_ms; /* UTC: at a later time nothing is deleted for its age */
};

/* Submit a job to a pool of the store. DAQS_EBUSY: the pool is full, the caller keeps the job. */
int store_submit_write(struct store *store, struct store_job *job,
                       int (*work)(struct store_job *job));
int store_submit_query(struct store *store, struct store_job *job,
                       int (*work)(struct store_job *job));

int store_submit_backup(struct store *store, struct store_job *job,
                        int (*work)(struct store_job *job));

/* Keeps the first error that is damage (DAQS_EFORMAT). Any thread. */
void store_note_damage(struct store *store, const struct daqs_error *err);

/* Opens a connection, which the caller closes. */
int store_open_handle(const char *path, int flags, sqlite3 **ret, struct daqs_error *err);

/* Does the work of a requested change: writes the asker's name into 'by' unless it is given, and
 * makes the change in one transaction that is on disk before it is acknowledged. */
int store_change(struct store_job *job, const struct identity *asker, char by[IDENTITY_BYTES],
                 int (*write)(sqlite3 *db, void *arg, struct daqs_error *err));

/* Sets whether transactions are on disk when they are acknowledged, or only soon after. For the
 * write thread, outside transactions. */
int store_durable(struct store *store, bool durable, struct daqs_error *err);

/* Stores a step of a host until its block is complete: step, time, host, records. Records of a step
 * that is already there are appended and add up. */
#define STORE_PUT_ASIDE                                                                            \
    "INSERT INTO history_recent (step, time, host_id, data) VALUES (?1, ?2, ?3, ?4)"               \
    " ON CONFLICT (step, host_id, time) DO UPDATE SET"                                             \
    " data = CAST(data || excluded.data AS BLOB)"

/* The columns of a block, in the order of enum rollup_column. */
#define STORE_COLUMNS                                                                              \
    "ms_least, ms, tx_least, tx, rx_least, rx, limit_code_least, limit_code, demand_code_least,"   \
    " demand_code, met_least, met, missed_least, missed, idle_least, idle, packet_code_least,"     \
    " packet_code"

/* Get and set the time (UTC) from which on there is history of a level; it is the start of a
 * block. */
int store_history_from(sqlite3 *db, int level, int64_t *ret_s, struct daqs_error *err);
int store_set_history_from(sqlite3 *db, int level, int64_t from_s, struct daqs_error *err);

/* Reads a block from a row's columns, starting at column 'first'. Returns false if they are
 * damaged. */
bool store_unpack(sqlite3_stmt *statement, int first, struct rollup *ret, size_t steps);

/* store_clock.c: finds the newest time, starts the next epoch durably and returns it in *ret. */
int store_begin_epoch(struct store *store, int64_t now_ms, uint64_t *ret, struct daqs_error *err);

/* Counts the epoch up, to at least 'least', for a transaction. */
int store_next_epoch(sqlite3 *db, uint64_t least, uint64_t *ret, struct daqs_error *err);

/* Returns false if the time of a job is too far ahead to be trusted: then nothing may be deleted
 * for its age. Any thread may ask. */
bool store_may_delete(struct store *store, int64_t now_ms);

/* store_scan.c: queries of records that are numbered in the order of their arrival. */
void store_scan_begin(struct store_question *q, const struct daqs_column *column, size_t columns);

/* Fills the part that follows record number 'token', with the matching records for which 'keep'
 * returns true (NULL: all). The statement's first columns are id, at_ms, host and vm. Its
 * parameters are that number and the maximum number of records to read. */
typedef void store_put_row(struct daqs_table *table, sqlite3_stmt *select);
typedef bool store_keep_row(const struct store_question *q, sqlite3_stmt *select);
int store_scan(struct store_question *q, const char *sql, store_keep_row *keep,
               store_put_row *put_row);

/* store_pack.c: packs blocks that are complete at now_s, at most 'most' blocks of hosts per
 * level. */
int store_pack(sqlite3 *db, int64_t now_s, size_t most, struct daqs_error *err);

/* store_names.c: deletes nics that have no history left, and then their VMs and hosts. Checks at
 * most 'most' numbers of nics after 'after'. *ret_last: the last number checked; 0: the last one
 * there is was checked. */
int store_forget_names(sqlite3 *db, int64_t after, size_t most, int64_t *ret_last,
                       struct daqs_error *err);

#endif
