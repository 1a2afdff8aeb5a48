/* SPDX-License-Identifier: Apache-2.0 */
/* agent_port - how daqs-agentd-port queries the daqs-port at DAQS_PORT_CONTROL. */
#ifndef DAQS_TESTS_PORT_AGENT_PORT_H
#define DAQS_TESTS_PORT_AGENT_PORT_H

#include <jansson.h>
#include <stdint.h>

#include "shared/base/error.h"

/* Sends a command. The caller frees *ret. */
int agent_port_request(const char *command, char **ret, struct daqs_error *err);

/* Returns what the driver shows, as a new reference, or NULL with an error text. */
json_t *agent_port_stats(struct daqs_error *err);

/* Returns a number of an object; 0 if there is none. */
uint64_t agent_port_number(const json_t *object, const char *name);

static inline void agent_port_done(json_t **stats)
{
    json_decref(*stats);
}

#endif
