/* SPDX-License-Identifier: Apache-2.0 */
/* daemon - what both daemons share: a command line, signals as a descriptor, a loop that watches
 * descriptors. */
#ifndef DAQS_NET_DAEMON_H
#define DAQS_NET_DAEMON_H

#include <czmq.h>
#include <stdbool.h>

#include "shared/base/error.h"

struct daemon_about {
    const char *program;
    const char *purpose; /* "measures ..." */
    const char *config;  /* the default path */
    /* Options of this daemon alone, which do something and exit, with their meaning; may be NULL,
     * and end with an empty one. At most DAEMON_ACTIONS_MAX. */
    const struct daemon_action *actions;
};

enum { DAEMON_ACTIONS_MAX = 4 };
struct daemon_action {
    const char *name; /* without the dashes */
    const char *meaning;
};

struct daemon_options {
    const char *config;
    bool check_config;
    bool verbose;
    int action; /* number of the action, from 1; 0: none */
};

/* Parses the command line. Prints what it requests or what is wrong. Returns -1 to continue,
 * otherwise the exit status. */
int daemon_options_parse(int argc, char **argv, const struct daemon_about *about,
                         struct daemon_options *ret);

/* Blocks SIGTERM, SIGINT and SIGHUP in this thread and those it starts, and returns a descriptor
 * that delivers them (as struct signalfd_siginfo). -1 with a text on failure. Call before any
 * thread or socket exists. */
int daemon_signals(struct daqs_error *err);

/* Returns the number of a signal that has arrived, 0 if there is none. */
int daemon_signal_read(int fd);

/* Raises the limit of open files to the maximum that the system allows: a router needs a descriptor
 * for each peer, and most processes start with a limit of 1024. */
void daemon_allow_files(void);

/* Ends the process with status 1 if it is still running after this many seconds: threads that wait
 * for another daemon must not keep this one from stopping. */
void daemon_stop_within(unsigned seconds);

/* Ends the process with status 0 at once, without running exit handlers, because threads still wait
 * for another daemon. */
_Noreturn void daemon_leave(void);

/* Calls handler whenever fd is readable. Returns 0, or -1 if out of memory. */
int daemon_add_fd(zloop_t *loop, int fd, zloop_fn *handler, void *arg);

#endif
