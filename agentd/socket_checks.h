/* SPDX-License-Identifier: Apache-2.0 */
/* socket_checks - when the sockets of guests are checked for data that waits, and what the checks
 * mean for their nics. */
#ifndef DAQS_AGENTD_SOCKET_CHECKS_H
#define DAQS_AGENTD_SOCKET_CHECKS_H

#include "agentd/core/inventory.h"
#include "agentd/discovery.h"

struct socket_checks; /* opaque */

/* All of them must outlive it. */
struct socket_checks_setup {
    struct guests *guests;
    const struct inventory *inventory;
    struct discovery *discovery;
    struct daqs_pool *pool; /* checks run there */
    struct daqs_log_budget *budget;
};

/* Returns NULL if out of memory. */
struct socket_checks *socket_checks_new(const struct socket_checks_setup *setup);
/* NULL is fine. */
void socket_checks_free(struct socket_checks *checks);

/* Records what a nic has sent since the last report. */
void socket_checks_note(const struct socket_checks *checks, struct guest *guest,
                        struct guest_nic *nic, const struct daqs_sample *sample);

/* Returns true if the sockets of some guest are to be checked. */
bool socket_checks_due(const struct socket_checks *checks, int64_t now_ms);

/* Starts the checks that are due, of guests that have nothing else to do. */
void socket_checks_start(struct socket_checks *checks, int64_t now_ms);
/* Returns the number of checks that are running. */
unsigned socket_checks_running(const struct socket_checks *checks);

/* Processes the result of a check. Removes the guest if it is leaving. */
void socket_checks_take(const struct socket_checks *checks, struct guest *guest,
                        const struct guest_job *job, int64_t now_ms);

#endif
