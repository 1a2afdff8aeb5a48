/* SPDX-License-Identifier: Apache-2.0 */
#include "shared/base/duration.h"
#include "tools/daqsctl/address.h"

static enum exit_status cmd_history(const struct command_line *line)
{
    struct daqs_error err = {0};
    struct wire_request request = wire_request_of(WIRE_HISTORY);
    struct address address;
    enum exit_status status = read_span(line, &request);
    if (status == EXIT_DONE)
        status = address_vm(line, &request, &address);
    if (status != EXIT_DONE)
        return status;
    if (line->step && daqs_duration_parse(line->step, &request.history.step_ms, &err) != DAQS_OK)
        return complain(EXIT_USAGE, "--step: %s", err.text);
    if (line->step && (request.history.step_ms < 1000 || request.history.step_ms % 1000 != 0))
        return complain(EXIT_USAGE, "--step takes whole seconds, at least 1s");
    return request_and_print(line, &request);
}

const struct command command_history = {
    .verb = "history",
    .arguments = "[HOST] VM",
    .summary = "a VM's usage, limit and demand over time",
    .about =
        "A row for each nic and step. Seconds are kept for a day, minutes for 30 days, hours "
        "for two years, unless the controller is configured otherwise. In a group, the members "
        "that have recorded the host are asked; if one does not answer, a line on standard "
        "error says what is missing, and the exit status is 4. VM alone is a name or a UUID that "
        "one "
        "VM has now.\n",
    .example = "daqsctl history node1 db1 --since 10m --step 10s\n"
               "daqsctl -o csv history node1 db1 --since 2026-11-01 --until 2026-11-08\n",
    .least_arguments = 1,
    .most_arguments = 2,
    .kind = {ARGUMENT_HOST, ARGUMENT_VM},
    .options = OPTION_SINCE | OPTION_UNTIL | OPTION_STEP,
    .run = cmd_history,
    .since = "1h",
};
