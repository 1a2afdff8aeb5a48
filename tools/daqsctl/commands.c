#include "tools/daqsctl/daqsctl.h"

#define SLA_OPTIONS (OPTION_MAX | OPTION_WEIGHT | OPTION_FORCE | OPTION_DRY_RUN)
#define SPAN_OPTIONS (OPTION_SINCE | OPTION_UNTIL | OPTION_STEP)

const struct command commands[] = {
    {"set-sla", "HOST VM [RATE] [--max RATE] [--weight N] [--force] [--dry-run]",
     "guarantee a VM at least RATE, hold it to at most --max, weigh it",
     "daqsctl set-sla node1 db1 10Gbit", 2, 3, SLA_OPTIONS, cmd_set_sla},
    {"unset-sla", "HOST VM", "take a VM's SLA away", "daqsctl unset-sla node1 db1", 2, 2, 0,
     cmd_unset_sla},
    {"list-sla", "[HOST]", "the SLAs, with who set them and when", "daqsctl -o csv list-sla", 0, 1,
     0, cmd_list_sla},
    {"hosts", "", "the hosts and their uplinks", "daqsctl hosts", 0, 0, 0, cmd_hosts},
    {"vms", "[HOST]", "the VMs: usage, limit, SLA, state and why", "daqsctl vms node1", 0, 1, 0,
     cmd_vms},
    {"explain", "HOST VM", "why a VM has the limit it has", "daqsctl explain node1 db1", 2, 2, 0,
     cmd_explain},
    {"set-policy", "HOST[/UPLINK] minimum|fair|weighted|off|default",
     "how an uplink is shared; default: as configured", "daqsctl set-policy node1/ens6f1np1 fair",
     2, 2, 0, cmd_set_policy},
    {"history", "HOST VM [--since 1h] [--until TIME] [--step 10s]",
     "a VM's usage, limit and demand over time",
     "daqsctl -o csv history node1 db1 --since 30m --step 10s", 2, 2, SPAN_OPTIONS, cmd_history},
    {"events", "[HOST [VM]] [--since 1d] [--until TIME] [--follow]",
     "what happened: hosts, guests, SLAs, violations", "daqsctl -o json events node1 --follow", 0,
     2, OPTION_SINCE | OPTION_UNTIL | OPTION_FOLLOW, cmd_events},
    {"status", "", "the controller's own health", "daqsctl status", 0, 0, 0, cmd_status},
    {"version", "", "the versions of daqsctl and the controller", "daqsctl version", 0, 0, 0,
     cmd_version},
    {0},
};
