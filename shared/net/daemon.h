/* daemon - what both daemons have: a command line, signals as a descriptor, a loop to watch. */
#ifndef DAQS_NET_DAEMON_H
#define DAQS_NET_DAEMON_H

#include <czmq.h>
#include <stdbool.h>

#include "shared/base/error.h"

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

/* From now on SIGTERM, SIGINT and SIGHUP come through the descriptor returned (read a struct
 * signalfd_siginfo), in this thread and those it starts. -1 with a text on failure. Before any
 * thread or socket. */
int daemon_signals(struct daqs_error *err);

/* The number of a signal that has come, 0 if none. */
int daemon_signal_read(int fd);

/* Allows this process as many open files as the system lets it have: a router needs one for each
 * peer, and most are started with 1024. */
void daemon_allow_files(void);

/* Ends the process, with status 1, if it is still there after this many seconds: threads that wait
 * for somebody else's daemon must not keep ours from stopping. */
void daemon_stop_within(unsigned seconds);

/* Ends the process with status 0 at once, without what is done at exit: threads still wait for
 * somebody else's daemon. */
_Noreturn void daemon_leave(void);

/* Calls handler whenever fd is readable. 0, or -1 if out of memory. */
int daemon_add_fd(zloop_t *loop, int fd, zloop_fn *handler, void *arg);

#endif
