/* SPDX-License-Identifier: Apache-2.0 */
/* stay_rows - writes to the shared database which hosts this member serves, and reads which hosts
 * the others serve, a second behind.
 *
 * Rows are written without waiting for a standby (synchronous_commit). One that is lost is written
 * again, because the member that serves the host finds another one's name in it. */
#ifndef DAQS_CONTROLLERD_IO_GROUP_STAY_ROWS_H
#define DAQS_CONTROLLERD_IO_GROUP_STAY_ROWS_H

#include <stdbool.h>
#include <stdint.h>

#include "controllerd/core/group/stays.h"
#include "controllerd/io/pg/pg_client.h"

#define STAY_ROWS_MS 1000

struct stay_rows; /* opaque */

/* All of them must outlive it. */
struct stay_rows_setup {
    struct pg_client *pg; /* must be freed before stay_rows_free */
    int64_t ledger;       /* number of the shared database: of pg_guard */
    struct stays *stays;  /* takes the rows that are read */
    const char *member;   /* name of this member */
    int64_t keep_ms;      /* for how long it is kept which member served a host */
    /* Called for a row that was read if it has changed, or was read for the first time; NULL:
     * nothing is called. */
    void (*changed)(void *arg, const char *host, const char *member);
    void *arg;
};

/* Returns NULL if out of memory. */
struct stay_rows *stay_rows_new(const struct stay_rows_setup *setup);
/* NULL is fine. */
void stay_rows_free(struct stay_rows *rows);

/* This member serves the host from now on; written within a second, 200 hosts with each call of
 * stay_rows_tick if there are more. DAQS_ENOMEM. */
int stay_rows_serve(struct stay_rows *rows, const char *host);
/* The host is forgotten: no member serves it, unless another one has written that it does.
 * DAQS_ENOMEM. */
int stay_rows_forget(struct stay_rows *rows, const char *host);
/* This member answers for a host that it does not serve, unless the database no longer names the
 * member that was read from it: that one serves the host. DAQS_ENOMEM. */
int stay_rows_answer(struct stay_rows *rows, const char *host);

/* Exchanges rows with the database once a second; to be called several times a second. */
void stay_rows_tick(struct stay_rows *rows, int64_t now_ms);

/* Returns true once the rows of all hosts were read. */
bool stay_rows_complete(const struct stay_rows *rows);

#endif
