/* SPDX-License-Identifier: Apache-2.0 */
#include "shared/base/duration.h"
#include "tools/daqsctl/daqsctl.h"

enum exit_status cmd_history(const struct command_line *line)
{
    struct daqs_error err = {0};
    struct wire_request request = wire_request_of(WIRE_HISTORY);
    enum exit_status status = read_span(line, &request);
    if (status != EXIT_DONE)
        return status;
    request.host = line->argument[0];
    request.vm = line->argument[1];
    if (line->step && daqs_duration_parse(line->step, &request.step_ms, &err) != DAQS_OK)
        return complain(EXIT_USAGE, "--step: %s", err.text);
    if (line->step && (request.step_ms < 1000 || request.step_ms % 1000 != 0))
        return complain(EXIT_USAGE, "--step takes whole seconds, 1s at least");
    return request_and_print(line, &request);
}
