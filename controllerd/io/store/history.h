/* SPDX-License-Identifier: Apache-2.0 */
/* history - what the controller has seen: names of hosts, VMs and nics, when hosts were last heard,
 * rollups, events, and the queries about them and about the audit trail. It stays on the
 * controller's own disk. */
#ifndef DAQS_CONTROLLERD_IO_STORE_HISTORY_H
#define DAQS_CONTROLLERD_IO_STORE_HISTORY_H

#include "controllerd/core/diagnosis/event.h"
#include "controllerd/core/diagnosis/oversold.h"
#include "controllerd/core/fleet/roster.h"
#include "controllerd/core/history/history.h"
#include "controllerd/io/store/store.h"
#include "shared/base/mac.h"
#include "shared/base/name.h"
#include "shared/base/table.h"

/* How long history is kept: seconds, minutes, hours. */
struct store_keep {
    int64_t ms[ROLLUP_LEVELS];
};

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

/* When hosts were last heard. */
struct store_heard_host {
    char *name;
    int64_t at_ms; /* UTC */
};
struct store_heard {
    struct store_job base;
    size_t hosts;
    struct store_heard_host *host;
};
/* Returns a job for this many hosts, whose names the job then owns; NULL if out of memory. */
struct store_heard *store_heard_new(size_t hosts);
void store_heard_free(struct store_heard *job);
/* Keeps the times of hosts that have an SLA or an enrolled key, which are those that are listed
 * without being heard, and drops those of others. */
int store_write_heard(struct store *store, struct store_heard *job);
/* Loads the times into the roster. Only before the loop starts. */
int store_load_heard(struct store *store, struct roster *roster, struct daqs_error *err);

/* New history: steps of hosts, with the rollups of their nics. */
struct store_rollups {
    struct store_job base;
    int64_t now_s;  /* UTC, decides what is complete and what is too old */
    int64_t mono_s; /* at the same time, of the monotonic clock */
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

/* A query, and the part of its answer that begins at 'token'. The job owns the table. */
struct store_question {
    struct store_job base;
    char host[DAQS_NAME_MAX + 1]; /* "": all; history needs one */
    char vm[DAQS_NAME_MAX + 1];   /* "": all; history needs one */
    bool host_known;              /* the caller knows the host */
    bool vm_known;                /* the caller knows the VM on that host */
    int64_t since_ms;             /* UTC, inclusive */
    int64_t until_ms;             /* inclusive */
    int64_t step_s;               /* of history: at least 1; of an export: a level's */
    bool measured;                /* of history: with HISTORY_MEASURED, to be joined with others' */
    enum event_level level;       /* of events: this level and above */
    const char *kind;             /* of events: a kind's name; NULL: all kinds */
    int64_t token;                /* where to continue; -1: this is the first part */
    int64_t next;                 /* result: the token of the next part */
    bool more;                    /* result: there is a next part */
    char why_empty[256];          /* result of a report without rows; "": there is no data */
    char note[256];               /* result of an export: what is missing in it, or "" */
    struct daqs_table table;
};
/* A VM's history, for all of its nics. */
int store_query_history(struct store *store, struct store_question *question);
/* All finished blocks of a level, in the order of time, for all nics: those that were finished at
 * until_ms, and that 'token' has not covered yet; without a token those from since_ms on. 'next' is
 * the token for what comes later, and equals 'token' if there is nothing new. DAQS_EINVALID: the
 * token is of the future. */
int store_query_export(struct store *store, struct store_question *question);
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
