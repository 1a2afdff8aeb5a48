/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/daqsctl/daqsctl.h"

static enum exit_status cmd_members(const struct command_line *line)
{
    struct wire_request request = wire_request_of(WIRE_MEMBERS);
    return request_and_print(line, &request);
}

const struct command command_members = {
    .verb = "members",
    .arguments = "",
    .summary = "the controllers of the group, as the one that is asked sees them",
    .about =
        "Life: alive, lost (it has shown no sign of life for 'lost_after'), or unproven (the asked "
        "member has seen none of it since its own start, or since the database answers again). "
        "State: starting, serving, leaving. Hosts: those that it serves. Asked: yes for the member "
        "that answers.\n",
    .example = "daqsctl members\n"
               "daqsctl -o json members | jq '.[] | select(.life != \"alive\").member'\n",
    .run = cmd_members,
};

static enum exit_status cmd_drain(const struct command_line *line)
{
    struct wire_request request = wire_request_of(WIRE_DRAIN);
    request.drain.member = line->arguments > 0 ? line->argument[0] : "";
    return request_and_print(line, &request);
}

const struct command command_drain = {
    .verb = "drain",
    .arguments = "[MEMBER]",
    .summary = "send the hosts of a member of the group to others, then end it",
    .about = "For an upgrade, or before its machine is stopped. Without MEMBER, the one that is "
             "asked; others must have an address for members ('peer'). No limit lapses. SIGTERM "
             "does the same. It ends when the last host has gone, at the latest after 50 s. It is "
             "refused while no other member serves hosts.\n",
    .example = "daqsctl drain c2\n"
               "daqsctl --controller tcp://c2.example.org:7421 drain\n",
    .most_arguments = 1,
    .kind = {ARGUMENT_MEMBER},
    .run = cmd_drain,
    .no_table = COMMAND_WORDS,
};
