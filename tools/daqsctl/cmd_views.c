/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "shared/base/version.h"
#include "tools/daqsctl/daqsctl.h"

static enum exit_status cmd_hosts(const struct command_line *line)
{
    struct wire_request request = wire_request_of(WIRE_HOSTS);
    return request_and_print(line, &request);
}

const struct command command_hosts = {
    .verb = "hosts",
    .arguments = "",
    .summary = "the hosts and their uplinks",
    .about =
        "A row for each uplink of each host that has been heard, has an SLA or has a key. State: "
        "up, away (its agent has not reported lately), disobeys (it obeys a higher epoch), or "
        "unknown (a member of the group that is cut off from the database may serve it). Missed: "
        "VMs whose guarantee is missed now. Mode: how the uplink is shared; off, fair and weighted "
        "enforce no guarantee. Maintenance: since when the host's alerts are muted. Member: in a "
        "group, the one that serves the host.\n",
    .example = "daqsctl hosts\n",
    .run = cmd_hosts,
};

static enum exit_status cmd_vms(const struct command_line *line)
{
    struct wire_request request = wire_request_of(WIRE_VMS);
    request.list.host = line->arguments > 0 ? line->argument[0] : "";
    return request_and_print(line, &request);
}

const struct command command_vms = {
    .verb = "vms",
    .arguments = "[HOST]",
    .summary = "the VMs: usage, limit, SLA, state and why",
    .about =
        "A row for each nic, or for each SLA on a host that has not been heard. State: ok, capped "
        "(it sends at least 95 % of its limit), waiting "
        "(no answer yet), frozen (its file systems are frozen, as for a backup) or busy (another "
        "client holds its guest agent): it is assumed to send as before; unresponsive (its "
        "guest agent does not answer), unmanaged (measured, but no limit can be set), "
        "tampered (it undoes its limit, or hides what it sends), away (its host's agent has "
        "not reported lately), unknown (a member of the group that is cut off from the database "
        "may serve its host). A VF that a VM uses and that no uplink covers has a row, too, "
        "with its PCI address: unwatched. The guide faq.md describes what to do about each.\n",
    .example = "daqsctl vms node1\n"
               "daqsctl -o json vms | jq 'map(select(.state == \"tampered\"))'\n",
    .most_arguments = 1,
    .kind = {ARGUMENT_HOST},
    .run = cmd_vms,
};

static enum exit_status cmd_labels(const struct command_line *line)
{
    struct wire_request request = wire_request_of(WIRE_LABELS);
    request.list.host = line->arguments > 0 ? line->argument[0] : "";
    return request_and_print(line, &request);
}

const struct command command_labels = {
    .verb = "labels",
    .arguments = "[HOST]",
    .summary = "what those who made the VMs say of them: titles and labels",
    .about =
        "A row for each label of each VM, such as nova-flavor, pve-tag or sla-class, as libvirt or "
        "Proxmox VE has it. A VM without labels has one row, with an empty key. '-': not known, "
        "because the agent is older, or its source says nothing. The guide labels.md lists them.\n",
    .example = "daqsctl labels node1\n"
               "daqsctl -o json labels | jq 'map(select(.key == \"nova-flavor\"))'\n",
    .most_arguments = 1,
    .kind = {ARGUMENT_HOST},
    .run = cmd_labels,
};

static enum exit_status cmd_find(const struct command_line *line)
{
    struct wire_request request = wire_request_of(WIRE_FIND);
    request.find.like = line->argument[0];
    return request_and_print(line, &request);
}

const struct command command_find = {
    .verb = "find",
    .arguments = "NAME",
    .summary = "where the hosts and VMs with a name or UUID are",
    .about =
        "A row for each host, without a VM, and for each VM. NAME may contain * (anything) and ? "
        "(one character); a UUID is given whole. VMs that have an SLA are found also if they "
        "are not on their host now.\n",
    .example = "daqsctl find db1\n"
               "daqsctl find 'db-*'\n",
    .least_arguments = 1,
    .most_arguments = 1,
    .run = cmd_find,
};

static enum exit_status cmd_problems(const struct command_line *line)
{
    struct wire_request request = wire_request_of(WIRE_PROBLEMS);
    request.list.host = line->arguments > 0 ? line->argument[0] : "";
    return request_and_find(line, &request);
}

const struct command command_problems = {
    .verb = "problems",
    .arguments = "[HOST]",
    .summary = "everything that is wrong now, worst first, with what to do",
    .about =
        "Guarantees that are not met, hosts that are away or obey another controller, VMs that do "
        "not answer, cannot be limited or tamper, uplinks that are oversubscribed or of unknown "
        "speed, SLAs that cannot follow their VMs, history that is not stored. Each has its cause, "
        "since when, and the next command. The exit status is 4 if there are any. Without HOST, "
        "problems of hosts in maintenance are left out, and these hosts are named.\n",
    .example = "daqsctl problems\n"
               "daqsctl -o json problems node1 | jq '.[].fix'\n",
    .most_arguments = 1,
    .kind = {ARGUMENT_HOST},
    .run = cmd_problems,
    .finds = true,
};

static enum exit_status cmd_status(const struct command_line *line)
{
    struct wire_request request = wire_request_of(WIRE_STATUS);
    return request_and_print(line, &request);
}

const struct command command_status = {
    .verb = "status",
    .arguments = "",
    .summary = "the controller's own health",
    .about = "Rows of a name and a value: whether history is stored and queries are answered, and "
             "counters since the start. In a group, hosts and VMs are those of all members, and "
             "each member has a row.\n",
    .example = "daqsctl status\n",
    .run = cmd_status,
};

static enum exit_status cmd_version(const struct command_line *line)
{
    struct wire_request request = wire_request_of(WIRE_VERSION);
    (void)printf("daqsctl %s, controller ", DAQS_VERSION);
    (void)fflush(stdout);
    enum exit_status status = request_and_print(line, &request);
    if (status != EXIT_DONE)
        (void)printf("not reached\n");
    return status;
}

const struct command command_version = {
    .verb = "version",
    .arguments = "",
    .summary = "the versions of daqsctl and the controller",
    .about = "--version prints the version of daqsctl alone, without a controller.\n",
    .example = "daqsctl version\n",
    .run = cmd_version,
    .no_table = COMMAND_WORDS,
};
