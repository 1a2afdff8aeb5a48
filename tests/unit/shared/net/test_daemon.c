/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include "shared/base/version.h"
#include "shared/net/daemon.h"

static const struct daemon_action actions[] = {
    {"first-thing", "do one thing"}, {"second-thing", "do another"}, {NULL, NULL}};
static const struct daemon_about about = {"daqs-testd", "tests", "/etc/daqs/testd.conf", actions};

/* What daemon_options_parse() printed to standard output and standard error. */
static char printed[2][4096];

static int parse(const char *const *words, struct daemon_options *ret)
{
    char *argv[8] = {"daqs-testd"};
    int argc = 1;
    FILE *file[2];
    int real[2];
    for (; words[argc - 1]; argc++)
        argv[argc] = (char *)(uintptr_t)words[argc - 1];
    optind = 0; /* makes getopt start over */
    (void)fflush(stdout);
    for (int i = 0; i < 2; i++) {
        file[i] = tmpfile();
        assert_non_null(file[i]);
        real[i] = dup(STDOUT_FILENO + i);
        dup2(fileno(file[i]), STDOUT_FILENO + i);
    }
    int status = daemon_options_parse(argc, argv, &about, ret);
    (void)fflush(stdout);
    for (int i = 0; i < 2; i++) {
        dup2(real[i], STDOUT_FILENO + i);
        close(real[i]);
        rewind(file[i]);
        size_t n = fread(printed[i], 1, sizeof printed[i] - 1, file[i]);
        printed[i][n] = '\0';
        (void)fclose(file[i]);
    }
    return status;
}

static void options_are_read(void **state)
{
    static const struct {
        const char *words[6];
        struct daemon_options options;
    } cases[] = {
        {{NULL}, {"/etc/daqs/testd.conf", false, false, 0}},
        {{"--config", "a.conf", NULL}, {"a.conf", false, false, 0}},
        {{"--config=a.conf", NULL}, {"a.conf", false, false, 0}},
        {{"-c", "a.conf", "-v", NULL}, {"a.conf", false, true, 0}},
        {{"--check-config", "--verbose", NULL}, {"/etc/daqs/testd.conf", true, true, 0}},
        {{"--config", "a", "--config", "b", NULL}, {"b", false, false, 0}},
        {{"--second-thing", "-v", NULL}, {"/etc/daqs/testd.conf", false, true, 2}},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct daemon_options options;
        assert_int_equal(parse(cases[i].words, &options), -1);
        assert_string_equal(options.config, cases[i].options.config);
        assert_int_equal(options.check_config, cases[i].options.check_config);
        assert_int_equal(options.verbose, cases[i].options.verbose);
        assert_int_equal(options.action, cases[i].options.action);
        assert_string_equal(printed[0], "");
        assert_string_equal(printed[1], "");
    }
}

static void version_and_help_are_printed_to_standard_output(void **state)
{
    struct daemon_options options;
    (void)state;
    assert_int_equal(parse((const char *const[]){"--version", NULL}, &options), 0);
    assert_string_equal(printed[0], "daqs-testd " DAQS_VERSION "\n");
    assert_int_equal(parse((const char *const[]){"--help", NULL}, &options), 0);
    assert_non_null(strstr(printed[0], "usage: daqs-testd"));
    assert_non_null(strstr(printed[0], "  --second-thing   do another\n"));
    assert_non_null(strstr(printed[0], "/etc/daqs/testd.conf"));
    assert_string_equal(printed[1], "");
}

static void wrong_usage_is_status_2_with_the_fix_on_standard_error(void **state)
{
    static const char *const cases[][4] = {
        {"--confg", "x", NULL}, {"--config", NULL},           {"-x", NULL},
        {"agentd.conf", NULL},  {"--config", "a", "b", NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct daemon_options options = {.config = "untouched"};
        assert_int_equal(parse(cases[i], &options), 2);
        assert_non_null(strstr(printed[1], "daqs-testd --help"));
        assert_string_equal(printed[0], "");
        assert_string_equal(options.config, "untouched");
    }
}

static void signals_come_through_the_descriptor(void **state)
{
    static const int numbers[] = {SIGTERM, SIGINT, SIGHUP};
    struct daqs_error err = {0};
    int fd = daemon_signals(&err);
    (void)state;
    assert_true(fd >= 0);
    assert_int_equal(daemon_signal_read(fd), 0); /* returns at once */
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(kill(getpid(), numbers[i]), 0); /* would otherwise end this process */
        assert_int_equal(daemon_signal_read(fd), numbers[i]);
        assert_int_equal(daemon_signal_read(fd), 0);
    }
    close(fd);
}

static void a_peer_that_hangs_up_does_not_end_the_daemon(void **state)
{
    int pipe_fd[2];
    int fd = daemon_signals(NULL);
    (void)state;
    assert_int_equal(pipe(pipe_fd), 0);
    close(pipe_fd[0]);
    assert_int_equal(write(pipe_fd[1], "x", 1), -1); /* and no SIGPIPE is sent */
    assert_int_equal(errno, EPIPE);
    close(pipe_fd[1]);
    close(fd);
}

static int count_down(zloop_t *loop, zmq_pollitem_t *item, void *arg)
{
    uint64_t counter;
    int *left = arg;
    (void)loop;
    assert_int_equal(read(item->fd, &counter, sizeof counter), sizeof counter);
    return --*left > 0 ? 0 : -1;
}

static int give_up(zloop_t *loop, int timer, void *arg)
{
    (void)loop;
    (void)timer;
    (void)arg;
    return -1;
}

static void a_watched_descriptor_calls_its_handler_while_it_is_readable(void **state)
{
    int fd = eventfd(3, EFD_SEMAPHORE | EFD_NONBLOCK); /* can be read three times */
    int left = 3;
    zloop_t *loop = zloop_new();
    (void)state;
    assert_int_equal(daemon_add_fd(loop, fd, count_down, &left), 0);
    zloop_timer(loop, 20000, 1, give_up, NULL);
    (void)zloop_start(loop);
    assert_int_equal(left, 0);
    zloop_destroy(&loop);
    close(fd);
}

static void all_files_that_may_be_open_may_be_open(void **state)
{
    struct rlimit before;
    struct rlimit limit;
    (void)state;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    limit = before;
    limit.rlim_cur = 100;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    daemon_allow_files();
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    assert_int_equal(limit.rlim_cur, before.rlim_max);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_are_read),
        cmocka_unit_test(all_files_that_may_be_open_may_be_open),
        cmocka_unit_test(version_and_help_are_printed_to_standard_output),
        cmocka_unit_test(wrong_usage_is_status_2_with_the_fix_on_standard_error),
        cmocka_unit_test(signals_come_through_the_descriptor),
        cmocka_unit_test(a_peer_that_hangs_up_does_not_end_the_daemon),
        cmocka_unit_test(a_watched_descriptor_calls_its_handler_while_it_is_readable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
