/* SPDX-License-Identifier: Apache-2.0 */
/* agent_metrics - serves the agent's figures over HTTP, from a separate thread that asks the loop
 * for them. */
#ifndef DAQS_AGENTD_AGENT_METRICS_H
#define DAQS_AGENTD_AGENT_METRICS_H

#include <czmq.h>

#include "agentd/agent_stats.h"

struct agent_metrics; /* opaque */

/* All of them must outlive it. */
struct agent_metrics_setup {
    const char *address; /* to listen at */
    struct agent_stats_sources from;
    const struct buckets *took; /* us, of answered polls */
};

/* Listens at the address and starts the thread. Returns NULL and sets err on failure. */
struct agent_metrics *agent_metrics_start(const struct agent_metrics_setup *setup,
                                          struct daqs_error *err);
/* Stops the thread and frees 'metrics', which may be NULL. */
void agent_metrics_stop(struct agent_metrics *metrics);

/* Returns the loop's end of the pair of sockets. When it is readable, call
 * agent_metrics_receive. */
zsock_t *agent_metrics_socket(const struct agent_metrics *metrics);
void agent_metrics_receive(struct agent_metrics *metrics, int64_t now_ms);

#endif
