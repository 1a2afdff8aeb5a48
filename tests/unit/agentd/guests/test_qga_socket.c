/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "agentd/core/qga_interfaces.h"
#include "agentd/guests/qga.h"
#include "shared/base/clock.h"

/* --- a guest agent with scripted behaviour, in its own thread --- */

/* How a connection is served. The others answer {"return": N}, where N counts the commands of all
 * connections from 1. */
enum manner {
    ANSWERS,
    NEVER_ANSWERS, /* not even a sync request */
    ANSWERS_TO_SYNC_ONLY,
    ONE_BYTE_AT_A_TIME,
    HANGS_UP_IN_THE_MIDDLE, /* of its first answer */
    HANGS_UP_AT_ONCE,
    NO_END_OF_LINE,  /* an answer of 8 MB */
    NO_END_OF_LINES, /* endless lines instead of the answer to a sync request */
    ANSWERS_TWICE,
    ANSWERS_AT_LENGTH, /* 300,000 bytes */
    STOPS_READING,     /* after the sync */
    ANSWERS_GARBAGE,
};

enum { BIG_BYTES = 8 * 1024 * 1024, LONG_BYTES = 300000, FLOOD_MS = 10000 };

struct agent {
    int listen_fd;
    int stop_pipe[2]; /* readable when the agent must end */
    pthread_t thread;
    enum manner first;    /* how the first connection is served */
    enum manner rest;     /* how all others are served */
    const char *leftover; /* sent before the answer to a sync request, in one piece */
    atomic_int connections;
    atomic_int syncs;
    atomic_int commands;
};

static char dir[64];
static char path[100];
static struct agent agent;
static struct qga_channel *channel;
static char *reply;
static struct daqs_error err;

static int64_t now_ms(void)
{
    return daqs_mono_ms(daqs_clock_system());
}

/* Waits for input. Returns false when the agent must end. */
static bool wait_input(struct agent *a, int fd)
{
    struct pollfd p[] = {{.fd = a->stop_pipe[0], .events = POLLIN}, {.fd = fd, .events = POLLIN}};
    return poll(p, 2, -1) > 0 && p[0].revents == 0;
}

/* Sends everything. Returns false if the client closed the connection. */
static bool say(int fd, const void *bytes, size_t length)
{
    for (const char *p = bytes; length > 0;) {
        ssize_t n = send(fd, p, length, MSG_NOSIGNAL);
        if (n < 0)
            return false;
        p += n;
        length -= (size_t)n;
    }
    return true;
}

static bool say_text(int fd, const char *text)
{
    return say(fd, text, strlen(text));
}

static bool say_big(int fd, size_t length)
{
    char *big = malloc(length);
    if (!big)
        return false;
    memset(big, 'x', length);
    bool said = say(fd, big, length);
    free(big);
    return said;
}

static bool flood(struct agent *a, int fd)
{
    char lines[65536];
    for (size_t i = 0; i < sizeof lines; i += 2)
        memcpy(lines + i, "x\n", 2);
    int64_t end_ms = now_ms() + FLOOD_MS; /* so that a client without a timeout still ends */
    while (now_ms() < end_ms) {
        struct pollfd p = {.fd = a->stop_pipe[0], .events = POLLIN};
        if (poll(&p, 1, 0) != 0 || !say(fd, lines, sizeof lines))
            return false;
    }
    return true;
}

/* As qemu-ga does: an error about the 0xff before the request, then the answer. */
static bool answer_sync(struct agent *a, int fd, enum manner manner, const char *line)
{
    const char *id = strstr(line, "\"id\":");
    char answer[1024];
    a->syncs++;
    if (manner == NEVER_ANSWERS)
        return true;
    if (manner == NO_END_OF_LINES)
        return flood(a, fd);
    (void)snprintf(answer, sizeof answer,
                   "{\"error\": {\"class\": \"GenericError\", \"desc\": \"JSON parse error, stray "
                   "'\xef\xbf\xbd'\"}}\n%s\xff{\"return\": %lu}\n",
                   a->leftover, id ? strtoul(id + 5, NULL, 10) : 0);
    if (manner != ONE_BYTE_AT_A_TIME)
        return say_text(fd, answer);
    for (const char *p = answer; *p; p++)
        if (!say(fd, p, 1))
            return false;
    return true;
}

