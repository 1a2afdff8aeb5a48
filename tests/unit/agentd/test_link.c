/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/lib/check.h"

#include "agentd/link.h"
#include "shared/base/clock.h"

enum { PATIENCE_MS = 30000, LOOK_MS = 20, SILENCE_MS = 2500 };

/* What a ROUTER sends first: its greeting, without keys, and READY. */
static const uint8_t welcome[] = {0xff, 0,   0,   0,   0,        0,   0,   0,   0,   0x7f, 3,   0,
                                  'N',  'U', 'L', 'L', [64] = 4, 28,  5,   'R', 'E', 'A',  'D', 'Y',
                                  11,   'S', 'o', 'c', 'k',      'e', 't', '-', 'T', 'y',  'p', 'e',
                                  0,    0,   0,   6,   'R',      'O', 'U', 'T', 'E', 'R'};

/* The header of a message that is longer than any. */
static const uint8_t nonsense[] = {2, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

struct line {
    int server;
    char endpoint[64];
    const char *endpoints[1];
    struct daqs_log_budget budget;
    struct link *link;
};

static int64_t now_ms(void)
{
    return daqs_mono_ms(daqs_clock_system());
}

static int begin(void **state)
{
    static struct line line;
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t length = sizeof address;
    struct daqs_error err = {0};
    zsys_handler_set(NULL);
    line = (struct line){.server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (line.server < 0 || bind(line.server, (struct sockaddr *)&address, length) < 0 ||
        listen(line.server, 8) < 0 ||
        getsockname(line.server, (struct sockaddr *)&address, &length) < 0)
        return -1;
    (void)snprintf(line.endpoint, sizeof line.endpoint, "tcp://127.0.0.1:%u",
                   (unsigned)ntohs(address.sin_port));
    line.endpoints[0] = line.endpoint;
    const struct link_setup setup = {.host = "node1",
                                     .endpoint = line.endpoints,
                                     .endpoints = 1,
                                     .state_dir = "/nonexistent",
                                     .poll_ms = 100,
                                     .budget = &line.budget};
    *state = &line;
    line.link = link_new(&setup, now_ms(), &err);
    return line.link ? 0 : -1;
}

static int end(void **state)
{
    struct line *line = *state;
    link_free(line->link);
    return close(line->server);
}

/* Waits for the next connection and sends the greeting, while the agent maintains its link. Sets
 * '*ret_made' if the agent made a new socket. */
static int next_connection(struct line *line, bool *ret_made)
{
    int64_t until = now_ms() + PATIENCE_MS;
    struct pollfd p = {.fd = line->server, .events = POLLIN};
    *ret_made = false;
    while (now_ms() < until) {
        if (poll(&p, 1, LOOK_MS) > 0) {
            int fd = accept(line->server, NULL, NULL);
            assert_true(fd >= 0);
            assert_int_equal(send(fd, welcome, sizeof welcome, MSG_NOSIGNAL), sizeof welcome);
            return fd;
        }
        *ret_made |= link_maintain(line->link, now_ms());
    }
    fail_msg("nobody connects");
    return -1;
}

static void look_until_connected(struct line *line)
{
    int64_t until = now_ms() + PATIENCE_MS;
    while (!link_connected(line->link)) {
        assert_true(now_ms() < until);
        assert_false(link_maintain(line->link, now_ms()));
        (void)poll(NULL, 0, LOOK_MS);
    }
}

/* libzmq does not reconnect: it regards such a peer as one that it must not contact again. The
 * default lease is as long as LINK_RETRY_MS. */
static void after_nonsense_the_connection_is_opened_again_within_a_lease(void **state)
{
    struct line *line = *state;
    bool made;
    int fd = next_connection(line, &made);
    look_until_connected(line);
    const int64_t sent_ms = now_ms();
    assert_int_equal(send(fd, nonsense, sizeof nonsense, MSG_NOSIGNAL), sizeof nonsense);
    int again = next_connection(line, &made);
    assert_true(made);
    assert_true(now_ms() - sent_ms < LINK_RETRY_MS);
    assert_int_equal(close(again), 0);
    assert_int_equal(close(fd), 0);
}

static void a_closed_connection_is_left_to_libzmq(void **state)
{
    struct line *line = *state;
    bool made;
    int fd = next_connection(line, &made);
    look_until_connected(line);
    assert_int_equal(close(fd), 0);
    int again = next_connection(line, &made);
    assert_false(made);
    int64_t until = now_ms() + LINK_RETRY_MS * 3 / 2;
    while (now_ms() < until) {
        assert_false(link_maintain(line->link, now_ms()));
        (void)poll(NULL, 0, LOOK_MS);
    }
    assert_int_equal(close(again), 0);
}

/* A router of libzmq 4.3.4 whose queue is full would terminate the controller on a heartbeat. */
static void no_heartbeats_are_sent(void **state)
{
    struct line *line = *state;
    uint8_t heard[1024];
    size_t length = 0;
    bool made;
    int fd = next_connection(line, &made);
    look_until_connected(line);
    int64_t until = now_ms() + SILENCE_MS;
    while (now_ms() < until && length < sizeof heard) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        if (poll(&p, 1, LOOK_MS) > 0) {
            ssize_t n = recv(fd, heard + length, sizeof heard - length, 0);
            assert_true(n > 0);
            length += (size_t)n;
        }
        assert_false(link_maintain(line->link, now_ms()));
    }
    assert_non_null(memmem(heard, length, "READY", 5));
    assert_null(memmem(heard, length, "PING", 4));
    assert_int_equal(close(fd), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(no_heartbeats_are_sent, begin, end),
        cmocka_unit_test_setup_teardown(
            after_nonsense_the_connection_is_opened_again_within_a_lease, begin, end),
        cmocka_unit_test_setup_teardown(a_closed_connection_is_left_to_libzmq, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
