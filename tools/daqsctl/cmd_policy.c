/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "shared/base/cleanup.h"
#include "tools/daqsctl/daqsctl.h"

/* Splits at the first slash, because the names of uplinks may contain slashes. */
enum exit_status cmd_set_policy(const struct command_line *line)
{
    struct wire_request request = wire_request_of(WIRE_SET_POLICY);
    char *host DAQS_AUTO_FREE = strdup(line->argument[0]);
    char *slash = host ? strchr(host, '/') : NULL;
    if (!host)
        return complain(EXIT_FAILED, "out of memory");
    if (slash) {
        *slash = '\0';
        request.vm = slash + 1;
    }
    if (slash && !*request.vm)
        return complain(EXIT_USAGE, "there is no uplink behind the /");
    request.host = host;
    request.word = line->argument[1];
    return request_and_print(line, &request);
}

enum exit_status cmd_explain(const struct command_line *line)
{
    struct wire_request request = wire_request_of(WIRE_EXPLAIN);
    request.host = line->argument[0];
    request.vm = line->argument[1];
    return request_and_print(line, &request);
}
