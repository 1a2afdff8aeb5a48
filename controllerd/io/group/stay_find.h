/* SPDX-License-Identifier: Apache-2.0 */
/* stay_find - looks up in the shared database which members have served a host, and since when. */
#ifndef DAQS_CONTROLLERD_IO_GROUP_STAY_FIND_H
#define DAQS_CONTROLLERD_IO_GROUP_STAY_FIND_H

#include "controllerd/core/group/past.h"
#include "controllerd/io/pg/pg_client.h"

/* A host's latest stays; older ones are not found. */
enum { STAY_FIND_MOST = 256 };

/* To be embedded by the caller, which sets 'done'. */
struct stay_find {
    struct pg_job job; /* first member; private */
    /* Called once on the loop's thread. DAQS_OK: 'stay' is what was found. Otherwise the database
     * does not answer. The callee may free the struct. */
    void (*done)(struct stay_find *find, int result);
    size_t stays;
    struct past_stay stay[STAY_FIND_MOST]; /* in the order of time */
};

/* Looks for the stays of a host in the shared database with this number (pg_guard). Fails as
 * pg_client_submit does; 'done' is not called then. */
int stay_find_submit(struct stay_find *find, struct pg_client *pg, int64_t ledger,
                     const char *host);

#endif
