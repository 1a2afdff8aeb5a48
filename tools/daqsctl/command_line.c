#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/daqsctl/daqsctl.h"

#define DEFAULT_CONTROLLER "ipc:///run/daqs/admin.sock"

#define LETTERS "coh" /* that are options */

/* What getopt calls options that have no letter. */
enum { VERSION = 1, KEY, CONTROLLER_KEY, LONG_ONLY = 1 << 20 };

enum exit_status complain(enum exit_status status, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    (void)fputs("daqsctl: ", stderr);
    (void)vfprintf(stderr, format, args);
    (void)fputc('\n', stderr);
    va_end(args);
    return status;
}

static bool parse_output(const char *text, enum output_format *ret)
{
    static const char *const names[] = {"table", "json", "csv"};
    for (int i = 0; i < 3; i++)
        if (strcmp(text, names[i]) == 0) {
            *ret = (enum output_format)i;
            return true;
        }
    return false;
}

/* Until all letters behind a dash are read getopt stays at their word, and 'word', the one
 * before, is another: only the letter is known for sure. */
static enum exit_status unknown_option(const char *word)
{
    char letter[] = {'-', (char)optopt, '\0'};
    bool by_letter = optopt > ' ' && optopt <= '~' && !strchr(LETTERS, optopt);
    return complain(EXIT_USAGE, "unknown option '%s'; try: daqsctl --help",
                    by_letter ? letter : word);
}

enum exit_status command_line_parse(int argc, char **argv, struct command_line *ret)
{
    static const struct option known[] = {
        {"controller", required_argument, NULL, 'c'},
        {"output", required_argument, NULL, 'o'},
        {"help", no_argument, NULL, 'h'},
        {"version", no_argument, NULL, VERSION},
        {"key", required_argument, NULL, KEY},
        {"controller-key", required_argument, NULL, CONTROLLER_KEY},
        {"max", required_argument, NULL, LONG_ONLY | OPTION_MAX},
        {"weight", required_argument, NULL, LONG_ONLY | OPTION_WEIGHT},
        {"force", no_argument, NULL, LONG_ONLY | OPTION_FORCE},
        {"dry-run", no_argument, NULL, LONG_ONLY | OPTION_DRY_RUN},
        {"since", required_argument, NULL, LONG_ONLY | OPTION_SINCE},
        {"until", required_argument, NULL, LONG_ONLY | OPTION_UNTIL},
        {"step", required_argument, NULL, LONG_ONLY | OPTION_STEP},
        {"by", required_argument, NULL, LONG_ONLY | OPTION_BY},
        {"role", required_argument, NULL, LONG_ONLY | OPTION_ROLE},
        {"follow", no_argument, NULL, LONG_ONLY | OPTION_FOLLOW},
        {"prune", no_argument, NULL, LONG_ONLY | OPTION_PRUNE},
        {NULL, 0, NULL, 0},
    };
    const char *controller = getenv("DAQS_CONTROLLER");
    struct command_line line = {.controller =
                                    controller && *controller ? controller : DEFAULT_CONTROLLER};
    const char **values[] = {
        [OPTION_MAX] = &line.max,     [OPTION_WEIGHT] = &line.weight, [OPTION_SINCE] = &line.since,
        [OPTION_UNTIL] = &line.until, [OPTION_STEP] = &line.step,     [OPTION_BY] = &line.by,
        [OPTION_ROLE] = &line.role};
    int option;
    opterr = 0;
    while ((option = getopt_long(argc, argv, ":c:o:h", known, NULL)) != -1) {
        const char *word = argv[optind - 1];
        if (option == 'c')
            line.controller = optarg;
        else if (option == 'o' && !parse_output(optarg, &line.output))
            return complain(EXIT_USAGE, "-o takes table, json or csv, not '%s'", optarg);
        else if (option == 'h')
            line.help = true;
        else if (option == VERSION)
            line.version = true;
        else if (option == KEY)
            line.key = optarg;
        else if (option == CONTROLLER_KEY)
            line.controller_key = optarg;
        else if (option == ':')
            return complain(EXIT_USAGE, "%s needs a value", word);
        else if (option == '?')
            return unknown_option(word);
        if (option < LONG_ONLY)
            continue;
        unsigned bit = (unsigned)option & ~(unsigned)LONG_ONLY;
        line.given |= bit;
        if (bit < sizeof values / sizeof values[0] && values[bit])
            *values[bit] = optarg;
    }
    if (optind < argc)
        line.verb = argv[optind++];
    line.argument = argv + optind;
    line.arguments = argc - optind;
    *ret = line;
    return EXIT_DONE;
}
