/* SPDX-License-Identifier: Apache-2.0 */
/* sim_links - the connections of a simulated agent: to the controller that it obeys, and while it
 * moves, to the one that it is sent to. */
#ifndef DAQS_FLEETSIM_SIM_LINKS_H
#define DAQS_FLEETSIM_SIM_LINKS_H

#include "tools/fleetsim/sim_agent.h"

/* Creates a socket that is not connected yet, and connects it. */
int sim_links_open(struct sim_agent *agent, const struct sim_context *context, int64_t now_us,
                   struct daqs_error *err);
int sim_links_connect(struct sim_agent *agent, const struct sim_context *context, int64_t now_us,
                      struct daqs_error *err);
bool sim_links_are_open(const struct sim_agent *agent);

/* Makes the agent's candidates. Returns false if out of memory. */
bool sim_links_need_candidates(struct sim_agent *agent, const struct sim_context *context,
                               int64_t now_us);

/* Counts how attempts to connect have ended, if they are monitored; to be called at each turn. */
void sim_links_count_handshakes(struct sim_agent *agent, struct sim_context *context);

/* Goes on to another controller if that is due, as daqs-agentd does; to be called at each turn of
 * an agent with candidates. Afterwards call sim_agent_receive: a hello may be due. */
void sim_links_maintain(struct sim_agent *agent, struct sim_context *context, int64_t now_us);

/* Returns the name of the controller that the agent is at: that in its group, or else its
 * endpoint. */
const char *sim_links_controller(const struct sim_agent *agent, const struct sim_context *context);

#endif