static bool answer_command(struct agent *a, int fd, enum manner manner)
{
    static const char garbage[] = "\x00\x01\xff{{{[[\"\n";
    char answer[64];
    (void)snprintf(answer, sizeof answer, "{\"return\": %d}\n", ++a->commands);
    switch (manner) {
    case ANSWERS:
        return say_text(fd, answer);
    case NEVER_ANSWERS:
    case ANSWERS_TO_SYNC_ONLY:
    case NO_END_OF_LINES:
    case STOPS_READING:
        return true;
    case ONE_BYTE_AT_A_TIME:
        for (const char *p = answer; *p; p++)
            if (!say(fd, p, 1))
                return false;
        return true;
    case HANGS_UP_IN_THE_MIDDLE:
        (void)say(fd, answer, 5);
        return false;
    case HANGS_UP_AT_ONCE:
        return false;
    case NO_END_OF_LINE:
        return say_big(fd, BIG_BYTES);
    case ANSWERS_TWICE:
        strcat(answer, "{\"return\": \"nobody asked\"}\n"); /* in one piece: both or neither */
        return say_text(fd, answer);
    case ANSWERS_AT_LENGTH:
        return say_big(fd, LONG_BYTES) && say_text(fd, "\n");
    case ANSWERS_GARBAGE:
        return say(fd, garbage, sizeof garbage - 1);
    }
    return false;
}

static void wait_stop(struct agent *a)
{
    struct pollfd p = {.fd = a->stop_pipe[0], .events = POLLIN};
    (void)poll(&p, 1, -1);
}

static void serve(struct agent *a, int fd, enum manner manner)
{
    char line[4096];
    size_t length = 0;
    if (manner == HANGS_UP_AT_ONCE)
        return;
    while (wait_input(a, fd)) {
        ssize_t n = recv(fd, line + length, sizeof line - length - 1, 0);
        if (n <= 0) /* also if the line is full: no test sends that much */
            return;
        length += (size_t)n;
        line[length] = '\0';
        if (line[length - 1] != '\n')
            continue;
        length = 0;
        bool sync = strstr(line, "guest-sync-delimited") != NULL;
        if (!(sync ? answer_sync(a, fd, manner, line) : answer_command(a, fd, manner)))
            return;
        if (manner == STOPS_READING)
            wait_stop(a);
    }
}

static void *agent_main(void *arg)
{
    struct agent *a = arg;
    while (wait_input(a, a->listen_fd)) {
        int fd = accept4(a->listen_fd, NULL, NULL, SOCK_CLOEXEC);
        if (fd < 0)
            continue;
        serve(a, fd, a->connections++ == 0 ? a->first : a->rest);
        close(fd);
    }
    return NULL;
}

static int listen_at_path(int backlog)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(fd, backlog), 0);
    return fd;
}

static void start_agent_that(enum manner first, enum manner rest, const char *leftover)
{
    memset(&agent, 0, sizeof agent);
    agent.first = first;
    agent.rest = rest;
    agent.leftover = leftover;
    agent.listen_fd = listen_at_path(4);
    assert_int_equal(pipe(agent.stop_pipe), 0);
    assert_int_equal(pthread_create(&agent.thread, NULL, agent_main, &agent), 0);
}

static void start_agent(enum manner manner)
{
    start_agent_that(manner, manner, "");
}

static void stop_agent(void)
{
    if (!agent.thread)
        return;
    close(agent.stop_pipe[1]); /* makes the other end readable */
    (void)pthread_join(agent.thread, NULL);
    close(agent.stop_pipe[0]);
    close(agent.listen_fd);
    (void)unlink(path);
    agent.thread = 0;
}

static int setup(void **state)
{
    (void)state;
    (void)snprintf(dir, sizeof dir, "/tmp/daqs-test-qga-XXXXXX");
    if (!mkdtemp(dir))
        return -1;
    (void)snprintf(path, sizeof path, "%s/guest.qga", dir);
    agent.thread = 0;
    reply = NULL;
    channel = qga_socket_new(path);
    return channel ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    qga_channel_free(channel); /* first, so that an agent that is writing can end */
    stop_agent();
    free(reply);
    (void)unlink(path);
    return rmdir(dir);
}

/* --- calls --- */

/* Generous where an answer is expected, because the machine may be busy. */
enum { PATIENCE_MS = 10000 };

static int call_within(int timeout_ms)
{
    free(reply);
    reply = NULL;
    memset(&err, 0, sizeof err);
    return channel->call(channel, "{\"execute\":\"guest-ping\"}", timeout_ms, &reply, &err);
}

