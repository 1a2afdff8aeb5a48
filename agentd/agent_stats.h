/* SPDX-License-Identifier: Apache-2.0 */
/* agent_stats - a copy of the loop's figures for the thread that serves them. */
#ifndef DAQS_AGENTD_AGENT_STATS_H
#define DAQS_AGENTD_AGENT_STATS_H

#include "agentd/agent_state.h"
#include "shared/base/metrics.h"
#include "shared/base/table.h"

struct agent_stats {
    struct agent_counters count;
    uint64_t guests;
    uint64_t epoch;
    uint64_t outdated;
    uint64_t overtaken;
    bool held;
    bool controller_up;
    double lease_s;
    struct daqs_table nics;
};

/* Copies the figures. The caller frees the copy with agent_stats_free; NULL if out of memory. */
struct agent_stats *agent_stats_new(const struct agent *agent, int64_t now_ms);
void agent_stats_free(struct agent_stats *stats);

/* Writes all figures as text, including the response times of guest agents. */
void agent_stats_write(const struct agent_stats *stats, const struct buckets *qga,
                       struct metrics *out);

#endif
