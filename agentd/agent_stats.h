/* SPDX-License-Identifier: Apache-2.0 */
/* agent_stats - a copy of the loop's figures for the thread that serves them. */
#ifndef DAQS_AGENTD_AGENT_STATS_H
#define DAQS_AGENTD_AGENT_STATS_H

#include "agentd/agent_counters.h"
#include "agentd/host/host_pfs.h"
#include "agentd/link.h"
#include "agentd/orders.h"
#include "shared/base/buckets.h"
#include "shared/base/metrics.h"
#include "shared/base/table.h"

/* Where the figures come from. All of them must outlive it. */
struct agent_stats_sources {
    const struct agent_counters *count;
    const struct guests *guests;
    const struct orders *orders;
    const struct link *link;
    const struct host_pfs *pfs;
    const struct uplink *uplink;
};

struct agent_stats {
    struct agent_counters count;
    uint64_t guests;
    uint64_t epoch;
    uint64_t outdated;
    uint64_t overtaken;
    bool held;
    bool controller_up;
    double lease_s;
    struct candidate controller[CANDIDATES_MOST]; /* the first one is the current one */
    size_t controllers;
    struct candidates_tally tally;
    struct daqs_table nics;
};

/* Copies the figures. The caller frees the copy with agent_stats_free; NULL if out of memory. */
struct agent_stats *agent_stats_new(const struct agent_stats_sources *from, int64_t now_ms);
void agent_stats_free(struct agent_stats *stats);

/* Writes all figures as text, including the response times of guest agents. */
void agent_stats_write(const struct agent_stats *stats, const struct buckets *qga,
                       struct metrics *out);

#endif
