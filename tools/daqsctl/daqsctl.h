/* SPDX-License-Identifier: Apache-2.0 */
/* daqsctl - what the commands share: command line, requests, exit statuses. */
#ifndef DAQS_TOOLS_DAQSCTL_H
#define DAQS_TOOLS_DAQSCTL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "shared/wire/admin.h"

enum exit_status {
    EXIT_DONE = 0,
    EXIT_FAILED = 1,
    EXIT_USAGE = 2,
    EXIT_UNREACHABLE = 3,
    EXIT_FOUND = 4, /* done, and something was found */
};

enum output_format { OUTPUT_TABLE, OUTPUT_JSON, OUTPUT_CSV, OUTPUT_JSONL };

/* Options. Every command accepts those from OPTION_CONTROLLER on. */
enum option_bit {
    OPTION_MAX = 1 << 0,
    OPTION_WEIGHT = 1 << 1,
    OPTION_FORCE = 1 << 2,
    OPTION_DRY_RUN = 1 << 3,
    OPTION_SINCE = 1 << 4,
    OPTION_UNTIL = 1 << 5,
    OPTION_STEP = 1 << 6,
    OPTION_FOLLOW = 1 << 7,
    OPTION_PRUNE = 1 << 8,
    OPTION_BY = 1 << 9,
    OPTION_ROLE = 1 << 10,
    OPTION_INTERVAL = 1 << 11,
    OPTION_LEVEL = 1 << 12,
    OPTION_KIND = 1 << 13,
    OPTION_HOST = 1 << 14,
    OPTION_AFTER = 1 << 15,
    OPTION_TOKEN_FILE = 1 << 16,
    OPTION_CONTROLLER = 1 << 17,
    OPTION_KEY = 1 << 18,
    OPTION_CONTROLLER_KEY = 1 << 19,
    OPTION_OUTPUT = 1 << 20,
    OPTION_COLOR = 1 << 21,
    OPTION_HELP = 1 << 22,
    OPTION_VERSION = 1 << 23,
    OPTION_LOCAL = 1 << 24,
};
#define OPTIONS_OF_ALL (~(unsigned)(OPTION_CONTROLLER - 1))

enum color_use { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };

struct command;

struct command_line {
    const struct command *const *commands; /* all that exist, set by the caller; ends with NULL */
    const char *controller;
    const char *key;            /* NULL: the default */
    const char *controller_key; /* likewise */
    enum output_format output;
    enum color_use color;
    const char *verb; /* NULL: none was given */
    char **argument;
    int arguments;
    unsigned given; /* enum option_bit, without OPTIONS_OF_ALL */
    bool local;     /* times are in the user's time zone */
    bool help;
    bool version;
    const char *max;
    const char *weight;
    const char *since;
    const char *until;
    const char *step;
    const char *by;
    const char *role;
    const char *interval;
    const char *level;
    const char *kind;
    const char *host;
    const char *after;
    const char *token_file;
};

/* Parses the command line, on which options may stand anywhere. Returns EXIT_DONE, or EXIT_USAGE
 * after reporting what is wrong. */
enum exit_status command_line_parse(int argc, char **argv, struct command_line *ret);

/* Kinds of arguments, for completion. */
enum argument_kind {
    ARGUMENT_OTHER,
    ARGUMENT_HOST,
    ARGUMENT_VM,     /* of the host in the argument before */
    ARGUMENT_UPLINK, /* HOST or HOST/UPLINK */
    ARGUMENT_PEER,
    ARGUMENT_MEMBER,
    ARGUMENT_FILE,
    ARGUMENT_RATE,
    ARGUMENT_MODE,
    ARGUMENT_SWITCH,
    ARGUMENT_VERB,
    ARGUMENT_SHELL,
};
enum { ARGUMENTS_MOST = 3 };

/* Runs the command of the line, or prints help. */
enum exit_status command_line_run(const struct command_line *line);

