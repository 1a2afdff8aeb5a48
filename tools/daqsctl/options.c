/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/daqsctl/options.h"

#include <stdint.h>
#include <string.h>

#define AT(field) offsetof(struct command_line, field)
/* The kinds in controllerd/core/diagnosis/event.h. */
#define EVENT_KINDS                                                                                \
    "bottleneck bottleneck-end capacity-changed clock-confirmed clock-doubtful "                   \
    "controller-started database-damaged database-new durable-again engine-away "                  \
    "engine-back epoch-raised events-lost flapping flapping-end history-back "                     \
    "history-gap host-claimed host-claimed-end host-disobeys host-down "                           \
    "host-forgotten host-moved host-obeys host-up ledger-went-back maintenance-off "               \
    "maintenance-on not-durable other-controller other-controller-end "                            \
    "oversubscribed oversubscribed-end peer-enrolled peer-revoked policy-set "                     \
    "recovered sla-file-back sla-file-failing sla-invalid sla-moved sla-renamed sla-set "          \
    "sla-stays sla-unset state-dir-back state-dir-failing tampered unmanaged "                     \
    "unresponsive violation-cause violation-end violation-start"
#define TIMES "10m 1h 1d 7d 30d"

const struct option_info options[] = {
    {"max", 0, OPTION_MAX, "RATE|none", AT(max), NULL, "none",
     "the ceiling: the VM sends at most this; none: no ceiling"},
    {"weight", 0, OPTION_WEIGHT, "N", AT(weight), NULL, NULL,
     "its share of what guarantees leave, against the others'; 1 to 10000, 1 if it was never set"},
    {"role", 0, OPTION_ROLE, "agent|operator|viewer", AT(role), NULL, "agent operator viewer",
     "the role of the key: a host's agent (the default), an operator, or a viewer with read-only "
     "access"},
    {"prune", 0, OPTION_PRUNE, NULL, OPTION_NOWHERE, NULL, NULL,
     "remove SLAs that the file does not name"},
    {"force", 0, OPTION_FORCE, NULL, OPTION_NOWHERE, "set-sla", NULL,
     "accept guarantees that exceed what the uplink carries"},
    {"force", 0, OPTION_FORCE, NULL, OPTION_NOWHERE, "apply", NULL,
     "accept guarantees that exceed what an uplink carries, and with --prune an empty file"},
    {"force", 0, OPTION_FORCE, NULL, OPTION_NOWHERE, "enroll", NULL,
     "replace the previous key of NAME"},
    {"dry-run", 0, OPTION_DRY_RUN, NULL, OPTION_NOWHERE, NULL, NULL,
     "print what would be done, and change nothing"},
    {"since", 0, OPTION_SINCE, "TIME", AT(since), NULL, TIMES, "from this time on"},
    {"until", 0, OPTION_UNTIL, "TIME", AT(until), NULL, "now " TIMES,
     "up to this time, without it; default: now"},
    {"step", 0, OPTION_STEP, "DURATION", AT(step), NULL, "1s 10s 1m 1h",
     "the time of one row; default: as fine as it is stored"},
    {"by", 0, OPTION_BY, "vm|host|fleet", AT(by), NULL, "vm host fleet",
     "a row for each VM (the default), or sums for each host, or for all"},
    {"follow", 0, OPTION_FOLLOW, NULL, OPTION_NOWHERE, NULL, NULL,
     "print events as they occur, until Ctrl-C; with --since first those from then on"},
    {"level", 0, OPTION_LEVEL, "info|warning", AT(level), "events", "info warning",
     "only this level and worse; info: all"},
    {"level", 0, OPTION_LEVEL, "1m|1h|1s", AT(level), "export-history", "1m 1h 1s",
     "the length of a step: minutes (the default), hours or seconds"},
    {"host", 0, OPTION_HOST, "HOST", AT(host), NULL, NULL, "only this host; default: all"},
    {"after", 0, OPTION_AFTER, "TOKEN", AT(after), NULL, NULL,
     "continue behind what was exported with the token before, which was printed at its end"},
    {"token-file", 0, OPTION_TOKEN_FILE, "FILE", AT(token_file), NULL, NULL,
     "continue with the token in the file, and store the next one there; if the file does not "
     "exist, begin as --since says"},
    {"kind", 0, OPTION_KIND, "KIND", AT(kind), NULL, EVENT_KINDS,
     "only this kind, such as host-down"},
    {"interval", 0, OPTION_INTERVAL, "DURATION", AT(interval), NULL, "500ms 1s 5s",
     "time between refreshes; 100ms to 1h, default: 1s"},
    {"controller", 'c', OPTION_CONTROLLER, "ENDPOINT[,ENDPOINT...]", AT(controller), NULL,
     "ipc:///run/daqs/admin.sock tcp://127.0.0.1:7421",
     "the controller's admin socket; of several, the first that answers; after one and a blank, "
     "what "
     "--controller-key is for that one; default: the environment's DAQS_CONTROLLER, or "
     "ipc:///run/daqs/admin.sock"},
    {"key", 0, OPTION_KEY, "FILE", AT(key), NULL, NULL,
     "over tcp: your secret key; default: the environment's DAQS_KEY, or "
     "~/.config/daqs/daqsctl.key"},
    {"controller-key", 0, OPTION_CONTROLLER_KEY, "KEY", AT(controller_key), NULL, NULL,
     "over tcp: the controller's public key, or a file with it; default: the environment's "
     "DAQS_CONTROLLER_KEY, or controller.key.pub next to your key"},
    {"output", 'o', OPTION_OUTPUT, "table|json|csv|jsonl", OPTION_NOWHERE, NULL,
     "table json csv jsonl",
     "how to print: table for eyes, json for programs, csv for spreadsheets, jsonl for databases "
     "of time series; verbs that answer with text reject json and csv, and only export-history "
     "has jsonl"},
    {"color", 0, OPTION_COLOR, "auto|always|never", OPTION_NOWHERE, NULL, "auto always never",
     "colour states; auto (the default): on a terminal, unless NO_COLOR is set"},
    {"local", 0, OPTION_LOCAL, NULL, OPTION_NOWHERE, NULL, NULL,
     "times in the time zone of this machine: those of tables and csv, and those given without a "
     "zone; json stays UTC"},
    {"version", 0, OPTION_VERSION, NULL, OPTION_NOWHERE, NULL, NULL,
     "print the version of daqsctl"},
    {"help", 'h', OPTION_HELP, NULL, OPTION_NOWHERE, NULL, NULL,
     "print all verbs, or with a VERB its usage"},
    {0},
};

bool option_is_of(const struct option_info *option, const struct command *command)
{
    return (command->options & (unsigned)option->bit) &&
           (!option->verb || strcmp(option->verb, command->verb) == 0);
}
