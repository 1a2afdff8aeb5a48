/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "shared/base/version.h"
#include "tools/daqsctl/daqsctl.h"

enum exit_status cmd_hosts(const struct command_line *line)
{
    struct wire_request request = wire_request_of(WIRE_HOSTS);
    return request_and_print(line, &request);
}

enum exit_status cmd_vms(const struct command_line *line)
{
    struct wire_request request = wire_request_of(WIRE_VMS);
    request.host = line->arguments > 0 ? line->argument[0] : "";
    return request_and_print(line, &request);
}

enum exit_status cmd_problems(const struct command_line *line)
{
    struct wire_request request = wire_request_of(WIRE_PROBLEMS);
    request.host = line->arguments > 0 ? line->argument[0] : "";
    return request_and_find(line, &request);
}

enum exit_status cmd_status(const struct command_line *line)
{
    struct wire_request request = wire_request_of(WIRE_STATUS);
    return request_and_print(line, &request);
}

enum exit_status cmd_version(const struct command_line *line)
{
    struct wire_request request = wire_request_of(WIRE_VERSION);
    (void)printf("daqsctl %s, controller ", DAQS_VERSION);
    (void)fflush(stdout);
    enum exit_status status = request_and_print(line, &request);
    if (status != EXIT_DONE)
        (void)printf("not reached\n");
    return status;
}
