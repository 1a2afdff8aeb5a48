/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "tools/daqsctl/options.h"

enum { VERB_MOST = 31, NEAR = 2 };

const struct command *command_of_verb(const struct command *const *commands, const char *verb)
{
    for (const struct command *const *at = commands; *at; at++)
        if (strcmp((*at)->verb, verb) == 0)
            return *at;
    return NULL;
}

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* Returns the Levenshtein distance of two verbs of at most VERB_MOST letters. */
static unsigned distance(const char *a, const char *b)
{
    unsigned row[VERB_MOST + 1];
    size_t length = strlen(b);
    for (unsigned j = 0; j <= length; j++)
        row[j] = j;
    for (unsigned i = 1; a[i - 1]; i++) {
        unsigned corner = row[0];
        row[0] = i;
        for (size_t j = 1; j <= length; j++) {
            unsigned changed = corner + (a[i - 1] != b[j - 1]);
            corner = row[j];
            row[j] = least(changed, least(corner, row[j - 1]) + 1);
        }
    }
    return row[length];
}

const struct command *command_nearest(const struct command *const *commands, const char *verb)
{
    const struct command *nearest = NULL;
    size_t length = strlen(verb);
    unsigned best = NEAR + 1;
    if (length == 0 || length > VERB_MOST)
        return NULL;
    for (const struct command *const *at = commands; *at; at++) {
        const struct command *c = *at;
        unsigned d = distance(verb, c->verb);
        if (length > 2 && strncmp(c->verb, verb, length) == 0)
            d = 1; /* a prefix of it */
        if (c->summary && d < best && d < length) {
            best = d;
            nearest = c;
        }
    }
    return nearest;
}

const char *command_usage(const struct command *command, char buf[static USAGE_BYTES])
{
    /* Options behind a command are the command's. */
    bool last = command->exports;
    int n = snprintf(buf, USAGE_BYTES, "%s%s%s", command->verb,
                     last || !*command->arguments ? "" : " ", last ? "" : command->arguments);
    for (const struct option_info *o = options; o->name && n > 0 && n < USAGE_BYTES; o++)
        if (option_is_of(o, command))
            n += snprintf(buf + n, (size_t)(USAGE_BYTES - n), " [--%s%s%s]", o->name,
                          o->value ? " " : "", o->value ? o->value : "");
    if (last && n > 0 && n < USAGE_BYTES)
        (void)snprintf(buf + n, (size_t)(USAGE_BYTES - n), " %s", command->arguments);
    return buf;
}

/* Returns an option that the command does not accept; NULL if it accepts all of them. */
static const char *unwanted(const struct command *command, unsigned given)
{
    for (const struct option_info *o = options; o->name; o++)
        if (given & (unsigned)o->bit & ~command->options)
            return o->name;
    return NULL;
}

static enum exit_status check_output(const struct command *command, enum output_format output)
{
    bool exports = output == OUTPUT_JSONL || output == OUTPUT_CSV;
    if (command->exports && !exports)
        return complain(EXIT_USAGE, "%s needs -o jsonl or -o csv", command->verb);
    if (command->no_table && output != OUTPUT_TABLE)
        return complain(EXIT_USAGE, "%s does not accept -o %s: %s", command->verb,
                        output == OUTPUT_JSON  ? "json"
                        : output == OUTPUT_CSV ? "csv"
                                               : "jsonl",
                        command->no_table);
    if (!command->exports && output == OUTPUT_JSONL)
        return complain(EXIT_USAGE, "%s does not accept -o jsonl: only export-history does",
                        command->verb);
    return EXIT_DONE;
}

enum exit_status command_check(const struct command *command, const struct command_line *line)
{
    char usage[USAGE_BYTES];
    const char *option = unwanted(command, line->given);
    (void)command_usage(command, usage);
    if (option)
        return complain(EXIT_USAGE, "%s does not accept --%s; usage: daqsctl %s", command->verb,
                        option, usage);
    if (line->arguments < command->least_arguments)
        return complain(EXIT_USAGE, "%s needs more arguments; usage: daqsctl %s", command->verb,
                        usage);
    if (line->arguments > command->most_arguments)
        return complain(EXIT_USAGE, "%s does not accept '%.100s'; usage: daqsctl %s", command->verb,
                        line->argument[command->most_arguments], usage);
    return check_output(command, line->output);
}
