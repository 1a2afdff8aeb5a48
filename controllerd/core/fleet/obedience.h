/* SPDX-License-Identifier: Apache-2.0 */
/* obedience - which hosts' agents obey this controller, by the epochs in their hellos. */
#ifndef DAQS_CONTROLLERD_CORE_FLEET_OBEDIENCE_H
#define DAQS_CONTROLLERD_CORE_FLEET_OBEDIENCE_H

#include "controllerd/core/fleet/fleet.h"

/* Clocks of two controllers may differ by this much. An epoch that is further ahead of the clock is
 * from a clock that was ahead, not from a controller that was started later. */
#define OBEDIENCE_SKEW_MS (INT64_C(600) * 1000)

/* An epoch that is further ahead of the clock than this is not taken over: no clock error of a
 * machine explains it, so the agent is broken or hostile. A clock that begins in 1970 and one that
 * shows 2099 are closer. */
#define OBEDIENCE_AHEAD_MS (100 * 365 * INT64_C(86400) * 1000)

/* Records the epoch in a host's hello, the highest that its agent has obeyed, and the epoch under
 * which this controller commands the host from now on. */
void obedience_hello(struct fleet_host *host, uint64_t obeyed, uint64_t epoch);

/* The controller has a new epoch: decides for every host whether its agent will obey it. A host
 * that is commanded under a higher epoch keeps that. */
void obedience_raised(const struct fleet *fleet, uint64_t epoch);

/* Returns true if the epoch that the host's agent has obeyed is ahead of the clock (UTC, ms). */
bool obedience_is_ahead(const struct fleet_host *host, int64_t wall_ms);

struct obedience {
    size_t disobey;   /* hosts whose agents have obeyed a higher epoch */
    uint64_t highest; /* epoch that one of them has obeyed, without those that are left out */
    size_t left_out;  /* hosts with an epoch that is not taken over */
    const struct fleet_host *of; /* one of these; NULL: none */
};

/* Counts all hosts, also those that are away: their agents may come back with the same epoch. */
struct obedience obedience_of(const struct fleet *fleet, int64_t wall_ms);

#endif
