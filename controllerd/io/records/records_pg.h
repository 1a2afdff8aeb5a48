/* SPDX-License-Identifier: Apache-2.0 */
/* records_pg - the engine that keeps records in a PostgreSQL database that outlives this machine.
 *
 * A change is stored there, then in the store's file as a copy, then believed. The copy is what
 * queries read, and what a controller starts with while the database is away. What others change is
 * found within a second: by the revision of each name (revisions.h). */
#ifndef DAQS_CONTROLLERD_IO_RECORDS_RECORDS_PG_H
#define DAQS_CONTROLLERD_IO_RECORDS_RECORDS_PG_H

#include <stdbool.h>
#include <stdint.h>

#include "controllerd/core/records/image.h"
#include "controllerd/io/store/records.h"

/* What is reported to operators. */
enum records_news {
    RECORDS_AWAY,        /* the database does not answer, or cannot be read */
    RECORDS_BACK,        /* it answers again, and can be read */
    RECORDS_WENT_BACK,   /* it has lost changes that were stored */
    RECORDS_NOT_DURABLE, /* one server alone keeps what is stored */
    RECORDS_DURABLE,     /* others keep it as well again */
};

struct records_pg_setup {
    struct store *store;
    struct records *local; /* of the store's file; it must outlive this engine */
    const char *ledger;    /* connection string of libpq; used by records_pg_open only */
    bool quorum;           /* refuse changes that one server alone would keep */
    int64_t stale_ms;      /* how old a copy may be at the start while the database is away */
    bool wait;             /* start with an older one all the same; it is not to be believed */
};

/* Connects, checks the schema, and brings the store's file up to date; waits for the database for a
 * few seconds. If it does not answer, a copy that is young enough is used, or any if 'wait' is set.
 * wall_ms: UTC. Returns
 * NULL with an error: DAQS_EVERSION, another schema is there, or a newer one; DAQS_EREFUSED, the
 * file has records that are not of this database. */
struct records *records_pg_open(const struct records_pg_setup *setup, int64_t wall_ms,
                                struct daqs_error *err);

/* Sets what is called on the loop's thread from now on. 'read': an image has been read that has
 * SLAs that are not valid; what is to be kept of them can be added. 'reloaded': others have changed
 * what the image has, all of it. 'say': since_ms (UTC) is when it began, 0: now. */
struct records_pg_listener {
    void (*read)(void *arg, struct image *image);
    void (*reloaded)(void *arg, const struct image *image);
    void (*say)(void *arg, enum records_news news, int64_t since_ms, const char *text);
    void *arg;
};
void records_pg_listen(struct records *records, const struct records_pg_listener *listener);

/* A descriptor that is readable while records_pg_reap has something to do. */
int records_pg_fd(const struct records *records);
void records_pg_reap(struct records *records);
/* Call it several times a second. mono_ms: monotonic, wall_ms: UTC. */
void records_pg_tick(struct records *records, int64_t mono_ms, int64_t wall_ms);

/* Ends what is under way: a change whose COMMIT was sent is waited for. Call it before the store is
 * closed. Changes that are submitted later fail. */
void records_pg_stop(struct records *records);

/* Returns the revision of a host's records in the shared database, as this controller knows it; 0:
 * there are none. */
int64_t records_pg_revision(const struct records *records, const char *host);

struct records_pg_state {
    int64_t ledger;     /* number of the database: of pg_guard */
    bool loaded;        /* all records have been compared since the start */
    bool known;         /* the records are to be believed; false: the copy is too old */
    bool away;          /* the database does not answer, or with errors */
    bool failing;       /* it answers with errors */
    int64_t away_ms;    /* for how long it has not */
    bool durable;       /* another server keeps what is stored */
    bool durable_known; /* it was asked */
    int64_t copy_ms;    /* when the copy was last the same (UTC); 0: never */
    char server[64];    /* "HOST:PORT", or "" */
};
void records_pg_state(const struct records *records, struct records_pg_state *ret);

#endif