static void assert_answer(const char *expected)
{
    int result = call_within(PATIENCE_MS);
    if (result != DAQS_OK)
        print_error("%s\n", err.text);
    assert_int_equal(result, DAQS_OK);
    assert_string_equal(reply, expected);
}

static void assert_no_answer(int code)
{
    assert_int_equal(call_within(PATIENCE_MS), code);
    assert_int_equal(err.code, code);
    assert_string_not_equal(err.text, "");
    assert_null(reply);
}

static void assert_times_out(int timeout_ms)
{
    int64_t start_ms = now_ms();
    assert_int_equal(call_within(timeout_ms), DAQS_ETIMEOUT);
    int64_t passed_ms = now_ms() - start_ms;
    assert_in_range(passed_ms, timeout_ms - 1, timeout_ms + 2000);
    assert_null(reply);
}

static void a_well_behaved_agent_is_understood(void **state)
{
    (void)state;
    start_agent(ANSWERS);
    assert_answer("{\"return\": 1}");
}

/* --- post and collect --- */

static int collect(void)
{
    int result;
    struct pollfd p = {.events = POLLIN};
    free(reply);
    reply = NULL;
    do {
        p.fd = channel->fd(channel);
        assert_int_equal(poll(&p, 1, PATIENCE_MS), 1);
        result = channel->collect(channel, &reply, &err);
    } while (result == DAQS_EBUSY);
    return result;
}

static void posted_polls_are_collected(void **state)
{
    (void)state;
    start_agent(ANSWERS);
    assert_int_equal(channel->post(channel, "{}"), DAQS_EBUSY); /* not connected yet */
    assert_answer("{\"return\": 1}");
    for (int i = 0; i < 20; i++) {
        assert_int_equal(channel->post(channel, "{}"), DAQS_OK);
        assert_int_equal(collect(), DAQS_OK);
    }
    assert_string_equal(reply, "{\"return\": 21}");
    assert_int_equal(agent.connections, 1);
}

static void an_answer_too_many_is_not_taken_for_the_next(void **state)
{
    (void)state;
    start_agent(ANSWERS_TWICE);
    assert_answer("{\"return\": 1}");
    assert_int_equal(channel->post(channel, "{}"), DAQS_EBUSY);
    assert_answer("{\"return\": 2}");
}

static void nothing_is_posted_to_a_guest_with_long_answers(void **state)
{
    (void)state;
    start_agent_that(ANSWERS_AT_LENGTH, ANSWERS_AT_LENGTH, "");
    assert_int_equal(call_within(PATIENCE_MS), DAQS_OK);
    assert_int_equal(channel->post(channel, "{}"), DAQS_OK);
    int result = collect(); /* everything at once, if the agent was fast */
    assert_true(result == DAQS_OK || result == DAQS_EIO);
    assert_int_equal(channel->post(channel, "{}"), DAQS_EBUSY);
    assert_int_equal(call_within(PATIENCE_MS), DAQS_OK);
    assert_int_equal(channel->post(channel, "{}"), DAQS_EBUSY);
}

static void nothing_is_posted_to_a_closed_connection_until_it_is_opened_again(void **state)
{
    (void)state;
    start_agent(ANSWERS);
    assert_answer("{\"return\": 1}");
    assert_int_equal(channel->post(channel, "{}"), DAQS_OK);
    channel->abandon(channel);
    assert_int_equal(channel->post(channel, "{}"), DAQS_EBUSY);
    assert_int_equal(call_within(PATIENCE_MS), DAQS_OK);
    assert_int_equal(channel->post(channel, "{}"), DAQS_OK);
    assert_int_equal(collect(), DAQS_OK);
}

static void one_connection_and_one_sync_serve_many_calls(void **state)
{
    (void)state;
    char expected[64];
    start_agent(ANSWERS);
    for (int i = 1; i <= 100; i++) {
        (void)snprintf(expected, sizeof expected, "{\"return\": %d}", i);
        assert_answer(expected);
    }
    assert_int_equal(agent.connections, 1);
    assert_int_equal(agent.syncs, 1);
}

/* In one piece with the answer, as a serial port delivers queued data. */
static void leftovers_of_an_earlier_client_are_dropped(void **state)
{
    (void)state;
    start_agent_that(ANSWERS, ANSWERS,
                     "{\"return\": {\"pid\": 4711}}\n"
                     "half an answ\n"
                     "{\"return\": 12345}\n"
                     "\xff{\"return\": 7}\n"
                     "\n");
    assert_answer("{\"return\": 1}");
    assert_answer("{\"return\": 2}");
}

