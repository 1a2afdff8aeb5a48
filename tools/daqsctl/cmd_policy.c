/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "shared/base/cleanup.h"
#include "tools/daqsctl/address.h"

/* Splits at the first slash, because the names of uplinks may contain slashes. */
static enum exit_status cmd_set_policy(const struct command_line *line)
{
    struct wire_request request = wire_request_of(WIRE_SET_POLICY);
    char *host DAQS_AUTO_FREE = strdup(line->argument[0]);
    char *slash = host ? strchr(host, '/') : NULL;
    if (!host)
        return complain(EXIT_FAILED, "out of memory");
    if (slash) {
        *slash = '\0';
        request.set_policy.uplink = slash + 1;
    }
    if (slash && !*request.set_policy.uplink)
        return complain(EXIT_USAGE, "the uplink is missing after the /");
    request.set_policy.host = host;
    request.set_policy.mode = line->argument[1];
    return request_and_print(line, &request);
}

const struct command command_set_policy = {
    .verb = "set-policy",
    .arguments = "HOST[/UPLINK] minimum|fair|weighted|off|default",
    .summary = "how an uplink is shared; default: as configured",
    .about = "minimum keeps guarantees and shares the rest by weight, fair divides a full uplink "
             "evenly and weighted by weight, both without guarantees; off only measures. Without "
             "/UPLINK it sets all uplinks of the host.\n",
    .example = "daqsctl set-policy node1/ens6f1np1 fair\n"
               "daqsctl set-policy node1 default\n",
    .least_arguments = 2,
    .most_arguments = 2,
    .kind = {ARGUMENT_UPLINK, ARGUMENT_MODE},
    .run = cmd_set_policy,
    .no_table = COMMAND_WORDS,
};

static enum exit_status cmd_explain(const struct command_line *line)
{
    struct wire_request request = wire_request_of(WIRE_EXPLAIN);
    struct address address;
    const enum exit_status status = address_vm(line, &request, &address);
    return status == EXIT_DONE ? request_and_print(line, &request) : status;
}

const struct command command_explain = {
    .verb = "explain",
    .arguments = "[HOST] VM",
    .summary = "what is wrong with a VM, and why it has its limit",
    .about = "First the problems, one per line; for a guarantee that is not met: since when, the "
             "rates, the cause and what to do. Then the VM's demand and guarantee, which VMs yield "
             "to which, and what prevents its limit from being set. VM alone is a name or a UUID "
             "that one VM has.\n",
    .example = "daqsctl explain node1 db1\n"
               "daqsctl explain db1\n",
    .least_arguments = 1,
    .most_arguments = 2,
    .kind = {ARGUMENT_HOST, ARGUMENT_VM},
    .run = cmd_explain,
    .no_table = COMMAND_WORDS "; vms has a table",
};
