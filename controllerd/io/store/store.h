/* SPDX-License-Identifier: Apache-2.0 */
/* store - the controller's database file. history.h has what is kept of the past in it, records.h
 * what operators have decided. The loop never waits for it.
 *
 * Opening and loading happen before the loop starts. After that every access is a job. One thread
 * runs the writes in order, another one the queries, and store_reap calls 'done' on the loop's
 * thread. */
#ifndef DAQS_CONTROLLERD_IO_STORE_STORE_H
#define DAQS_CONTROLLERD_IO_STORE_STORE_H

#include <limits.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "controllerd/io/store/identity.h"
#include "shared/base/buckets.h"
#include "shared/base/error.h"
#include "shared/base/pool.h"

struct store;

/* Opens (or creates) and migrates the database, which only one controller can have open at a time.
 * Starts the next epoch durably and returns it in *ret_epoch: at least now_ms (UTC), unless that
 * clock is doubtful (clock_is_ahead). Returns NULL, with an error text, on failure. DAQS_EFORMAT,
 * DAQS_EREFUSED, DAQS_EVERSION: the file is damaged, of another program, of a newer version. */
struct store *store_open(const char *path, int64_t now_ms, uint64_t *ret_epoch,
                         struct daqs_error *err);

/* Runs the queued writes, ends queries and a backup, and closes the database. NULL is fine. */
void store_close(struct store *store);

/* Returns the newest time (UTC, ms) that the database had when it was opened; 0: it was empty. */
int64_t store_newest(const struct store *store);

/* Sets the latest time (UTC, ms) that is trusted. A write whose time is later deletes nothing for
 * its age. Until the first call it is a week after store_newest. */
void store_trust_clock(struct store *store, int64_t latest_ms);

/* Descriptors that are readable while finished jobs wait; call store_reap then. */
int store_write_fd(const struct store *store);
int store_query_fd(const struct store *store);
int store_backup_fd(const struct store *store);
void store_reap(struct store *store);

/* Returns the first error that showed damage to the database since it was opened, owned by the
 * store; NULL: none has been found. It stays until the store is closed. */
const char *store_damage(const struct store *store);

/* Returns the durations of write transactions. Any thread may read them. */
const struct buckets *store_took(const struct store *store);

/* The base of every job. The caller fills it and frees it in 'done'; if 'done' is NULL, the store
 * frees it with free(). 'result' and 'error' hold the outcome. */
struct store_job {
    struct daqs_job job;
    struct store *store;
    bool writes;                            /* owned by the store */
    int (*work)(struct store_job *job);     /* owned by the store */
    void (*prepare)(struct store_job *job); /* called after 'work' on the store's thread, or NULL */
    void (*done)(struct store_job *job);
    void *context; /* owned by the caller */
    int result;
    struct daqs_error error;
    bool unknown;     /* with a failure: it is not known whether the change is stored */
    int64_t asked_ms; /* of a change: when it was asked for (monotonic); 0: when it is submitted */
    unsigned tries;   /* of a change: how often it was decided; 0: once */
};

/* Finds the name of a requester for the audit trail (identity_text), on the store's thread. */
struct store_identity {
    struct store_job base;
    struct identity asker;
    char by[IDENTITY_BYTES]; /* result */
};
int store_find_identity(struct store *store, struct store_identity *job);

/* Stores the newest time, which the clock is compared with at the next start. */
struct store_newest {
    struct store_job base;
    int64_t newest_ms; /* UTC */
};
int store_write_newest(struct store *store, struct store_newest *job);

/* Text files in the folder of the database from which one can start over if it is lost: the SLAs as
 * daqsctl apply reads them, and the enrolled keys as daqsctl enroll reads them. */
#define STORE_SLA_FILE "slas.ini"
#define STORE_KEY_FILE "enrolled.keys"

/* Returns true after a change of SLAs or keys until both files are written. */
bool store_copies_due(const struct store *store);
/* Replaces both files; what fails is still due. Closing the store does this as well. */
int store_write_copies(struct store *store, struct store_job *job);

/* Returns true if store_open made a new database. Files of an earlier database were then renamed:
 * the time was appended to their names. store_newest_aside stores the path of the newest one in
 * buf; it returns false if there is none. */
bool store_is_new(const struct store *store);
bool store_newest_aside(const struct store *store, const char *name, char buf[static PATH_MAX]);

/* Copies a snapshot of the database into a new file, on a separate thread. The copy is written as
 * PATH.part, checked, synced and renamed. DAQS_ESTORE: among others, the database is damaged. */
struct store_backup {
    struct store_job base;
    char path[PATH_MAX];
    atomic_int copied; /* pages, while the copy is running */
    atomic_int total;
};
int store_backup(struct store *store, struct store_backup *job);

#endif
