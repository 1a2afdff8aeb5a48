/* agent_port - the daqs-port at DAQS_PORT_CONTROL, as daqs-agentd-port asks it. */
#ifndef DAQS_TESTS_PORT_AGENT_PORT_H
#define DAQS_TESTS_PORT_AGENT_PORT_H

#include <jansson.h>
#include <stdint.h>

#include "shared/base/error.h"

/* Sends a command; *ret is malloc'd, the caller's. */
int agent_port_request(const char *command, char **ret, struct daqs_error *err);

/* What the driver shows; the caller's reference. NULL with a text on failure. */
json_t *agent_port_stats(struct daqs_error *err);

/* A number of an object; 0: it has none. */
uint64_t agent_port_number(const json_t *object, const char *name);

static inline void agent_port_done(json_t **stats)
{
    json_decref(*stats);
}

#endif
