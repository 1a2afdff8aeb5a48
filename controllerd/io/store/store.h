/* SPDX-License-Identifier: Apache-2.0 */
/* store - the database: ledger, names of hosts, VMs and nics, enrolled keys, events, history. The
 * loop never waits for it.
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

#include "controllerd/core/access/principals.h"
#include "controllerd/core/diagnosis/event.h"
#include "controllerd/core/diagnosis/oversold.h"
#include "controllerd/core/fleet/maintenance.h"
#include "controllerd/core/fleet/policy_overrides.h"
#include "controllerd/core/history/history.h"
#include "controllerd/core/sla/changeset.h"
#include "controllerd/core/sla/ledger.h"
#include "controllerd/io/store/identity.h"
#include "shared/base/buckets.h"
#include "shared/base/error.h"
#include "shared/base/mac.h"
#include "shared/base/name.h"
#include "shared/base/pool.h"
#include "shared/base/table.h"

struct store;

/* How long history is kept: seconds, minutes, hours. */
struct store_keep {
    int64_t ms[ROLLUP_LEVELS];
};

/* Opens (or creates) and migrates the database, which only one controller can have open at a time.
 * Starts the next epoch durably and returns it in *ret_epoch: at least now_ms (UTC), unless that
 * clock is doubtful (clock_is_ahead). Returns NULL, with an error text, on failure. DAQS_EFORMAT,
 * DAQS_EREFUSED, DAQS_EVERSION: the file is damaged, of another program, of a newer version. */
struct store *store_open(const char *path, int64_t now_ms, uint64_t *ret_epoch,
                         struct daqs_error *err);

/* Runs the queued writes, ends queries and a backup, and closes the database. NULL is fine. */
void store_close(struct store *store);

/* Loads all SLAs into the ledger. Only before the loop starts. */
int store_load_ledger(struct store *store, struct ledger *ledger, struct daqs_error *err);

/* Loads all policy overrides. Only before the loop starts. */
int store_load_overrides(struct store *store, struct policy_overrides *overrides,
                         struct daqs_error *err);

/* Loads the hosts in maintenance. Only before the loop starts. */
int store_load_maintenance(struct store *store, struct maintenance *maintenance,
                           struct daqs_error *err);

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
};

/* Stores the newest time, which the clock is compared with at the next start. */
struct store_newest {
    struct store_job base;
    int64_t newest_ms; /* UTC */
};
int store_write_newest(struct store *store, struct store_newest *job);

/* Starts a higher epoch durably. */
struct store_epoch {
    struct store_job base;
    uint64_t least;  /* at most INT64_MAX / 2 */
    uint64_t epoch;  /* result: at least 'least', and above every earlier one */
    bool take_over;  /* with a record in the audit trail, for which the rest is */
    uint64_t before; /* the epoch until now */
    struct identity asker;
    char by[IDENTITY_BYTES]; /* "", or a given name; result: the asker's name */
    int64_t at_ms;
};
int store_write_epoch(struct store *store, struct store_epoch *job);

/* Changes of SLAs, in one transaction, with a record in the audit trail for each. */
struct store_changeset {
    struct store_job base;
    struct identity asker;
    char by[IDENTITY_BYTES]; /* "", or a given name; result: the asker's name */
    int64_t at_ms;
    struct changeset changeset; /* owned by the caller */
};
int store_write_changeset(struct store *store, struct store_changeset *job);

/* Sets the policy of an uplink, or of all uplinks of a host, or resets it to the configured one,
 * with a record in the audit trail. */
struct store_policy {
    struct store_job base;
    char host[DAQS_NAME_MAX + 1];
    char uplink[DAQS_NAME_MAX + 1]; /* "": all of the host's */
    struct identity asker;
    char by[IDENTITY_BYTES]; /* "", or a given name; result: the asker's name */
    int64_t at_ms;
    bool has_mode; /* false: reset to the configured one */
    enum policy_mode mode;
};
int store_write_policy(struct store *store, struct store_policy *job);

enum store_host_change { STORE_MAINTENANCE_ON, STORE_MAINTENANCE_OFF, STORE_FORGET_HOST };

/* Begins or ends a host's maintenance, or removes what is stored of the host itself: its key, its
 * modes and its maintenance. Its SLAs and its history stay. Each change has a record in the audit
 * trail. */
struct store_host {
    struct store_job base;
    enum store_host_change what;
    char host[DAQS_NAME_MAX + 1];
    struct identity asker;
    char by[IDENTITY_BYTES]; /* "", or a given name; result: the asker's name */
    int64_t at_ms;
};
int store_write_host(struct store *store, struct store_host *job);

/* Enrolls a principal, or revokes one, with a record in the audit trail. */
struct store_principal {
    struct store_job base;
    char name[DAQS_NAME_MAX + 1];
    struct daqs_key key;
    enum role role;
    bool remove;
    bool replace;  /* allow another key or role for an enrolled name */
    bool only_new; /* only a name that was never enrolled or revoked */
    struct identity asker;
    char by[IDENTITY_BYTES]; /* "", or a given name; result: the asker's name */
    int64_t at_ms;
};
int store_write_principal(struct store *store,
                          struct store_principal *job); /* DAQS_EEXISTS: not allowed */

