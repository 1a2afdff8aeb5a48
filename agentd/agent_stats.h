/* agent_stats - what the loop knows of itself, copied for the thread that serves it. */
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

/* The caller's to free; NULL: out of memory. */
struct agent_stats *agent_stats_new(const struct agent *agent, int64_t now_ms);
void agent_stats_free(struct agent_stats *stats);

/* All of it as text, and how long guest agents took. */
void agent_stats_write(const struct agent_stats *stats, const struct buckets *qga,
                       struct metrics *out);

#endif
