/* store - the database: ledger, who is who, history. Never waited for by the loop.
 *
 * Opening and loading happen before the loop starts. After that every access is a job: writes
 * go through one thread in order, queries through another, and 'done' is called on the loop's
 * thread by store_reap. */
#ifndef DAQS_CONTROLLERD_IO_STORE_H
#define DAQS_CONTROLLERD_IO_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "controllerd/core/event.h"
#include "controllerd/core/history.h"
#include "controllerd/core/ledger.h"
#include "controllerd/core/modes.h"
#include "controllerd/core/steps.h"
#include "shared/base/error.h"
#include "shared/base/mac.h"
#include "shared/base/name.h"
#include "shared/base/pool.h"
#include "shared/base/table.h"

struct store;

/* Opens (or creates) and migrates the database; one controller at a time. Starts the next
 * epoch, durably, and puts it into *ret_epoch. NULL with a text on failure. */
struct store *store_open(const char *path, int64_t keep_ms, int64_t now_ms, uint64_t *ret_epoch,
                         struct daqs_error *err);

/* Runs what is queued, then closes. NULL is fine. */
void store_close(struct store *store);

/* Puts all SLAs into the ledger. Before the loop only. */
int store_load_ledger(struct store *store, struct ledger *ledger, struct daqs_error *err);

/* The same with the policies. */
int store_load_modes(struct store *store, struct modes *modes, struct daqs_error *err);

/* Descriptors that are readable while jobs are done; then call store_reap. */
int store_write_fd(const struct store *store);
int store_query_fd(const struct store *store);
void store_reap(struct store *store);

/* Every job: filled by the caller, who frees it in 'done' (which may be NULL: then it is
 * freed with free). 'result' and 'error' say how it went. */
struct store_job {
    struct daqs_job job;
    struct store *store;
    int (*work)(struct store_job *job); /* the store's */
    void (*done)(struct store_job *job);
    void *context; /* the caller's */
    int result;
    struct daqs_error error;
};

/* Changes of SLAs, in one transaction and with a record in the audit trail for each. */
struct store_steps {
    struct store_job base;
    char by[DAQS_NAME_MAX + 1];
    int64_t at_ms;
    struct steps steps; /* the caller's */
};
int store_write_steps(struct store *store, struct store_steps *job);

/* A part of the audit trail. The table belongs to the job. */
struct store_audit {
    struct store_job base;
    char host[DAQS_NAME_MAX + 1]; /* "": all */
    char vm[DAQS_NAME_MAX + 1];   /* "": all */
    int64_t since_ms;             /* inclusive */
    int64_t until_ms;             /* inclusive */
    int64_t after_id; /* only records with greater numbers; result: the last looked at */
    struct daqs_table table;
    bool more; /* go on after after_id */
};
int store_query_audit(struct store *store, struct store_audit *job);

/* The policy of an uplink, or of all of a host's, is set or goes back to the configured one; with a
 * record in the audit trail. */
struct store_policy {
    struct store_job base;
    char host[DAQS_NAME_MAX + 1];
    char uplink[DAQS_NAME_MAX + 1]; /* "": all */
    char by[DAQS_NAME_MAX + 1];
    int64_t at_ms;
    bool has_mode; /* false: the configured one */
    enum policy_mode mode;
};
int store_write_policy(struct store *store, struct store_policy *job);

/* Nics are given numbers, under which their history is kept. */
struct store_nic {
    char *vm;
    char *uuid;
    char *uplink;
    struct daqs_mac mac;
    int64_t id; /* result */
};
struct store_names {
    struct store_job base;
    char host[DAQS_NAME_MAX + 1];
    uint64_t instance;
    uint64_t generation; /* counted anew by each instance */
    int64_t now_ms;
    size_t nics;
    struct store_nic *nic; /* in the order of the inventory */
};
struct store_names *store_names_new(size_t nics);
void store_names_free(struct store_names *job);
int store_write_names(struct store *store, struct store_names *job);

/* One second's rows. */
struct store_rows {
    struct store_job base;
    int64_t time_s;
    size_t rows;
    struct history_row row[];
};
int store_write_rows(struct store *store, struct store_rows *job);

/* A part of a VM's history. The table belongs to the job. */
struct store_history {
    struct store_job base;
    char host[DAQS_NAME_MAX + 1];
    char vm[DAQS_NAME_MAX + 1];
    int64_t from_s; /* inclusive */
    int64_t to_s;   /* inclusive */
    int64_t step_s; /* 1 and up */
    struct daqs_table table;
    int64_t next_s; /* where the next part begins; 0: this was the last */
};
int store_query_history(struct store *store, struct store_history *job);

/* The number of the newest event there has been; 0: none. Before the loop only. */
int store_last_event(struct store *store, int64_t *ret_id, struct daqs_error *err);

/* Events are kept, in the order of their list, and some of those older than two years dropped. The
 * list stays the caller's. */
struct store_events {
    struct store_job base;
    int64_t now_ms;
    size_t count;
    struct event *first;
};
int store_write_events(struct store *store, struct store_events *job);

/* A part of the events. The table belongs to the job. */
struct store_event_query {
    struct store_job base;
    char host[DAQS_NAME_MAX + 1]; /* "": all */
    char vm[DAQS_NAME_MAX + 1];   /* "": all */
    int64_t since_ms;             /* inclusive */
    int64_t until_ms;             /* inclusive */
    bool has_after;
    int64_t after_id; /* only those with greater numbers; result: the last one looked at */
    struct daqs_table table;
    bool more; /* go on after after_id */
};
int store_query_events(struct store *store, struct store_event_query *job);

#endif