struct command {
    const char *verb;
    const char *arguments; /* as the usage shows them; options follow, or precede a command */
    const char *summary;   /* one line; NULL: for programs, not in the help */
    const char *about;     /* further explanation; paragraphs end with a line feed */
    const char *example;   /* one per line */
    int least_arguments;
    int most_arguments;
    enum argument_kind kind[ARGUMENTS_MOST];
    unsigned options;
    enum exit_status (*run)(const struct command_line *line);
    const char *no_table; /* why it has neither json nor csv; NULL: it has both */
    const char *since;    /* the default of --since */
    bool alone;           /* it does not contact the controller */
    bool finds;           /* its exit status may be EXIT_FOUND */
    bool exports;         /* its formats are jsonl and csv */
};

/* What a command answers in, for those without a table. */
#define COMMAND_WORDS "it answers with text"

/* All commands, in the order of the help. Each is defined in the file that runs it, as
 * command_NAME. */
#define COMMANDS(X)                                                                                \
    X(set_sla)                                                                                     \
    X(unset_sla)                                                                                   \
    X(list_sla)                                                                                    \
    X(export)                                                                                      \
    X(apply)                                                                                       \
    X(audit)                                                                                       \
    X(fit)                                                                                         \
    X(hosts)                                                                                       \
    X(problems)                                                                                    \
    X(vms)                                                                                         \
    X(labels)                                                                                      \
    X(find)                                                                                        \
    X(top)                                                                                         \
    X(explain)                                                                                     \
    X(set_policy)                                                                                  \
    X(history)                                                                                     \
    X(export_history)                                                                              \
    X(events)                                                                                      \
    X(report)                                                                                      \
    X(backup)                                                                                      \
    X(keygen)                                                                                      \
    X(enroll)                                                                                      \
    X(revoke)                                                                                      \
    X(forget)                                                                                      \
    X(maintenance)                                                                                 \
    X(take_over)                                                                                   \
    X(members)                                                                                     \
    X(drain)                                                                                       \
    X(peers)                                                                                       \
    X(status)                                                                                      \
    X(version)                                                                                     \
    X(help)                                                                                        \
    X(completion)                                                                                  \
    X(complete)

#define X(name) extern const struct command command_##name;
COMMANDS(X)
#undef X

/* Ends with NULL. Only main() uses it: commands get it with their command line. */
extern const struct command *const all_commands[];

/* Returns NULL if there is no such command. */
const struct command *command_of_verb(const struct command *const *commands, const char *verb);

/* Returns the command that was probably meant; NULL if none is similar. */
const struct command *command_nearest(const struct command *const *commands, const char *verb);

/* Formats "set-sla HOST VM [RATE|none] [--max RATE|none] ...". Returns buf. */
enum { USAGE_BYTES = 256 };
const char *command_usage(const struct command *command, char buf[static USAGE_BYTES]);

/* Checks that the command accepts the line. Returns EXIT_USAGE after reporting why it does not. */
enum exit_status command_check(const struct command *command, const struct command_line *line);

/* Prints "daqsctl: TEXT" to stderr as one line. Returns the status for convenience. */
__attribute__((format(printf, 2, 3))) enum exit_status complain(enum exit_status status,
                                                                const char *format, ...);

/* Sends a request, part by part, and prints the answer: the table in the line's format, or the
 * text. Sets the request's id, user and token. */
enum exit_status request_and_print(const struct command_line *line, struct wire_request *request);

/* The same for a table. Returns EXIT_FOUND if it has rows. */
enum exit_status request_and_find(const struct command_line *line, struct wire_request *request);

/* Parses a time of the command line, which is UTC unless it has a zone or --local is given. Returns
 * as daqs_time_parse. */
int read_time(const struct command_line *line, const char *text, int64_t now_ms, int64_t *ret_ms,
              struct daqs_error *err);

/* Parses --since and --until into the request. Returns EXIT_USAGE after reporting what is wrong. */
enum exit_status read_span(const struct command_line *line, struct wire_request *request);

/* Print help on all commands, or on one. */
void help_print(FILE *out, const struct command *const *commands);
void help_print_command(FILE *out, const struct command *command);

#endif
