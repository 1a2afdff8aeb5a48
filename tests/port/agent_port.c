/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/port/agent_port.h"

#include <stdlib.h>

#include "shared/base/cleanup.h"
#include "tests/port/control.h"

int agent_port_request(const char *command, char **ret, struct daqs_error *err)
{
    const char *path = getenv("DAQS_PORT_CONTROL");
    if (!path)
        return daqs_fail(err, DAQS_ENOTFOUND, "DAQS_PORT_CONTROL is not set");
    return control_exchange(path, command, ret, err);
}

json_t *agent_port_stats(struct daqs_error *err)
{
    char *text DAQS_AUTO_FREE = NULL;
    if (agent_port_request("stats", &text, err) != DAQS_OK)
        return NULL;
    json_t *stats = json_loads(text, 0, NULL);
    if (!stats)
        (void)daqs_fail(err, DAQS_EFORMAT, "daqs-port: %s", text);
    return stats;
}

uint64_t agent_port_number(const json_t *object, const char *name)
{
    return (uint64_t)json_integer_value(json_object_get(object, name));
}
