/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "tools/daqsctl/address.h"
#include "tools/daqsctl/daqsctl.h"

/* Parses a rate. "none" becomes 0, which is not a valid rate, on the wire. */
static int read_rate(const char *text, bool zero_is_none, daqs_bps *ret, struct daqs_error *err)
{
    if (strcmp(text, "none") != 0 && !(zero_is_none && strcmp(text, "0") == 0))
        return daqs_rate_parse(text, ret, err);
    *ret = 0;
    return DAQS_OK;
}

static enum exit_status cmd_set_sla(const struct command_line *line)
{
    struct daqs_error err = {0};
    struct wire_request request = wire_request_of(WIRE_SET_SLA);
    request.set_sla.host = line->argument[0];
    request.set_sla.vm = line->argument[1];
    request.set_sla.force = line->given & OPTION_FORCE;
    request.set_sla.dry_run = line->given & OPTION_DRY_RUN;
    if (line->arguments < 3 && !(line->given & (OPTION_MAX | OPTION_WEIGHT)))
        return complain(EXIT_USAGE, "set-sla needs a RATE, --max or --weight");
    if (line->arguments == 3 &&
        read_rate(line->argument[2], true, &request.set_sla.min, &err) != DAQS_OK)
        return complain(EXIT_USAGE, "%s", err.text);
    if (line->max && read_rate(line->max, false, &request.set_sla.max, &err) != DAQS_OK)
        return complain(EXIT_USAGE, "--max: %s", err.text);
    if (line->weight) {
        char *end = NULL;
        unsigned long weight = strtoul(line->weight, &end, 10);
        if (strspn(line->weight, "0123456789") != strlen(line->weight) || end == line->weight ||
            weight == 0 || weight > WIRE_WEIGHT_MAX)
            return complain(EXIT_USAGE, "--weight takes a whole number from 1 to %u",
                            WIRE_WEIGHT_MAX);
        request.set_sla.weight = (uint32_t)weight;
    }
    return request_and_print(line, &request);
}

const struct command command_set_sla = {
    .verb = "set-sla",
    .arguments = "HOST VM [RATE|none]",
    .summary = "set a VM's guarantee, ceiling and weight",
    .about =
        "Guarantees the VM at least RATE, limits it to at most --max, and sets its weight. "
        "Parts that are not given stay unchanged; none (or 0 for RATE) removes a part. RATE may be "
        "left out with --max or --weight. A guarantee that the uplink cannot carry next to the "
        "others is rejected, with the sum. A host or VM that has not been seen yet "
        "is accepted, with a note: the SLA takes effect when it appears. An SLA that the VM has "
        "already "
        "is unchanged, without an entry in the audit trail.\n",
    .example = "daqsctl set-sla node1 db1 10Gbit\n"
               "daqsctl set-sla node1 db1 2Gbit --max 5Gbit --weight 3\n"
               "daqsctl set-sla node1 db1 --max none\n",
    .least_arguments = 2,
    .most_arguments = 3,
    .kind = {ARGUMENT_HOST, ARGUMENT_VM, ARGUMENT_RATE},
    .options = OPTION_MAX | OPTION_WEIGHT | OPTION_FORCE | OPTION_DRY_RUN,
    .run = cmd_set_sla,
    .no_table = COMMAND_WORDS "; list-sla has a table",
};

static enum exit_status cmd_unset_sla(const struct command_line *line)
{
    struct wire_request request = wire_request_of(WIRE_UNSET_SLA);
    struct address address;
    const enum exit_status status = address_vm(line, &request, &address);
    return status == EXIT_DONE ? request_and_print(line, &request) : status;
}

const struct command command_unset_sla = {
    .verb = "unset-sla",
    .arguments = "[HOST] VM",
    .summary = "remove a VM's SLA",
    .about = "It then has no guarantee, no ceiling and the weight 1. VM alone is a name or a UUID "
             "that one VM has.\n",
    .example = "daqsctl unset-sla node1 db1\n",
    .least_arguments = 1,
    .most_arguments = 2,
    .kind = {ARGUMENT_HOST, ARGUMENT_VM},
    .run = cmd_unset_sla,
    .no_table = COMMAND_WORDS "; list-sla has a table",
};

static enum exit_status cmd_list_sla(const struct command_line *line)
{
    struct wire_request request = wire_request_of(WIRE_LIST_SLA);
    request.list.host = line->arguments > 0 ? line->argument[0] : "";
    return request_and_print(line, &request);
}

const struct command command_list_sla = {
    .verb = "list-sla",
    .arguments = "[HOST]",
    .summary = "the SLAs, with who set them and when",
    .about = "min is the guarantee, max the ceiling.\n",
    .example = "daqsctl list-sla node1\n"
               "daqsctl -o csv list-sla\n",
    .most_arguments = 1,
    .kind = {ARGUMENT_HOST},
    .run = cmd_list_sla,
};

static enum exit_status cmd_audit(const struct command_line *line)
{
    struct wire_request request = wire_request_of(WIRE_AUDIT);
    enum exit_status status = read_span(line, &request);
    if (status != EXIT_DONE)
        return status;
    request.period.host = line->arguments > 0 ? line->argument[0] : "";
    request.period.vm = line->arguments > 1 ? line->argument[1] : "";
    return request_and_print(line, &request);
}

const struct command command_audit = {
    .verb = "audit",
    .arguments = "[HOST [VM]]",
    .summary = "who changed what",
    .about = "Every change of an SLA, a policy, an enrolled key or a host's maintenance, with the "
             "values "
             "before and after, and every take-over. For a policy, "
             "the column vm has the uplink.\n",
    .example = "daqsctl audit node1 db1\n"
               "daqsctl -o csv audit --since 2026-10-01 --until 2026-11-01\n",
    .most_arguments = 2,
    .kind = {ARGUMENT_HOST, ARGUMENT_VM},
    .options = OPTION_SINCE | OPTION_UNTIL,
    .run = cmd_audit,
    .since = "30d",
};

static enum exit_status cmd_fit(const struct command_line *line)
{
    struct daqs_error err = {0};
    struct wire_request request = wire_request_of(WIRE_FIT);
    if (daqs_rate_parse(line->argument[0], &request.fit.rate, &err) != DAQS_OK)
        return complain(EXIT_USAGE, "%s", err.text);
    return request_and_print(line, &request);
}

const struct command command_fit = {
    .verb = "fit",
    .arguments = "RATE",
    .summary = "uplinks with room for another guarantee, most room first",
    .about =
        "The free rate is the capacity less headroom, headers and the guarantees of the VMs there "
        "and of those of the host that have not been seen. Uplinks whose mode keeps no guarantees "
        "(off, fair, weighted) are left out. If there is no room anywhere, a "
        "message on standard error says so, and the exit status is 0. Of more than 2000 "
        "uplinks, those with most room are listed.\n",
    .example = "daqsctl fit 2Gbit\n",
    .least_arguments = 1,
    .most_arguments = 1,
    .kind = {ARGUMENT_RATE},
    .run = cmd_fit,
};
