/* store - the database: ledger, who is who, history. Never waited for by the loop.
 *
 * Opening and loading happen before the loop starts. After that every access is a job: writes
 * go through one thread in order, queries through another, and 'done' is called on the loop's
 * thread by store_reap. */
#ifndef DAQS_CONTROLLERD_IO_STORE_STORE_H
#define DAQS_CONTROLLERD_IO_STORE_STORE_H

#include <limits.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "controllerd/core/access/principals.h"
#include "controllerd/core/diagnosis/event.h"
#include "controllerd/core/fleet/oversold.h"
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

/* How long history is kept: by the second, by the minute, by the hour. */
struct store_keep {
    int64_t ms[ROLLUP_LEVELS];
};

/* Opens (or creates) and migrates the database; one controller at a time. Starts the next
 * epoch, durably, and puts it into *ret_epoch. NULL with a text on failure. */
struct store *store_open(const char *path, int64_t now_ms, uint64_t *ret_epoch,
                         struct daqs_error *err);

/* Runs what is queued, then closes. NULL is fine. */
void store_close(struct store *store);

/* Puts all SLAs into the ledger. Before the loop only. */
int store_load_ledger(struct store *store, struct ledger *ledger, struct daqs_error *err);

/* The same with the policies. */
int store_load_overrides(struct store *store, struct policy_overrides *overrides,
                         struct daqs_error *err);

/* Descriptors that are readable while jobs are done; then call store_reap. */
int store_write_fd(const struct store *store);
int store_query_fd(const struct store *store);
int store_backup_fd(const struct store *store);
void store_reap(struct store *store);

/* How long transactions that write took. Any thread may read it. */
const struct buckets *store_took(const struct store *store);

/* Every job: filled by the caller, who frees it in 'done' (which may be NULL: then it is
 * freed with free). 'result' and 'error' say how it went. */
struct store_job {
    struct daqs_job job;
    struct store *store;
    bool writes;                            /* the store's */
    int (*work)(struct store_job *job);     /* the store's */
    void (*prepare)(struct store_job *job); /* after it, in the store's thread; NULL: nothing */
    void (*done)(struct store_job *job);
    void *context; /* the caller's */
    int result;
    struct daqs_error error;
};

/* Changes of SLAs, in one transaction and with a record in the audit trail for each. */
struct store_changeset {
    struct store_job base;
    struct identity asker;
    char by[IDENTITY_BYTES]; /* ""; result: the asker's name */
    int64_t at_ms;
    struct changeset changeset; /* the caller's */
};
int store_write_changeset(struct store *store, struct store_changeset *job);

/* The policy of an uplink, or of all of a host's, is set or goes back to the configured one; with a
 * record in the audit trail. */
struct store_policy {
    struct store_job base;
    char host[DAQS_NAME_MAX + 1];
    char uplink[DAQS_NAME_MAX + 1]; /* "": all */
    struct identity asker;
    char by[IDENTITY_BYTES]; /* ""; result: the asker's name */
    int64_t at_ms;
    bool has_mode; /* false: the configured one */
    enum policy_mode mode;
};
int store_write_policy(struct store *store, struct store_policy *job);

/* A peer is enrolled, in the place of the one of its name, or removed; with a record in the audit
 * trail. */
struct store_principal {
    struct store_job base;
    char name[DAQS_NAME_MAX + 1];
    struct daqs_key key;
    enum role role;
    bool remove;
    bool replace;  /* another key or role of that name */
    bool only_new; /* a name that was never enrolled or revoked */
    struct identity asker;
    char by[IDENTITY_BYTES]; /* ""; result: the asker's name */
    int64_t at_ms;
};
int store_write_principal(struct store *store,
                          struct store_principal *job); /* DAQS_EEXISTS: it may not be */

/* Puts all of them into the set. Before the loop only. */
int store_load_principals(struct store *store, struct principals *principals,
                          struct daqs_error *err);

