/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "tools/daqsctl/daqsctl.h"

/* Parses a rate. "none" becomes 0, which is not a valid rate, on the wire. */
static int read_rate(const char *text, bool zero_is_none, daqs_bps *ret, struct daqs_error *err)
{
    if (strcmp(text, "none") != 0 && !(zero_is_none && strcmp(text, "0") == 0))
        return daqs_rate_parse(text, ret, err);
    *ret = 0;
    return DAQS_OK;
}

enum exit_status cmd_set_sla(const struct command_line *line)
{
    struct daqs_error err = {0};
    struct wire_request request = wire_request_of(WIRE_SET_SLA);
    request.host = line->argument[0];
    request.vm = line->argument[1];
    request.force = line->given & OPTION_FORCE;
    request.dry_run = line->given & OPTION_DRY_RUN;
    if (line->arguments < 3 && !(line->given & (OPTION_MAX | OPTION_WEIGHT)))
        return complain(EXIT_USAGE, "set-sla needs a RATE to guarantee, --max or --weight");
    if (line->arguments == 3 && read_rate(line->argument[2], true, &request.min, &err) != DAQS_OK)
        return complain(EXIT_USAGE, "%s", err.text);
    if (line->max && read_rate(line->max, false, &request.max, &err) != DAQS_OK)
        return complain(EXIT_USAGE, "--max: %s", err.text);
    if (line->weight) {
        char *end = NULL;
        unsigned long weight = strtoul(line->weight, &end, 10);
        if (strspn(line->weight, "0123456789") != strlen(line->weight) || end == line->weight ||
            weight == 0 || weight > WIRE_WEIGHT_MAX)
            return complain(EXIT_USAGE, "--weight takes a whole number from 1 to %u",
                            WIRE_WEIGHT_MAX);
        request.weight = (uint32_t)weight;
    }
    return request_and_print(line, &request);
}

enum exit_status cmd_unset_sla(const struct command_line *line)
{
    struct wire_request request = wire_request_of(WIRE_UNSET_SLA);
    request.host = line->argument[0];
    request.vm = line->argument[1];
    return request_and_print(line, &request);
}

enum exit_status cmd_list_sla(const struct command_line *line)
{
    struct wire_request request = wire_request_of(WIRE_LIST_SLA);
    request.host = line->arguments > 0 ? line->argument[0] : "";
    return request_and_print(line, &request);
}

enum exit_status cmd_audit(const struct command_line *line)
{
    struct wire_request request = wire_request_of(WIRE_AUDIT);
    enum exit_status status = read_span(line, &request);
    if (status != EXIT_DONE)
        return status;
    request.host = line->arguments > 0 ? line->argument[0] : "";
    request.vm = line->arguments > 1 ? line->argument[1] : "";
    return request_and_print(line, &request);
}

enum exit_status cmd_fit(const struct command_line *line)
{
    struct daqs_error err = {0};
    struct wire_request request = wire_request_of(WIRE_FIT);
    if (daqs_rate_parse(line->argument[0], &request.min, &err) != DAQS_OK)
        return complain(EXIT_USAGE, "%s", err.text);
    return request_and_print(line, &request);
}
