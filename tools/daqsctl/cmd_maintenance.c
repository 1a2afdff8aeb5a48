/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "tools/daqsctl/daqsctl.h"

static enum exit_status cmd_maintenance(const struct command_line *line)
{
    struct wire_request request = wire_request_of(WIRE_MAINTENANCE);
    request.maintenance.host = line->argument[0];
    request.maintenance.state = line->argument[1];
    if (strcmp(line->argument[1], "on") != 0 && strcmp(line->argument[1], "off") != 0)
        return complain(EXIT_USAGE, "maintenance takes on or off, not '%.50s'", line->argument[1]);
    return request_and_print(line, &request);
}

const struct command command_maintenance = {
    .verb = "maintenance",
    .arguments = "HOST on|off",
    .summary = "mute the alerts of a host that is worked on",
    .about = "No alert about the host is sent, and 'problems' leaves the host out, until it is off "
             "again. Nothing else changes: limits are set, SLAs follow their VMs, and "
             "events are stored. The host may be one that has not been seen yet.\n",
    .example = "daqsctl maintenance node7 on\n"
               "daqsctl maintenance node7 off\n",
    .least_arguments = 2,
    .most_arguments = 2,
    .kind = {ARGUMENT_HOST, ARGUMENT_SWITCH},
    .run = cmd_maintenance,
    .no_table = COMMAND_WORDS,
};
