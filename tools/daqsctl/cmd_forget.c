/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/daqsctl/daqsctl.h"

static enum exit_status cmd_forget(const struct command_line *line)
{
    struct wire_request request = wire_request_of(WIRE_FORGET);
    request.forget.host = line->argument[0];
    request.forget.dry_run = line->given & OPTION_DRY_RUN;
    return request_and_print(line, &request);
}

const struct command command_forget = {
    .verb = "forget",
    .arguments = "HOST",
    .summary = "remove a host that is gone, with its SLAs, its key and its settings",
    .about =
        "The host must be away. Its modes (set-policy) and its maintenance are removed, too. Its "
        "history and the audit trail stay. With --dry-run, daqsctl only prints what would be "
        "removed.\n",
    .example = "daqsctl forget node7 --dry-run\n"
               "daqsctl forget node7\n",
    .least_arguments = 1,
    .most_arguments = 1,
    .kind = {ARGUMENT_HOST},
    .options = OPTION_DRY_RUN,
    .run = cmd_forget,
    .no_table = COMMAND_WORDS,
};
