/* agent_metrics - the agent's figures over HTTP, in a thread of its own that asks the loop for
 * them. */
#ifndef DAQS_AGENTD_AGENT_METRICS_H
#define DAQS_AGENTD_AGENT_METRICS_H

#include <czmq.h>

#include "shared/base/error.h"

struct agent;
struct agent_metrics; /* opaque */

/* Listens at the configured address, and starts. NULL with a text otherwise. */
struct agent_metrics *agent_metrics_start(const struct agent *agent, struct daqs_error *err);
/* NULL is fine. */
void agent_metrics_stop(struct agent_metrics *metrics);

/* The loop's end: when it is readable, call hear. */
zsock_t *agent_metrics_socket(const struct agent_metrics *metrics);
void agent_metrics_receive(struct agent_metrics *metrics, const struct agent *agent,
                           int64_t now_ms);

#endif
