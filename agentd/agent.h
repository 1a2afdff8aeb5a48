/* SPDX-License-Identifier: Apache-2.0 */
/* agent - the loop of daqs-agentd: guests, polls, reports, limits. */
#ifndef DAQS_AGENTD_AGENT_H
#define DAQS_AGENTD_AGENT_H

#include "agentd/agent_config.h"

/* Runs the agent until SIGTERM or SIGINT. Returns DAQS_OK after a clean stop. */
int agent_run(const struct agent_config *config, struct daqs_error *err);

#endif
