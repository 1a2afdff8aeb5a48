/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "tools/daqsctl/options.h"

/* The width of help texts, and the column where explanations start. */
enum { WIDTH = 79, INDENT = 26 };

/* Prints words from column 'at' on, on later lines from 'indent' on. Ends with a line feed. */
static void print_words(FILE *out, const char *text, int at, int indent)
{
    bool first = true;
    while (*text) {
        size_t word = strcspn(text, " \n");
        if (!first && at + 1 + (int)word > WIDTH) {
            (void)fprintf(out, "\n%*s", indent, "");
            at = indent;
        } else if (!first) {
            (void)fputc(' ', out);
            at++;
        }
        (void)fwrite(text, 1, word, out);
        at += (int)word;
        first = false;
        text += word;
        text += strspn(text, " \n");
    }
    (void)fputc('\n', out);
}

/* Prints an option. The default of --since differs between verbs and is not in the table. */
static void print_option(FILE *out, const struct option_info *option, const char *since)
{
    char about[256];
    int n = fprintf(out, "  ");
    if (option->letter)
        n += fprintf(out, "-%c, ", option->letter);
    n += fprintf(out, "--%s", option->name);
    if (option->value)
        n += fprintf(out, " %s", option->value);
    if (n < INDENT)
        n += fprintf(out, "%*s", INDENT - n, "");
    else
        n = fprintf(out, "\n%*s", INDENT, "") - 1;
    (void)snprintf(about, sizeof about, "%s%s%s", option->about,
                   option->bit == OPTION_SINCE ? "; default: " : "",
                   option->bit == OPTION_SINCE ? since : "");
    print_words(out, about, n, INDENT);
}

void help_print(FILE *out, const struct command *const *commands)
{
    (void)fprintf(out,
                  "usage: daqsctl [--controller ENDPOINT] [-o table|json|csv|jsonl] VERB ...\n\n");
    for (const struct command *const *at = commands; *at; at++)
        if ((*at)->summary)
            (void)fprintf(out, "  %-10s  %s\n", (*at)->verb, (*at)->summary);
    (void)fprintf(out, "\n");
    for (const struct option_info *o = options; o->name; o++)
        if ((unsigned)o->bit & OPTIONS_OF_ALL)
            print_option(out, o, "");
    (void)fprintf(
        out,
        "\n"
        "Rates are bits per second: 10Gbit, 2.5G, 800Mbps. Times are UTC: 30m, 12h, 2w (ago),\n"
        "2026-11-23, 2026-11-23T14:05, 2026-11-23T14:05:30Z, ...+01:00, now. Exit status: 0\n"
        "done, 1 refused or failed, 2 usage, 3 controller not reached, 4 done, and something\n"
        "found.\n");
}

static void print_options(FILE *out, const struct command *command)
{
    (void)fprintf(out, "\noptions:\n");
    for (const struct option_info *o = options; o->name; o++)
        if (option_is_of(o, command))
            print_option(out, o, command->since);
    if (command->options & (OPTION_SINCE | OPTION_UNTIL))
        (void)fprintf(out, "\nTimes are UTC: 30m, 12h, 2w (ago), 2026-11-23, 2026-11-23T14:05, "
                           "now.\n");
}

void help_print_command(FILE *out, const struct command *command)
{
    char usage[USAGE_BYTES];
    (void)fprintf(out, "usage: daqsctl %s\n\n", command_usage(command, usage));
    print_words(out, command->summary ? command->summary : "for programs", 0, 0);
    if (*command->about) {
        (void)fputc('\n', out);
        print_words(out, command->about, 0, 0);
    }
    if (command->options)
        print_options(out, command);
    (void)fprintf(out, "\nFor all verbs (see daqsctl --help):\n ");
    for (const struct option_info *o = options; o->name; o++)
        if (((unsigned)o->bit & OPTIONS_OF_ALL) && o->bit != OPTION_VERSION)
            (void)fprintf(out, " --%s", o->name);
    (void)fprintf(out, "\n");
    if (command->exports)
        (void)fprintf(out, "It needs -o jsonl or -o csv.\n");
    if (command->no_table)
        (void)fprintf(out, "No -o json or csv: %s.\n", command->no_table);
    (void)fprintf(out, "\nexample:\n");
    for (const char *line = command->example; *line; line += strcspn(line, "\n") + 1)
        (void)fprintf(out, "  %.*s\n", (int)strcspn(line, "\n"), line);
    (void)fprintf(out, "\nexit status: 0 done, 1 refused or failed, 2 usage%s%s\n",
                  command->alone ? "" : ", 3 controller not reached",
                  command->finds ? ", 4 something was found" : "");
}

static enum exit_status no_such_verb(const struct command_line *line, const char *verb)
{
    const struct command *nearest = command_nearest(line->commands, verb);
    if (nearest)
        return complain(EXIT_USAGE, "unknown verb '%.100s'; did you mean %s? try: daqsctl --help",
                        verb, nearest->verb);
    return complain(EXIT_USAGE, "unknown verb '%.100s'; try: daqsctl --help", verb);
}

static enum exit_status cmd_help(const struct command_line *line)
{
    const struct command *command =
        line->arguments > 0 ? command_of_verb(line->commands, line->argument[0]) : NULL;
    if (line->arguments > 0 && !command)
        return no_such_verb(line, line->argument[0]);
    if (command)
        help_print_command(stdout, command);
    else
        help_print(stdout, line->commands);
    return EXIT_DONE;
}

const struct command command_help = {
    .verb = "help",
    .arguments = "[VERB]",
    .summary = "all verbs, or more about one",
    .about = "The same as --help, and VERB --help.\n",
    .example = "daqsctl help set-sla\n",
    .most_arguments = 1,
    .kind = {ARGUMENT_VERB},
    .run = cmd_help,
    .no_table = COMMAND_WORDS,
    .alone = true,
};

enum exit_status command_line_run(const struct command_line *line)
{
    const struct command *command = line->verb ? command_of_verb(line->commands, line->verb) : NULL;
    if (line->verb && !command)
        return no_such_verb(line, line->verb);
    if (command && !line->help) {
        enum exit_status status = command_check(command, line);
        return status == EXIT_DONE ? command->run(line) : status;
    }
    if (command)
        help_print_command(stdout, command);
    else
        help_print(line->help ? stdout : stderr, line->commands);
    return line->help ? EXIT_DONE : EXIT_USAGE;
}
