/* SPDX-License-Identifier: Apache-2.0 */
#include "shared/net/daemon.h"

#include <errno.h>
#include <getopt.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>

#include "shared/base/version.h"

enum { ACTION_FIRST = 1000 };

static void print_help(const struct daemon_about *about)
{
    (void)printf("usage: %s [--config FILE] [--check-config] [--verbose] [--version] [--help]\n"
                 "\n"
                 "%s %s. It stays in the foreground and\n"
                 "logs to standard error; SIGTERM stops it.\n"
                 "\n"
                 "  --config FILE    read FILE instead of %s\n"
                 "  --check-config   check the configuration, and exit\n"
                 "  --verbose        log more\n"
                 "  --version        print the version, and exit\n"
                 "  --help           print the options, and exit\n",
                 about->program, about->program, about->purpose, about->config);
    for (const struct daemon_action *a = about->actions; a && a->name; a++)
        (void)printf("  --%-15s%s\n", a->name, a->meaning);
}

int daemon_options_parse(int argc, char **argv, const struct daemon_about *about,
                         struct daemon_options *ret)
{
    struct option known[6 + DAEMON_ACTIONS_MAX] = {
        {"config", required_argument, NULL, 'c'}, {"check-config", no_argument, NULL, 't'},
        {"verbose", no_argument, NULL, 'v'},      {"version", no_argument, NULL, 'V'},
        {"help", no_argument, NULL, 'h'},
    };
    for (int i = 0; about->actions && i < DAEMON_ACTIONS_MAX && about->actions[i].name; i++)
        known[5 + i] = (struct option){about->actions[i].name, no_argument, NULL, ACTION_FIRST + i};
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
            if (option >= ACTION_FIRST && option < ACTION_FIRST + DAEMON_ACTIONS_MAX) {
                options.action = option - ACTION_FIRST + 1;
                break;
            }
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

int daemon_signals(struct daqs_error *err)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    zsys_handler_set(NULL); /* czmq would install its own handlers */
    (void)signal(SIGPIPE, SIG_IGN);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    int fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    if (fd < 0)
        daqs_fail(err, DAQS_ESYSTEM, "signalfd: %s", strerror(errno));
    return fd;
}

int daemon_signal_read(int fd)
{
    struct signalfd_siginfo info;
    return read(fd, &info, sizeof info) == sizeof info ? (int)info.ssi_signo : 0;
}

void daemon_allow_files(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur >= limit.rlim_max)
        return;
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit); /* a failure only leaves fewer descriptors */
}

static void give_up(int number)
{
    static const char text[] = "a thread did not end in time; stopping without it\n";
    (void)number;
    (void)!write(STDERR_FILENO, text, sizeof text - 1);
    _exit(1);
}

void daemon_stop_within(unsigned seconds)
{
    (void)signal(SIGALRM, give_up);
    (void)alarm(seconds);
}

void daemon_leave(void)
{
    _exit(0);
}

int daemon_add_fd(zloop_t *loop, int fd, zloop_fn *handler, void *arg)
{
    zmq_pollitem_t item = {.fd = fd, .events = ZMQ_POLLIN};
    return zloop_poller(loop, &item, handler, arg);
}
