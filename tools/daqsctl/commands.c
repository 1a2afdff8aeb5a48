#include "tools/daqsctl/daqsctl.h"

#define SLA_OPTIONS (OPTION_MAX | OPTION_WEIGHT | OPTION_FORCE | OPTION_DRY_RUN)
#define SPAN_OPTIONS (OPTION_SINCE | OPTION_UNTIL | OPTION_STEP)

#define WORDS "it answers in words"

const struct command commands[] = {
    {"set-sla", "HOST VM [RATE|none] [--max RATE|none] [--weight N] [--force] [--dry-run]",
     "guarantee a VM at least RATE, hold it to at most --max, weigh it; none takes either away",
     "daqsctl set-sla node1 db1 10Gbit", 2, 3, SLA_OPTIONS, cmd_set_sla,
     WORDS "; list-sla has a table"},
    {"unset-sla", "HOST VM", "take a VM's SLA away", "daqsctl unset-sla node1 db1", 2, 2, 0,
     cmd_unset_sla, WORDS "; list-sla has a table"},
    {"list-sla", "[HOST]", "the SLAs, with who set them and when", "daqsctl -o csv list-sla", 0, 1,
     0, cmd_list_sla, NULL},
    {"export", "", "the SLAs as a file that apply reads", "daqsctl export > slas.ini", 0, 0, 0,
     cmd_export, "it writes the INI file that apply reads; list-sla has a table"},
    {"apply", "FILE [--prune] [--force] [--dry-run]",
     "make the SLAs what a file says; --prune: and no others", "daqsctl apply slas.ini --dry-run",
     1, 1, OPTION_PRUNE | OPTION_FORCE | OPTION_DRY_RUN, cmd_apply, NULL},
    {"audit", "[HOST [VM]] [--since 30d] [--until TIME]", "who changed what",
     "daqsctl audit node1 db1", 0, 2, OPTION_SINCE | OPTION_UNTIL, cmd_audit, NULL},
    {"fit", "RATE",
     "uplinks with room for another guarantee, most room first; none: says so, and exits with 0",
     "daqsctl fit 2Gbit", 1, 1, 0, cmd_fit, NULL},
    {"hosts", "", "the hosts and their uplinks", "daqsctl hosts", 0, 0, 0, cmd_hosts, NULL},
    {"vms", "[HOST]", "the VMs: usage, limit, SLA, state and why", "daqsctl vms node1", 0, 1, 0,
     cmd_vms, NULL},
    {"explain", "HOST VM", "why a VM has the limit it has", "daqsctl explain node1 db1", 2, 2, 0,
     cmd_explain, WORDS "; vms has a table"},
    {"set-policy", "HOST[/UPLINK] minimum|fair|weighted|off|default",
     "how an uplink is shared; default: as configured", "daqsctl set-policy node1/ens6f1np1 fair",
     2, 2, 0, cmd_set_policy, WORDS},
    {"history", "HOST VM [--since 1h] [--until TIME] [--step 10s]",
     "a VM's usage, limit and demand over time",
     "daqsctl -o csv history node1 db1 --since 30m --step 10s", 2, 2, SPAN_OPTIONS, cmd_history,
     NULL},
    {"events", "[HOST [VM]] [--since 1d] [--until TIME] [--follow]",
     "what happened: hosts, guests, SLAs, violations; --follow: what comes from now on, or since "
     "--since",
     "daqsctl -o json events node1 --follow", 0, 2, OPTION_SINCE | OPTION_UNTIL | OPTION_FOLLOW,
     cmd_events, NULL},
    {"report", "[HOST [VM]] [--since 30d] [--until TIME] [--by vm|host|fleet]",
     "how well guarantees were kept, and bytes moved",
     "daqsctl -o csv report --since 2026-10-01 --until 2026-11-01", 0, 2,
     OPTION_SINCE | OPTION_UNTIL | OPTION_BY, cmd_report, NULL},
    {"backup", "FILE", "a copy of the controller's database, made while it runs, on its machine",
     "daqsctl backup /var/backups/daqs-monday.db", 1, 1, 0, cmd_backup, WORDS},
    {"keygen", "[FILE]", "make a key to talk to a controller over the network with",
     "daqsctl keygen", 0, 1, 0, cmd_keygen, WORDS},
    {"enroll", "NAME KEY [--role agent|operator|viewer] [--force] | -",
     "let in a host's key, or with --role an operator's or viewer's; --force: for the one before; "
     "-: lines NAME KEY [ROLE]",
     "daqsctl enroll node1 f3OSJ0Zm0oVV2rLN3QmwP8f4dOGDn8m2eYBnGWcVCkY=", 1, 2,
     OPTION_ROLE | OPTION_FORCE, cmd_enroll, WORDS "; peers has a table"},
    {"revoke", "NAME", "let a key in no more, and end its connection", "daqsctl revoke node1", 1, 1,
     0, cmd_revoke, WORDS "; peers has a table"},
    {"peers", "", "whose keys are let in, and who was not let in lately", "daqsctl peers", 0, 0, 0,
     cmd_peers, NULL},
    {"status", "", "the controller's own health", "daqsctl status", 0, 0, 0, cmd_status, NULL},
    {"version", "", "the versions of daqsctl and the controller", "daqsctl version", 0, 0, 0,
     cmd_version, WORDS},
    {0},
};

enum exit_status command_check(const struct command *command, const struct command_line *line)
{
    if (line->arguments < command->least_arguments || line->arguments > command->most_arguments ||
        (line->given & ~command->options))
        return complain(EXIT_USAGE, "usage: daqsctl %s %s", command->verb, command->usage);
    if (command->no_table && line->output != OUTPUT_TABLE)
        return complain(EXIT_USAGE, "%s takes no -o %s: %s", command->verb,
                        line->output == OUTPUT_JSON ? "json" : "csv", command->no_table);
    return EXIT_DONE;
}