/* Nics are given numbers, under which their history is kept. */
struct store_nic {
    char *vm;
    char *uuid;
    char *uplink;
    struct daqs_mac mac;
    int64_t id; /* result; 0: left out */
};
struct store_names {
    struct store_job base;
    char host[DAQS_NAME_MAX + 1];
    uint64_t instance;
    uint64_t generation; /* counted anew by each instance */
    int64_t now_ms;
    int64_t host_id;  /* result */
    size_t nics_most; /* of the host, in the database */
    size_t left_out;  /* result: nics that got no number, for the host has so many */
    size_t nics;
    struct store_nic *nic; /* in the order of the inventory */
};
struct store_names *store_names_new(size_t nics);
void store_names_free(struct store_names *job);
int store_write_names(struct store *store, struct store_names *job);

/* What was measured lately: steps of hosts, and their nics' points. */
struct store_rollups {
    struct store_job base;
    int64_t now_s; /* UTC, for what is complete, and what is too old */
    struct store_keep keep;
    size_t fleet_hosts; /* all there are, for how much is packed and dropped at a time */
    size_t fleet_nics;
    bool all_named; /* every nic there is has been named in the last two days */
    size_t steps;
    size_t nics; /* of all steps */
    struct store_step *step;
    uint8_t *record; /* ROLLUP_RECORD_BYTES for each nic, in the order of the steps */
    size_t step_capacity;
    size_t nic_capacity;
};
struct store_step {
    int64_t time_s;
    int64_t host;
    size_t nics;
};
/* NULL if out of memory. Empty. */
struct store_rollups *store_rollups_new(void);
void store_rollups_free(struct store_rollups *job);
/* A host's step begins; then one call for each nic. False, and nothing added, if out of memory. */
bool store_rollups_begin(struct store_rollups *job, int64_t time_s, int64_t host);
bool store_rollups_add(struct store_rollups *job, int64_t nic, const struct rollup *rollup);

/* Puts points aside, packs what is complete, drops what is too old; the latter two a little at a
 * time, so that no transaction is long. */
int store_write_rollups(struct store *store, struct store_rollups *job);

/* The number of the newest event there has been; 0: none. Before the loop only. */
int store_last_event(struct store *store, int64_t *ret_id, struct daqs_error *err);

/* Notes the uplinks that promised too much by the last event about each. Before the loop only. */
int store_load_oversold(struct store *store, struct oversold *oversold, struct daqs_error *err);

/* Events are kept, in the order of their list, and some of those older than two years dropped. The
 * list stays the caller's. */
struct store_events {
    struct store_job base;
    int64_t now_ms;
    size_t count;
    struct event *first;
};
int store_write_events(struct store *store, struct store_events *job);

/* Copies the database as it is at one moment into a new file, on a thread of its own. */
struct store_backup {
    struct store_job base;
    char path[PATH_MAX];
    atomic_int copied; /* pages, while it is under way */
    atomic_int total;
};
int store_backup(struct store *store, struct store_backup *job);

/* A question, and the part of its answer that begins at a token. The table belongs to the job. */
struct store_question {
    struct store_job base;
    char host[DAQS_NAME_MAX + 1]; /* "": all, but of history */
    char vm[DAQS_NAME_MAX + 1];   /* likewise */
    bool host_known;              /* to whoever asks */
    bool vm_known;                /* likewise, on that host */
    int64_t since_ms;             /* UTC, inclusive */
    int64_t until_ms;             /* inclusive */
    int64_t step_s;               /* of history: 1 and up */
    enum event_level level;       /* of events: this and worse */
    const char *kind;             /* of events: a name of theirs; NULL: all */
    int64_t token;                /* where to go on; -1: this is the first part */
    int64_t next;                 /* result: the token of what comes after this part */
    bool more;                    /* result: there is something */
    struct daqs_table table;
};
/* A VM's history, of all of its nics. */
int store_query_history(struct store *store, struct store_question *question);
/* How well guarantees were kept, and bytes moved, VM by VM. */
int store_query_report(struct store *store, struct store_question *question);
int store_query_events(struct store *store, struct store_question *question);
int store_query_audit(struct store *store, struct store_question *question);

/* In the store's thread ('prepare'): DAQS_ENOTFOUND with the reason if the question's host, or its
 * VM there, is known neither to whoever asks nor to the database. */
int store_question_known(struct store_question *question);
/* The same as a question of its own; the table is left as it is. */
int store_query_known(struct store *store, struct store_question *question);

#endif