/* Loads all principals into the set. Only before the loop starts. */
int store_load_principals(struct store *store, struct principals *principals,
                          struct daqs_error *err);

/* Assigns nics the numbers under which their history is stored. */
struct store_nic {
    char *vm;
    char *uuid;
    char *uplink;
    struct daqs_mac mac;
    int64_t id; /* result; 0: no number */
};
struct store_names {
    struct store_job base;
    char host[DAQS_NAME_MAX + 1];
    uint64_t instance;
    uint64_t generation; /* each agent instance counts from the start */
    int64_t now_ms;
    int64_t host_id;  /* result */
    size_t nics_most; /* limit for the host, in the database */
    size_t left_out;  /* result: nics that got no number because the host has too many */
    size_t nics;
    struct store_nic *nic; /* in the order of the inventory */
};
struct store_names *store_names_new(size_t nics);
void store_names_free(struct store_names *job);
int store_write_names(struct store *store, struct store_names *job);

/* New history: steps of hosts, with the rollups of their nics. */
struct store_rollups {
    struct store_job base;
    int64_t now_s; /* UTC, decides what is complete and what is too old */
    struct store_keep keep;
    size_t fleet_hosts; /* whole fleet; sets how much is packed and dropped at a time */
    size_t fleet_nics;
    bool all_named; /* every present nic was named in the last two days */
    size_t steps;
    size_t nics; /* of all steps */
    struct store_step *step;
    uint8_t *record; /* ROLLUP_RECORD_BYTES per nic, in the order of the steps */
    size_t step_capacity;
    size_t nic_capacity;
};
struct store_step {
    int64_t time_s;
    int64_t host;
    size_t nics;
};
/* Returns an empty job; NULL if out of memory. */
struct store_rollups *store_rollups_new(void);
void store_rollups_free(struct store_rollups *job);
/* store_rollups_begin starts a host's step; store_rollups_add then adds one nic at a time. Both
 * return false, with nothing added, if out of memory. */
bool store_rollups_begin(struct store_rollups *job, int64_t time_s, int64_t host);
bool store_rollups_add(struct store_rollups *job, int64_t nic, const struct rollup *rollup);

/* Stores the rollups, packs complete blocks and drops those that are too old. The latter two are
 * done a little at a time, so that no transaction is long. */
int store_write_rollups(struct store *store, struct store_rollups *job);

/* Gets the number of the newest event ever stored; 0: none. Only before the loop starts. */
int store_last_event(struct store *store, int64_t *ret_id, struct daqs_error *err);

/* Adds the uplinks that are oversubscribed according to the last event about each. Only before the
 * loop starts. */
int store_load_oversold(struct store *store, struct oversold *oversold, struct daqs_error *err);

/* How long events are kept, and how many bytes of the file they may take, with their indexes. */
struct store_events_keep {
    int64_t ms;
    int64_t bytes;
};

/* Deletes a few of the events that are too old or too many, oldest first, in one short transaction;
 * then stores events in the order of their list, which may be empty. 'result' is that of storing.
 * The caller keeps the list. */
struct store_events {
    struct store_job base;
    int64_t now_ms; /* UTC; decides what is too old */
    struct store_events_keep keep;
    bool may_delete; /* 'keep' is set; for their age, events go only if the clock is trusted */
    size_t count;
    struct event *first;
    bool deleted_some; /* result: perhaps there is more to delete */
    int delete_result; /* result: of deleting, with its error */
    struct daqs_error delete_error;
};
int store_write_events(struct store *store, struct store_events *job);

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

/* A query, and the part of its answer that begins at 'token'. The job owns the table. */
struct store_question {
    struct store_job base;
    char host[DAQS_NAME_MAX + 1]; /* "": all; history needs one */
    char vm[DAQS_NAME_MAX + 1];   /* "": all; history needs one */
    bool host_known;              /* the caller knows the host */
    bool vm_known;                /* the caller knows the VM on that host */
    int64_t since_ms;             /* UTC, inclusive */
    int64_t until_ms;             /* inclusive */
    int64_t step_s;               /* of history: at least 1 */
    enum event_level level;       /* of events: this level and above */
    const char *kind;             /* of events: a kind's name; NULL: all kinds */
    int64_t token;                /* where to continue; -1: this is the first part */
    int64_t next;                 /* result: the token of the next part */
    bool more;                    /* result: there is a next part */
    char why_empty[256];          /* result of a report without rows; "": there is no data */
    struct daqs_table table;
};
/* A VM's history, for all of its nics. */
int store_query_history(struct store *store, struct store_question *question);
/* How well guarantees were met, and bytes sent and received, by VM. */
int store_query_report(struct store *store, struct store_question *question);
int store_query_events(struct store *store, struct store_question *question);
int store_query_audit(struct store *store, struct store_question *question);

/* For 'prepare', on the store's thread: returns DAQS_ENOTFOUND with the reason if neither the
 * caller nor the database knows the query's host, or its VM there. */
int store_question_known(struct store_question *question);
/* Runs store_question_known as a separate query; the table is not changed. */
int store_query_known(struct store *store, struct store_question *question);

#endif
