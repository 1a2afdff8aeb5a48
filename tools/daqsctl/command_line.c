/* SPDX-License-Identifier: Apache-2.0 */
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/cleanup.h"
#include "tools/daqsctl/options.h"

#define DEFAULT_CONTROLLER "ipc:///run/daqs/admin.sock"

/* Replaces control characters (also C1) with '?': they could start a line or move the cursor. */
static void make_one_line(char *text)
{
    for (unsigned char *p = (unsigned char *)text; *p; p++) {
        bool c1 = p[0] == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0;
        if (*p < ' ' || *p == 0x7f || c1)
            *p = '?';
        if (c1)
            *++p = '?';
    }
}

enum exit_status complain(enum exit_status status, const char *format, ...)
{
    char *text DAQS_AUTO_FREE = NULL;
    va_list args;
    va_start(args, format);
    int n = vasprintf(&text, format, args);
    va_end(args);
    if (n < 0)
        text = NULL;
    else
        make_one_line(text);
    (void)fprintf(stderr, "daqsctl: %s\n", text ? text : "out of memory");
    return status;
}

/* Returns the index of a word in a list separated by blanks; -1 if it is not in the list. */
static int place_in(const char *list, const char *word)
{
    size_t length = strlen(word);
    for (int place = 0; *list; place++) {
        size_t n = strcspn(list, " ");
        if (n == length && strncmp(list, word, n) == 0)
            return place;
        list += n + (list[n] == ' ');
    }
    return -1;
}

static const struct option_info *by_letter(int letter)
{
    const struct option_info *option = options;
    while (option->name && option->letter != letter)
        option++;
    return option->name ? option : NULL;
}

/* Reports an unknown option. getopt advances only after the last letter of a group such as -xyz.
 * Until then 'word' is the one before the group, and only the letter is reliable. */
static enum exit_status unknown_option(const char *word)
{
    char letter[] = {'-', (char)optopt, '\0'};
    bool is_letter = optopt > ' ' && optopt <= '~' && !by_letter(optopt);
    return complain(EXIT_USAGE, "unknown option '%s'; try: daqsctl --help",
                    is_letter ? letter : word);
}

/* getopt_long returns options as FIRST plus their index in the table, which is not a letter. */
enum { FIRST = 1000, OPTIONS_MOST = 40 };

static void fill_known(struct option known[static OPTIONS_MOST], char letters[static OPTIONS_MOST])
{
    size_t length = 0;
    letters[length++] = ':';
    for (size_t i = 0; options[i].name && i + 1 < OPTIONS_MOST; i++) {
        known[i] = (struct option){.name = options[i].name,
                                   .has_arg = options[i].value ? required_argument : no_argument,
                                   .val = FIRST + (int)i};
        if (!options[i].letter)
            continue;
        letters[length++] = options[i].letter;
        if (options[i].value)
            letters[length++] = ':';
    }
}

/* Stores an option, and its value if it has one. */
static enum exit_status take(struct command_line *line, const struct option_info *option,
                             const char *value)
{
    int place = value && option->choices ? place_in(option->choices, value) : -1;
    line->given |= (unsigned)option->bit & ~OPTIONS_OF_ALL;
    if (option->at != OPTION_NOWHERE)
        *(const char **)((char *)line + option->at) = value;
    else if (option->bit == OPTION_LOCAL)
        line->local = true;
    else if (option->bit == OPTION_HELP)
        line->help = true;
    else if (option->bit == OPTION_VERSION)
        line->version = true;
    else if (option->bit == OPTION_OUTPUT && place < 0)
        return complain(EXIT_USAGE, "-o takes table, json, csv or jsonl, not '%s'", value);
    else if (option->bit == OPTION_OUTPUT)
        line->output = (enum output_format)place;
    else if (option->bit == OPTION_COLOR && place < 0)
        return complain(EXIT_USAGE, "--color takes auto, always or never, not '%s'", value);
    else if (option->bit == OPTION_COLOR)
        line->color = (enum color_use)place;
    return EXIT_DONE;
}

enum exit_status command_line_parse(int argc, char **argv, struct command_line *ret)
{
    struct option known[OPTIONS_MOST] = {0};
    char letters[OPTIONS_MOST] = "";
    const char *controller = getenv("DAQS_CONTROLLER");
    struct command_line line = {.controller =
                                    controller && *controller ? controller : DEFAULT_CONTROLLER};
    int code;
    fill_known(known, letters);
    opterr = 0;
    while ((code = getopt_long(argc, argv, letters, known, NULL)) != -1) {
        const char *word = argv[optind - 1];
        if (code == ':')
            return complain(EXIT_USAGE, "%s needs a value", word);
        if (code == '?')
            return unknown_option(word);
        if (take(&line, code >= FIRST ? &options[code - FIRST] : by_letter(code), optarg) !=
            EXIT_DONE)
            return EXIT_USAGE;
    }
    if (optind < argc)
        line.verb = argv[optind++];
    line.argument = argv + optind;
    line.arguments = argc - optind;
    *ret = line;
    return EXIT_DONE;
}
