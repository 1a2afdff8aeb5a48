/* daemon_options - the command line that both daemons have. */
#ifndef DAQS_NET_DAEMON_OPTIONS_H
#define DAQS_NET_DAEMON_OPTIONS_H

#include <stdbool.h>

struct daemon_about {
    const char *program;
    const char *purpose; /* "measures ..." */
    const char *config;  /* the default */
};

struct daemon_options {
    const char *config;
    bool check_config;
    bool verbose;
};

/* Prints what was asked for or what is wrong. Returns -1 to go on, else the exit status. */
int daemon_options_parse(int argc, char **argv, const struct daemon_about *about,
                         struct daemon_options *ret);

#endif
