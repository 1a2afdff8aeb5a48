/* agent_figures - what the loop knows of itself, copied for the thread that serves it. */
#ifndef DAQS_AGENTD_IO_AGENT_FIGURES_H
#define DAQS_AGENTD_IO_AGENT_FIGURES_H

#include "agentd/io/agent_state.h"
#include "shared/base/metrics.h"
#include "shared/base/table.h"

struct agent_figures {
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
struct agent_figures *agent_figures_new(const struct agent *agent, int64_t now_ms);
void agent_figures_free(struct agent_figures *figures);

/* All of it as text, and how long guest agents took. */
void agent_figures_write(const struct agent_figures *figures, const struct buckets *qga,
                         struct metrics *out);

#endif
