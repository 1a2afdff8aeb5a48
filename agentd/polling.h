/* SPDX-License-Identifier: Apache-2.0 */
/* polling - visits guests: reads their counters with every poll, and sets limits that changed at
 * once. */
#ifndef DAQS_AGENTD_POLLING_H
#define DAQS_AGENTD_POLLING_H

#include "agentd/core/pace.h"
#include "agentd/guests/guest_poller.h"
#include "agentd/socket_checks.h"
#include "agentd/visit_results.h"
#include "shared/base/buckets.h"

struct polling; /* opaque */

/* All of them must outlive it. */
struct polling_setup {
    struct guests *guests;
    const struct host_pfs *pfs;
    const struct pace *pace;
    struct discovery *discovery;
    struct visit_results *results;
    struct socket_checks *checks;
    struct daqs_pool *pool;
    struct guest_poller *poller; /* for channels that can post */
    struct agent_counters *count;
    struct buckets *took; /* us, of answered polls */
    struct daqs_log_budget *budget;
};

/* Returns NULL if out of memory. */
struct polling *polling_new(const struct polling_setup *setup);
/* NULL is fine. */
void polling_free(struct polling *polling);

/* Polls the guests that are due. To be called once per interval. */
void polling_start(struct polling *polling, int64_t now_ms);
/* Returns how many guests polled by the last polling_start have not answered yet. */
unsigned polling_awaited(const struct polling *polling);

/* Visits the guests whose limits changed and that are not being visited. */
void polling_start_urgent(struct polling *polling, int64_t now_ms);

/* Processes the visits that have ended, and visits the guests whose limits changed meanwhile. */
void polling_reap(struct polling *polling, int64_t now_ms);

/* Handles visits that may not return soon: replaces their threads, so that other guests are still
 * visited, and marks guests as busy whose agents other clients hold. To be called several times a
 * second. */
void polling_check_overdue(struct polling *polling, int64_t now_ms);

/* Returns true if every nic that can be limited has the wanted limit. */
bool polling_converged(const struct polling *polling, int64_t now_ms);

/* Starts no more visits when others end. */
void polling_stop(struct polling *polling);

#endif
