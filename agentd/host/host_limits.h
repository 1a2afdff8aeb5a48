/* SPDX-License-Identifier: Apache-2.0 */
/* host_limits - limits guests' nics on their VFs.
 *
 * Each PF is visited in a thread of its own pool: a visit sets rates, and reads the VFs and what
 * the port has sent. */
#ifndef DAQS_AGENTD_HOST_HOST_LIMITS_H
#define DAQS_AGENTD_HOST_HOST_LIMITS_H

#include "agentd/host/host_pfs.h"
#include "agentd/host/host_traffic.h"

struct host_limits; /* opaque */

/* All of them must outlive it. */
struct host_limits_setup {
    struct host_pfs *pfs;
    struct host_traffic *traffic;
    struct guests *guests;
    const char *state_dir;
    const struct inventory *inventory;
    /* Called when the addresses of VFs have changed, or which VFs are listed: the nics of guests
     * are to be placed again. */
    void (*vfs_changed)(void *arg);
    void *arg;
    struct daqs_log_budget *budget;
};

/* Loads which rates were set before a restart; they stay for the first 10 s, until guests are found
 * again. Returns NULL and sets err on failure. */
struct host_limits *host_limits_new(const struct host_limits_setup *setup, int64_t now_ms,
                                    struct daqs_error *err);
/* Waits for the visits that are running. NULL is fine. */
void host_limits_free(struct host_limits *h);

/* Returns a descriptor that is readable while visits wait for host_limits_reap. */
int host_limits_fd(const struct host_limits *h);

/* Visits the PFs that are due, or on which rates are to be set. */
void host_limits_start(struct host_limits *h, int64_t now_ms);
/* Processes the results of visits. */
void host_limits_reap(struct host_limits *h, int64_t now_ms);

/* From now on only restores the rates that were in force before this agent's. */
void host_limits_release(struct host_limits *h);
/* Returns true while a rate that this agent set is in force, or a visit is running. */
bool host_limits_active(const struct host_limits *h);

#endif
