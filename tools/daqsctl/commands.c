/* SPDX-License-Identifier: Apache-2.0 */
/* The commands: one table for dispatch, help, usage and completion. */
#include <limits.h>

#include "tools/daqsctl/daqsctl.h"

#define WORDS "it answers in words"

const struct command commands[] = {
    {
        .verb = "set-sla",
        .arguments = "HOST VM [RATE|none]",
        .summary = "guarantee a VM at least RATE, hold it to at most --max, weigh it",
        .about =
            "What is not given stays as it was; none (or 0 for RATE) takes a part away. RATE may "
            "be left out with --max or --weight. A guarantee that the uplink cannot carry "
            "beside the others is refused, with the sum. A host or VM that has not been seen "
            "yet is accepted, with a note: the SLA takes effect when it appears.\n",
        .example = "daqsctl set-sla node1 db1 10Gbit\n"
                   "daqsctl set-sla node1 db1 2Gbit --max 5Gbit --weight 3\n"
                   "daqsctl set-sla node1 db1 --max none\n",
        .least_arguments = 2,
        .most_arguments = 3,
        .kind = {ARGUMENT_HOST, ARGUMENT_VM, ARGUMENT_RATE},
        .options = OPTION_MAX | OPTION_WEIGHT | OPTION_FORCE | OPTION_DRY_RUN,
        .run = cmd_set_sla,
        .no_table = WORDS "; list-sla has a table",
    },
    {
        .verb = "unset-sla",
        .arguments = "HOST VM",
        .summary = "take a VM's SLA away",
        .about = "It has no guarantee, no ceiling and the weight 1 from then on.\n",
        .example = "daqsctl unset-sla node1 db1\n",
        .least_arguments = 2,
        .most_arguments = 2,
        .kind = {ARGUMENT_HOST, ARGUMENT_VM},
        .run = cmd_unset_sla,
        .no_table = WORDS "; list-sla has a table",
    },
    {
        .verb = "list-sla",
        .arguments = "[HOST]",
        .summary = "the SLAs, with who set them and when",
        .about = "min is the guarantee, max the ceiling.\n",
        .example = "daqsctl list-sla node1\n"
                   "daqsctl -o csv list-sla\n",
        .most_arguments = 1,
        .kind = {ARGUMENT_HOST},
        .run = cmd_list_sla,
    },
    {
        .verb = "export",
        .arguments = "",
        .summary = "the SLAs as a file that apply reads",
        .about = "All of them, sorted, so that two exports can be compared.\n",
        .example = "daqsctl export > slas.ini\n",
        .run = cmd_export,
        .no_table = "it writes the INI file that apply reads; list-sla has a table",
    },
    {
        .verb = "apply",
        .arguments = "FILE",
        .summary = "make the SLAs what a file says; --prune: and no others",
        .about = "All that the file says or, if one line is wrong or does not fit, nothing. Prints "
                 "what changes (+ new, ~ changed, - taken away) and the counts. FILE is like what "
                 "export writes; - reads from standard input.\n",
        .example = "daqsctl apply slas.ini --dry-run\n"
                   "daqsctl apply slas.ini --prune\n",
        .least_arguments = 1,
        .most_arguments = 1,
        .kind = {ARGUMENT_FILE},
        .options = OPTION_PRUNE | OPTION_FORCE | OPTION_DRY_RUN,
        .run = cmd_apply,
    },
    {
        .verb = "audit",
        .arguments = "[HOST [VM]]",
        .summary = "who changed what",
        .about = "Every change of an SLA or a policy, with the values before and after. For a "
                 "policy the column vm has the uplink.\n",
        .example = "daqsctl audit node1 db1\n"
                   "daqsctl -o csv audit --since 2026-10-01 --until 2026-11-01\n",
        .most_arguments = 2,
        .kind = {ARGUMENT_HOST, ARGUMENT_VM},
        .options = OPTION_SINCE | OPTION_UNTIL,
        .run = cmd_audit,
        .since = "30d",
    },
    {
        .verb = "fit",
        .arguments = "RATE",
        .summary = "uplinks with room for another guarantee, most room first",
        .about = "What is free is the capacity less headroom and headers, less what is promised to "
                 "VMs there and to those of the host that have not been seen. If there is no room "
                 "anywhere, that is said on standard error, and the exit status is 0 all the "
                 "same. Of more than 2000 uplinks those with most room are listed.\n",
        .example = "daqsctl fit 2Gbit\n",
        .least_arguments = 1,
        .most_arguments = 1,
        .kind = {ARGUMENT_RATE},
        .run = cmd_fit,
    },
    {
        .verb = "hosts",
        .arguments = "",
        .summary = "the hosts and their uplinks",
        .about =
            "A row for each uplink. State: up, away (its agent has not been heard lately), or "
            "disobeys (it obeys a newer controller). Missed: VMs whose guarantee is missed now.\n",
        .example = "daqsctl hosts\n",
        .run = cmd_hosts,
    },
    {
        .verb = "problems",
        .arguments = "[HOST]",
        .summary = "everything that is wrong now, worst first, with what to do",
        .about =
            "Guarantees that are not met, hosts that are away or obey another controller, VMs "
            "that do not answer, cannot be limited or tamper, uplinks that are oversubscribed or "
            "of unknown speed, SLAs that cannot follow their VMs, history that is not kept. Each "
            "with its cause, since when, and the next command. Exit status 4 if there are any.\n",
        .example = "daqsctl problems\n"
                   "daqsctl -o json problems node1 | jq '.[].fix'\n",
        .most_arguments = 1,
        .kind = {ARGUMENT_HOST},
        .run = cmd_problems,
        .finds = true,
    },
    {
        .verb = "vms",
        .arguments = "[HOST]",
        .summary = "the VMs: usage, limit, SLA, state and why",
        .about =
            "A row for each nic. State: ok, capped (it sends at least 95 % of its limit), "
            "waiting (not heard from yet), frozen (its file systems are, as for a backup) or busy "
            "(another client holds its guest agent): it is taken to send as before; unresponsive "
            "(its guest agent does not answer), unmanaged (measured, but no limit can be set), "
            "tampered (it undoes its limit, or hides what it sends), away (its host's agent has "
            "not been heard lately). A VF that a VM uses and that no uplink covers has a row, too, "
            "with its PCI address: unwatched.\n",
        .example = "daqsctl vms node1\n"
                   "daqsctl -o json vms | jq 'map(select(.state == \"tampered\"))'\n",
        .most_arguments = 1,
        .kind = {ARGUMENT_HOST},
        .run = cmd_vms,
    },
    {
        .verb = "top",
        .arguments = "[HOST]",
        .summary = "the VMs on the whole terminal, again and again, busiest first",
        .about =
            "The bar shows how much of its uplink a nic uses, with a | where its guarantee ends. "
            "Keys: q quits, s sorts by the next column, r the other way round, / filters by "
            "names, + and - change the interval, arrows and PgUp, PgDn scroll, h shows all "
            "keys. If the controller goes away that is said on top, and what was last known "
            "stays until it is back. Needs a terminal.\n",
        .example = "daqsctl top\n"
                   "daqsctl top node1 --interval 5s\n",
        .most_arguments = 1,
        .kind = {ARGUMENT_HOST},
        .options = OPTION_INTERVAL,
        .run = cmd_top,
        .no_table = "it fills a terminal; vms has a table",
    },
    {
        .verb = "explain",
        .arguments = "HOST VM",
        .summary = "what is wrong with a VM, and why it has the limit it has",
        .about = "First what is wrong, a line each: a guarantee that is not met, since when, how "
                 "much of how much, the cause, what to do. Then what it wants, what it is "
                 "promised, who yields to whom, and what keeps its limit from being set.\n",
        .example = "daqsctl explain node1 db1\n",
        .least_arguments = 2,
        .most_arguments = 2,
        .kind = {ARGUMENT_HOST, ARGUMENT_VM},
        .run = cmd_explain,
        .no_table = WORDS "; vms has a table",
    },
    {
        .verb = "set-policy",
        .arguments = "HOST[/UPLINK] minimum|fair|weighted|off|default",
        .summary = "how an uplink is shared; default: as configured",
        .about =
            "minimum keeps guarantees and shares the rest by weight, fair splits a full uplink "
            "evenly and weighted by weight, both without guarantees; off only measures. "
            "Without /UPLINK it is about all uplinks of the host.\n",
        .example = "daqsctl set-policy node1/ens6f1np1 fair\n"
                   "daqsctl set-policy node1 default\n",
        .least_arguments = 2,
        .most_arguments = 2,
        .kind = {ARGUMENT_UPLINK, ARGUMENT_MODE},
        .run = cmd_set_policy,
        .no_table = WORDS,
    },
    {
        .verb = "history",
        .arguments = "HOST VM",
        .summary = "a VM's usage, limit and demand over time",
        .about = "A row for each nic and step. Seconds are kept for a day, minutes for 30 days, "
                 "hours for two years, unless the controller is configured otherwise.\n",
        .example = "daqsctl history node1 db1 --since 10m --step 10s\n"
                   "daqsctl -o csv history node1 db1 --since 2026-11-01 --until 2026-11-08\n",
        .least_arguments = 2,
        .most_arguments = 2,
        .kind = {ARGUMENT_HOST, ARGUMENT_VM},
        .options = OPTION_SINCE | OPTION_UNTIL | OPTION_STEP,
        .run = cmd_history,
        .since = "1h",
    },
    {
        .verb = "events",
        .arguments = "[HOST [VM]]",
        .summary = "what happened: hosts, guests, SLAs, violations",
        .about = "The oldest first. What does not fit on a line of the terminal goes on below. "
                 "--follow goes on until Ctrl-C, or until the controller goes "
                 "away (exit status 3). With -o json and --follow: an object a line.\n",
        .example = "daqsctl events node1 --since 7d\n"
                   "daqsctl events --level warning --kind violation-start\n"
                   "daqsctl -o json events --follow\n",
        .most_arguments = 2,
        .kind = {ARGUMENT_HOST, ARGUMENT_VM},
        .options = OPTION_SINCE | OPTION_UNTIL | OPTION_FOLLOW | OPTION_LEVEL | OPTION_KIND,
        .run = cmd_events,
        .since = "1d",
    },
    {
        .verb = "report",
        .arguments = "[HOST [VM]]",
        .summary = "how well guarantees were kept, and bytes moved",
        .about = "Seconds in which the guarantee was met, missed although the VM wanted more, "
                 "idle, or not known; attainment is what was met of what was met or missed.\n",
        .example = "daqsctl report node1 db1 --since 7d\n"
                   "daqsctl -o csv report --since 2026-10-01 --until 2026-11-01\n",
        .most_arguments = 2,
        .kind = {ARGUMENT_HOST, ARGUMENT_VM},
        .options = OPTION_SINCE | OPTION_UNTIL | OPTION_BY,
        .run = cmd_report,
        .since = "30d",
    },
    {
        .verb = "backup",
        .arguments = "FILE",
        .summary = "a copy of the controller's database, made while it runs",
        .about =
            "It is written on the controller's machine, by its user, as the database is at one "
            "moment. Nothing is overwritten. The controller's key is not in it.\n",
        .example = "daqsctl backup /var/backups/daqs/monday.db\n",
        .least_arguments = 1,
        .most_arguments = 1,
        .kind = {ARGUMENT_FILE},
        .run = cmd_backup,
        .no_table = WORDS,
    },
    {
        .verb = "keygen",
        .arguments = "[FILE]",
        .summary = "make a key to talk to a controller over the network with",
        .about = "Without FILE it is ~/.config/daqs/daqsctl.key. Prints the public key, which is "
                 "written to FILE.pub too. Nothing is overwritten.\n",
        .example = "daqsctl keygen\n",
        .most_arguments = 1,
        .kind = {ARGUMENT_FILE},
        .run = cmd_keygen,
        .no_table = WORDS,
        .alone = true,
    },
    {
        .verb = "enroll",
        .arguments = "{NAME KEY | -}",
        .summary = "let in a host's key, or with --role an operator's or viewer's",
        .about =
            "KEY is a public key, or a file with it. - reads lines NAME KEY [ROLE] from standard "
            "input.\n",
        .example = "daqsctl enroll node1 f3OSJ0Zm0oVV2rLN3QmwP8f4dOGDn8m2eYBnGWcVCkY=\n"
                   "daqsctl enroll alice alice.key.pub --role operator\n"
                   "daqsctl enroll - < hosts.txt\n",
        .least_arguments = 1,
        .most_arguments = 2,
        .kind = {ARGUMENT_OTHER, ARGUMENT_FILE},
        .options = OPTION_ROLE | OPTION_FORCE,
        .run = cmd_enroll,
        .no_table = WORDS "; peers has a table",
    },
    {
        .verb = "revoke",
        .arguments = "NAME",
        .summary = "let a key in no more, and end its connection",
        .about =
            "At once: no new connection with that key is let in either. enroll lets it in again.\n",
        .example = "daqsctl revoke node1\n",
        .least_arguments = 1,
        .most_arguments = 1,
        .kind = {ARGUMENT_PEER},
        .run = cmd_revoke,
        .no_table = WORDS "; peers has a table",
    },
    {
        .verb = "peers",
        .arguments = "",
        .summary = "whose keys are let in, and who was not let in lately",
        .about = "Compare the keys of those who were not let in with the files *.key.pub on their "
                 "machines, then enroll them.\n",
        .example = "daqsctl peers\n",
        .run = cmd_peers,
    },
    {
        .verb = "status",
        .arguments = "",
        .summary = "the controller's own health",
        .about = "Rows of a name and a value: whether history is written and questions are "
                 "answered, and counters since the start.\n",
        .example = "daqsctl status\n",
        .run = cmd_status,
    },
    {
        .verb = "version",
        .arguments = "",
        .summary = "the versions of daqsctl and the controller",
        .about = "--version tells daqsctl's alone, without a controller.\n",
        .example = "daqsctl version\n",
        .run = cmd_version,
        .no_table = WORDS,
    },
    {
        .verb = "help",
        .arguments = "[VERB]",
        .summary = "what daqsctl can do, or more about a verb",
        .about = "The same as --help, and VERB --help.\n",
        .example = "daqsctl help set-sla\n",
        .most_arguments = 1,
        .kind = {ARGUMENT_VERB},
        .run = cmd_help,
        .no_table = WORDS,
        .alone = true,
    },
    {
        .verb = "completion",
        .arguments = "bash|zsh|fish",
        .summary = "a script that lets a shell complete verbs, options, hosts and VMs",
        .about = "Packages install it; this is for shells that do not look there. Names are asked "
                 "of the controller that the line names, for a second at most.\n",
        .example = "source <(daqsctl completion bash)\n"
                   "daqsctl completion zsh > ~/.zfunc/_daqsctl\n"
                   "daqsctl completion fish > ~/.config/fish/completions/daqsctl.fish\n",
        .least_arguments = 1,
        .most_arguments = 1,
        .kind = {ARGUMENT_SHELL},
        .run = cmd_completion,
        .no_table = "it prints a script",
        .alone = true,
    },
    {
        .verb = "complete",
        .arguments = "plain|bash -- WORD...",
        .about =
            "plain: the words behind the program's name up to the cursor; prints what may stand "
            "there, each with a tab and what it is about. bash: the line up to the cursor, and "
            "the part of it that bash replaces; prints what to replace it with. A tab and "
            "\"files\" stand for names of files.\n",
        .example = "daqsctl complete plain -- ''\n"
                   "daqsctl complete plain -- set-sla node1 d\n",
        .least_arguments = 2,
        .most_arguments = INT_MAX,
        .run = cmd_complete,
        .no_table = "it is for shells",
    },
    {0},
};
