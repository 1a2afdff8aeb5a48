/* SPDX-License-Identifier: Apache-2.0 */
/* records - what operators have decided, with its audit trail: SLAs, policies, principals,
 * maintenance, and the epoch. An engine keeps them.
 *
 * Loading happens before the loop starts. After that every change is a job: it is durable when
 * 'done' is called on the loop's thread with DAQS_OK. Jobs run in the order of submission. A change
 * function that returns DAQS_EBUSY has not taken the job. */
#ifndef DAQS_CONTROLLERD_IO_STORE_RECORDS_H
#define DAQS_CONTROLLERD_IO_STORE_RECORDS_H

#include "controllerd/core/access/principals.h"
#include "controllerd/core/fleet/maintenance.h"
#include "controllerd/core/fleet/policy_overrides.h"
#include "controllerd/core/sla/changeset.h"
#include "controllerd/core/sla/ledger.h"
#include "controllerd/io/store/identity.h"
#include "controllerd/io/store/store.h"
#include "shared/base/name.h"

/* Starts a higher epoch durably. */
struct records_epoch {
    struct store_job base;
    uint64_t least;  /* at most INT64_MAX / 2 */
    uint64_t epoch;  /* result: at least 'least', and above every earlier one */
    bool take_over;  /* with a record in the audit trail, for which the rest is */
    uint64_t before; /* the epoch until now */
    struct identity asker;
    char by[IDENTITY_BYTES]; /* "", or a given name; result: the asker's name */
    int64_t at_ms;
};

/* Changes of SLAs, in one transaction, with a record in the audit trail for each. */
struct records_changeset {
    struct store_job base;
    struct identity asker;
    char by[IDENTITY_BYTES]; /* "", or a given name; result: the asker's name */
    int64_t at_ms;
    struct changeset changeset; /* owned by the caller */
};

/* Sets the policy of an uplink, or of all uplinks of a host, or resets it to the configured one,
 * with a record in the audit trail. */
struct records_policy {
    struct store_job base;
    char host[DAQS_NAME_MAX + 1];
    char uplink[DAQS_NAME_MAX + 1]; /* "": all of the host's */
    struct identity asker;
    char by[IDENTITY_BYTES]; /* "", or a given name; result: the asker's name */
    int64_t at_ms;
    bool has_mode; /* false: reset to the configured one */
    enum policy_mode mode;
};

enum records_host_change {
    RECORDS_MAINTENANCE_ON,
    RECORDS_MAINTENANCE_OFF,
    RECORDS_FORGET_HOST,
};

/* Begins or ends a host's maintenance, or removes what is stored of the host itself: its key, its
 * modes and its maintenance. Its SLAs and its history stay. Each change has a record in the audit
 * trail. */
struct records_host {
    struct store_job base;
    enum records_host_change what;
    char host[DAQS_NAME_MAX + 1];
    struct identity asker;
    char by[IDENTITY_BYTES]; /* "", or a given name; result: the asker's name */
    int64_t at_ms;
};

/* Enrolls a principal, or revokes one, with a record in the audit trail. */
struct records_principal {
    struct store_job base;
    char name[DAQS_NAME_MAX + 1];
    struct daqs_key key; /* if it is revoked: the one that is meant */
    enum role role;
    bool remove;
    bool replace;  /* allow another key or role for an enrolled name; else DAQS_EEXISTS */
    bool only_new; /* only a name that was never enrolled or revoked; else DAQS_EEXISTS */
    struct identity asker;
    char by[IDENTITY_BYTES]; /* "", or a given name; result: the asker's name */
    int64_t at_ms;
};

/* An engine's struct begins with a struct records. */
struct records {
    const struct records_engine *engine;
};

struct records_engine {
    int (*load_ledger)(struct records *records, struct ledger *ledger, struct daqs_error *err);
    int (*load_overrides)(struct records *records, struct policy_overrides *overrides,
                          struct daqs_error *err);
    int (*load_maintenance)(struct records *records, struct maintenance *maintenance,
                            struct daqs_error *err);
    int (*load_principals)(struct records *records, struct principals *principals,
                           struct daqs_error *err);
    int (*write_changeset)(struct records *records, struct records_changeset *job);
    int (*write_policy)(struct records *records, struct records_policy *job);
    int (*write_host)(struct records *records, struct records_host *job);
    int (*write_principal)(struct records *records, struct records_principal *job);
    int (*write_epoch)(struct records *records, struct records_epoch *job);
    int (*current)(struct records *records, struct daqs_error *err); /* NULL: always */
    void (*free)(struct records *records);
};

/* Add all that is stored. Only before the loop starts. */
static inline int records_load_ledger(struct records *records, struct ledger *ledger,
                                      struct daqs_error *err)
{
    return records->engine->load_ledger(records, ledger, err);
}

static inline int records_load_overrides(struct records *records,
                                         struct policy_overrides *overrides, struct daqs_error *err)
{
    return records->engine->load_overrides(records, overrides, err);
}

static inline int records_load_maintenance(struct records *records, struct maintenance *maintenance,
                                           struct daqs_error *err)
{
    return records->engine->load_maintenance(records, maintenance, err);
}

static inline int records_load_principals(struct records *records, struct principals *principals,
                                          struct daqs_error *err)
{
    return records->engine->load_principals(records, principals, err);
}

/* Submit changes. */
static inline int records_write_changeset(struct records *records, struct records_changeset *job)
{
    return records->engine->write_changeset(records, job);
}

static inline int records_write_policy(struct records *records, struct records_policy *job)
{
    return records->engine->write_policy(records, job);
}

static inline int records_write_host(struct records *records, struct records_host *job)
{
    return records->engine->write_host(records, job);
}

static inline int records_write_principal(struct records *records, struct records_principal *job)
{
    return records->engine->write_principal(records, job);
}

static inline int records_write_epoch(struct records *records, struct records_epoch *job)
{
    return records->engine->write_epoch(records, job);
}

/* Returns DAQS_OK if what was loaded and told is what is stored; otherwise others may have changed
 * it, and the error says why that is not known. */
static inline int records_current(struct records *records, struct daqs_error *err)
{
    return records->engine->current ? records->engine->current(records, err) : DAQS_OK;
}

/* Must be called after the store is closed, which ends the last jobs. NULL is fine. */
static inline void records_free(struct records *records)
{
    if (records)
        records->engine->free(records);
}

#endif
