/* SPDX-License-Identifier: Apache-2.0 */
#include "shared/base/clock.h"
#include "shared/base/time_text.h"
#include "tools/daqsctl/address.h"
#include "tools/daqsctl/follow.h"
#include "tools/daqsctl/request.h"

int read_time(const struct command_line *line, const char *text, int64_t now_ms, int64_t *ret_ms,
              struct daqs_error *err)
{
    return line->local ? daqs_time_parse_local(text, now_ms, ret_ms, err)
                       : daqs_time_parse(text, now_ms, ret_ms, err);
}

enum exit_status read_span(const struct command_line *line, struct wire_request *request)
{
    struct daqs_error err = {0};
    int64_t now_ms = daqs_wall_ms(daqs_clock_system());
    bool following = line->given & OPTION_FOLLOW;
    const char *since = following ? "now" : command_of_verb(line->commands, line->verb)->since;
    const char *until = line->until ? line->until : "now";
    since = line->since ? line->since : since;
    if (read_time(line, since, now_ms, &request->period.since_ms, &err) != DAQS_OK)
        return complain(EXIT_USAGE, "--since: %s", err.text);
    if (read_time(line, until, now_ms, &request->period.until_ms, &err) != DAQS_OK)
        return complain(EXIT_USAGE, "--until: %s", err.text);
    if (request->period.until_ms == 0)
        request->period.until_ms = 1; /* 0 means "now" on the wire */
    return EXIT_DONE;
}

static enum exit_status cmd_events(const struct command_line *line)
{
    struct wire_request request = wire_request_of(WIRE_EVENTS);
    bool following = line->given & OPTION_FOLLOW;
    if (following && line->until)
        return complain(EXIT_USAGE, "--follow and --until exclude each other");
    struct address address;
    enum exit_status status = read_span(line, &request);
    if (status == EXIT_DONE)
        status = address_any(line, &request, &address);
    if (status != EXIT_DONE)
        return status;
    request.events.level = line->level ? line->level : "";
    request.events.kind = line->kind ? line->kind : "";
    return following ? follow_events(line, &request) : request_and_print(line, &request);
}

const struct command command_events = {
    .verb = "events",
    .arguments = "[HOST [VM]]",
    .summary = "what happened: hosts, guests, SLAs, violations",
    .about =
        "Oldest first. --follow goes on until Ctrl-C, or until the controller goes away (exit "
        "status 3). In a group of controllers it prints those of all members, and names one that "
        "does not answer. With -o json and --follow, each line is an object. The guide "
        "events.md describes the kinds. One word is a host, or else the name or the UUID of a "
        "VM.\n",
    .example = "daqsctl events node1 --since 7d\n"
               "daqsctl events --level warning --kind violation-start\n"
               "daqsctl -o json events --follow\n",
    .most_arguments = 2,
    .kind = {ARGUMENT_HOST, ARGUMENT_VM},
    .options = OPTION_SINCE | OPTION_UNTIL | OPTION_FOLLOW | OPTION_LEVEL | OPTION_KIND,
    .run = cmd_events,
    .since = "1d",
};