static void an_answer_may_come_one_byte_at_a_time(void **state)
{
    (void)state;
    start_agent(ONE_BYTE_AT_A_TIME);
    assert_answer("{\"return\": 1}");
    assert_answer("{\"return\": 2}");
}

static void a_long_answer_comes_through_whole(void **state)
{
    (void)state;
    start_agent(ANSWERS_AT_LENGTH);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(call_within(PATIENCE_MS), DAQS_OK);
        assert_int_equal(strlen(reply), LONG_BYTES);
        assert_int_equal(strspn(reply, "x"), LONG_BYTES);
    }
}

static void an_agent_that_never_answers_times_out(void **state)
{
    (void)state;
    start_agent(NEVER_ANSWERS);
    assert_times_out(150);
}

static void an_agent_that_stops_answering_times_out(void **state)
{
    (void)state;
    start_agent(ANSWERS_TO_SYNC_ONLY);
    assert_times_out(150);
}

/* QEMU serves one client. The kernel connects the next one, but QEMU does not accept it. */
static void a_socket_that_nobody_accepts_on_times_out(void **state)
{
    (void)state;
    int fd = listen_at_path(4);
    assert_times_out(150);
    assert_int_equal(close(fd), 0);
}

static void a_socket_with_a_full_queue_is_an_absent_agent(void **state)
{
    (void)state;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = listen_at_path(0);
    int waiting[16];
    int count = 0;
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    for (; count < 16; count++) {
        waiting[count] = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        assert_true(waiting[count] >= 0);
        if (connect(waiting[count], (struct sockaddr *)&address, sizeof address) < 0)
            break;
    }
    assert_true(count < 16);
    assert_no_answer(DAQS_EIO);
    for (int i = 0; i <= count; i++)
        assert_int_equal(close(waiting[i]), 0);
    assert_int_equal(close(fd), 0);
}

/* The answer may still arrive, but the call that it belongs to has ended. */
static void after_a_timeout_the_next_call_starts_afresh(void **state)
{
    (void)state;
    start_agent_that(ANSWERS_TO_SYNC_ONLY, ANSWERS, "");
    assert_times_out(150);
    assert_answer("{\"return\": 2}");
    assert_int_equal(agent.connections, 2);
    assert_int_equal(agent.syncs, 2);
}

static void an_agent_that_hangs_up_in_the_middle_is_an_error_once(void **state)
{
    (void)state;
    start_agent_that(HANGS_UP_IN_THE_MIDDLE, ANSWERS, "");
    assert_no_answer(DAQS_EIO);
    assert_answer("{\"return\": 2}");
}

static void an_agent_that_hangs_up_at_once_is_an_error(void **state)
{
    (void)state;
    start_agent(HANGS_UP_AT_ONCE);
    assert_no_answer(DAQS_EIO);
    assert_no_answer(DAQS_EIO);
}

static void restart_agent(void)
{
    stop_agent();
    start_agent(ANSWERS);
}

static void after_a_restart_of_the_agent_the_next_call_works(void **state)
{
    (void)state;
    start_agent(ANSWERS);
    assert_answer("{\"return\": 1}");
    assert_answer("{\"return\": 2}");
    restart_agent();
    assert_answer("{\"return\": 1}");
    assert_int_equal(agent.syncs, 1);
}

static void a_call_is_not_repeated_without_end(void **state)
{
    (void)state;
    start_agent(ANSWERS);
    assert_answer("{\"return\": 1}");
    stop_agent();
    start_agent(HANGS_UP_IN_THE_MIDDLE);
    assert_no_answer(DAQS_EIO);
    assert_int_equal(agent.connections, 1);
}

static void an_agent_that_went_away_is_an_error_until_it_is_back(void **state)
{
    (void)state;
    start_agent(ANSWERS);
    assert_answer("{\"return\": 1}");
    stop_agent();
    assert_no_answer(DAQS_EIO);
    assert_no_answer(DAQS_EIO);
    start_agent(ANSWERS);
    assert_answer("{\"return\": 1}");
}

static void a_missing_socket_is_an_absent_agent(void **state)
{
    (void)state;
    assert_no_answer(DAQS_EIO);
    assert_non_null(strstr(err.text, path));
}

