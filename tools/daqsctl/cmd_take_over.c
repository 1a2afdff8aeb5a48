/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/daqsctl/daqsctl.h"

static enum exit_status cmd_take_over(const struct command_line *line)
{
    struct wire_request request = wire_request_of(WIRE_TAKE_OVER);
    request.take_over.dry_run = line->given & OPTION_DRY_RUN;
    return request_and_print(line, &request);
}

const struct command command_take_over = {
    .verb = "take-over",
    .arguments = "",
    .summary = "make all agents obey this controller",
    .about =
        "This is for hosts that disobey, because another controller was newer or a clock was once "
        "ahead, and for a clock that is doubtful although it is right. The controller takes an "
        "epoch above the highest that agents have obeyed, and trusts its clock from now on: "
        "check that first (date), because what is too old by it is deleted. Stop any "
        "other controller first. Epochs more than 100 years ahead of the clock are left out.\n",
    .example = "daqsctl take-over --dry-run\n"
               "daqsctl take-over\n",
    .options = OPTION_DRY_RUN,
    .run = cmd_take_over,
    .no_table = COMMAND_WORDS,
};
