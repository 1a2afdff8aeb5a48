#include "shared/net/daemon_options.h"

#include <getopt.h>
#include <stdio.h>

#include "shared/base/version.h"

static void print_help(const struct daemon_about *about)
{
    (void)printf("usage: %s [--config FILE] [--check-config] [--verbose] [--version] [--help]\n"
                 "\n"
                 "%s %s. It stays in the foreground and\n"
                 "logs to standard error; SIGTERM stops it.\n"
                 "\n"
                 "  --config FILE    read FILE instead of %s\n"
                 "  --check-config   say whether the configuration is good, and exit\n"
                 "  --verbose        log more\n"
                 "  --version        print the version, and exit\n"
                 "  --help           print this, and exit\n",
                 about->program, about->program, about->purpose, about->config);
}

int daemon_options_parse(int argc, char **argv, const struct daemon_about *about,
                         struct daemon_options *ret)
{
    static const struct option known[] = {
        {"config", required_argument, NULL, 'c'}, {"check-config", no_argument, NULL, 't'},
        {"verbose", no_argument, NULL, 'v'},      {"version", no_argument, NULL, 'V'},
        {"help", no_argument, NULL, 'h'},         {NULL, 0, NULL, 0},
    };
    struct daemon_options options = {.config = about->config};
    int option;
    while ((option = getopt_long(argc, argv, "c:v", known, NULL)) != -1) {
        switch (option) {
        case 'c':
            options.config = optarg;
            break;
        case 't':
            options.check_config = true;
            break;
        case 'v':
            options.verbose = true;
            break;
        case 'V':
            (void)printf("%s %s\n", about->program, DAQS_VERSION);
            return 0;
        case 'h':
            print_help(about);
            return 0;
        default:
            (void)fprintf(stderr, "try: %s --help\n", about->program);
            return 2;
        }
    }
    if (optind < argc) {
        (void)fprintf(stderr, "%s: unexpected argument '%s'; try: %s --help\n", about->program,
                      argv[optind], about->program);
        return 2;
    }
    *ret = options;
    return -1;
}
