/* SPDX-License-Identifier: Apache-2.0 */
/* agent_counters - counts what the agent's loop has done since it started. */
#ifndef DAQS_AGENTD_AGENT_COUNTERS_H
#define DAQS_AGENTD_AGENT_COUNTERS_H

#include <stdint.h>

struct agent_counters {
    uint64_t polls;          /* completed visits that read counters */
    uint64_t polls_failed;   /* of those, the ones without an answer */
    uint64_t execs_failed;   /* failed runs of tc in guests */
    uint64_t limits_set;     /* changes of limits in guests */
    uint64_t limits_removed; /* limits found missing in guests */
    uint64_t reports;
};

#endif
