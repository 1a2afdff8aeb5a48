#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/version.h"
#include "tools/daqsctl/daqsctl.h"

static void print_help(void)
{
    (void)printf("usage: daqsctl [--controller ENDPOINT] [-o table|json|csv] VERB ...\n\n");
    for (const struct command *c = commands; c->verb; c++)
        (void)printf("  %-10s %s\n", c->verb, c->summary);
    (void)printf(
        "\n"
        "  --controller ENDPOINT  the controller's admin socket; default: the environment's\n"
        "                         DAQS_CONTROLLER, or ipc:///run/daqs/admin.sock\n"
        "  --key FILE             over tcp: your secret key; default: the environment's\n"
        "                         DAQS_KEY, or ~/.config/daqs/daqsctl.key\n"
        "  --controller-key KEY   over tcp: the controller's public key, or a file with it;\n"
        "                         default: the environment's DAQS_CONTROLLER_KEY, or\n"
        "                         controller.key.pub beside your key\n"
        "  -o, --output FORMAT    table for eyes, json for programs, csv for spreadsheets;\n"
        "                         what has no table refuses the latter two\n"
        "  --version              print the version of daqsctl\n"
        "  --help                 this, or with a VERB more about it\n"
        "\n"
        "Rates are bits per second: 10Gbit, 2.5G, 800Mbps. Times are UTC: 30m, 12h, 2w (ago),\n"
        "2026-11-23, 2026-11-23T14:05, 2026-11-23T14:05:30Z, now. Exit status: 0 done,\n"
        "1 refused or failed, 2 usage, 3 controller not reached.\n");
}

static void print_command_help(const struct command *c)
{
    (void)printf("usage: daqsctl %s %s\n\n%s\n\nexample: %s\n", c->verb, c->usage, c->summary,
                 c->example);
    if (c->options & OPTION_SINCE)
        (void)printf("\nTimes are UTC: 30m, 12h, 2w (ago), 2026-11-23, 2026-11-23T14:05, now.\n");
    if (c->no_table)
        (void)printf("\nNo -o json or csv: %s.\n", c->no_table);
}

static const struct command *find_command(const char *verb)
{
    for (const struct command *c = commands; c->verb; c++)
        if (strcmp(c->verb, verb) == 0)
            return c;
    return NULL;
}

int main(int argc, char **argv)
{
    struct command_line line;
    if (!setlocale(LC_CTYPE, "") || MB_CUR_MAX == 1)
        (void)setlocale(LC_CTYPE, "C.UTF-8"); /* names are UTF-8 whatever the locale */
    enum exit_status status = command_line_parse(argc, argv, &line);
    if (status != EXIT_DONE)
        return (int)status;
    if (line.version) {
        (void)printf("daqsctl %s\n", DAQS_VERSION);
        return EXIT_DONE;
    }
    const struct command *command = line.verb ? find_command(line.verb) : NULL;
    if (line.verb && !command)
        return (int)complain(EXIT_USAGE, "unknown verb '%s'; try: daqsctl --help", line.verb);
    if (line.help || !command) {
        if (command)
            print_command_help(command);
        else
            print_help();
        return line.help ? EXIT_DONE : EXIT_USAGE;
    }
    status = command_check(command, &line);
    return (int)(status == EXIT_DONE ? command->run(&line) : status);
}