static void a_path_longer_than_a_socket_may_have_is_refused(void **state)
{
    (void)state;
    char longer[200];
    memset(longer, 'x', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    qga_channel_free(channel);
    channel = qga_socket_new(longer);
    assert_non_null(channel);
    assert_no_answer(DAQS_EINVALID);
}

static void an_answer_without_end_is_refused(void **state)
{
    (void)state;
    start_agent_that(NO_END_OF_LINE, ANSWERS, "");
    assert_no_answer(DAQS_ETOOBIG);
    assert_answer("{\"return\": 2}");
}

/* There is always something to read. A client that checks the time only when there is nothing to
 * read would never return, and block its thread for ever. */
static void lines_without_end_are_not_listened_to_for_long(void **state)
{
    (void)state;
    start_agent(NO_END_OF_LINES);
    int64_t start_ms = now_ms();
    assert_int_equal(call_within(PATIENCE_MS), DAQS_ETIMEOUT);
    assert_true(now_ms() - start_ms < PATIENCE_MS); /* it ended before */
}

/* Data that is waiting when a command is sent cannot be its answer. */
static void an_unrequested_answer_is_not_used_for_the_next_request(void **state)
{
    (void)state;
    start_agent(ANSWERS_TWICE);
    assert_answer("{\"return\": 1}");
    assert_answer("{\"return\": 2}");
    assert_answer("{\"return\": 3}");
}

static void garbage_is_handed_on_for_the_parser_to_refuse(void **state)
{
    (void)state;
    static struct qga_interface nic[QGA_INTERFACES_MAX];
    size_t count = 0;
    start_agent(ANSWERS_GARBAGE);
    assert_int_equal(call_within(PATIENCE_MS), DAQS_OK);
    assert_int_equal(qga_parse_interfaces(reply, strlen(reply), NULL, NULL, nic, &count, NULL),
                     DAQS_EFORMAT);
}

/* Larger than any socket buffer: waiting for room must also time out. */
static void a_command_that_the_agent_does_not_take_times_out(void **state)
{
    (void)state;
    char *command = malloc(BIG_BYTES);
    start_agent(STOPS_READING);
    assert_non_null(command);
    memset(command, 'c', BIG_BYTES);
    command[BIG_BYTES - 1] = '\0';
    int64_t start_ms = now_ms();
    assert_int_equal(channel->call(channel, command, 500, &reply, &err), DAQS_ETIMEOUT);
    assert_true(now_ms() - start_ms < 3000);
    assert_int_equal(agent.syncs, 1);
    free(command);
}

static void a_call_may_go_without_an_error_text(void **state)
{
    (void)state;
    assert_int_equal(channel->call(channel, "{}", 100, &reply, NULL), DAQS_EIO);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_well_behaved_agent_is_understood),
        CASE(posted_polls_are_collected),
        CASE(an_answer_too_many_is_not_taken_for_the_next),
        CASE(nothing_is_posted_to_a_guest_with_long_answers),
        CASE(nothing_is_posted_to_a_closed_connection_until_it_is_opened_again),
        CASE(one_connection_and_one_sync_serve_many_calls),
        CASE(leftovers_of_an_earlier_client_are_dropped),
        CASE(an_answer_may_come_one_byte_at_a_time),
        CASE(a_long_answer_comes_through_whole),
        CASE(an_agent_that_never_answers_times_out),
        CASE(an_agent_that_stops_answering_times_out),
        CASE(a_socket_that_nobody_accepts_on_times_out),
        CASE(a_socket_with_a_full_queue_is_an_absent_agent),
        CASE(after_a_timeout_the_next_call_starts_afresh),
        CASE(an_agent_that_hangs_up_in_the_middle_is_an_error_once),
        CASE(an_agent_that_hangs_up_at_once_is_an_error),
        CASE(after_a_restart_of_the_agent_the_next_call_works),
        CASE(a_call_is_not_repeated_without_end),
        CASE(an_agent_that_went_away_is_an_error_until_it_is_back),
        CASE(a_missing_socket_is_an_absent_agent),
        CASE(a_path_longer_than_a_socket_may_have_is_refused),
        CASE(an_answer_without_end_is_refused),
        CASE(lines_without_end_are_not_listened_to_for_long),
        CASE(an_unrequested_answer_is_not_used_for_the_next_request),
        CASE(garbage_is_handed_on_for_the_parser_to_refuse),
        CASE(a_command_that_the_agent_does_not_take_times_out),
        CASE(a_call_may_go_without_an_error_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
