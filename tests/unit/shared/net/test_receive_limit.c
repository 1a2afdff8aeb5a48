/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "shared/net/connections.h"
#include "shared/net/receive_limit.h"
#include "shared/net/socket.h"

enum { PART = 60000, PATIENCE_S = 30 };

/* A connected pair; what comes over the first one is watched. */
struct pair {
    int fd[2];
};

static struct pair watched_pair(void)
{
    struct pair pair;
    struct stat about;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.fd), 0);
    assert_int_equal(fstat(pair.fd[0], &about), 0);
    receive_limit_watch(pair.fd[0], about.st_ino);
    return pair;
}

static void close_pair(const struct pair *pair)
{
    close(pair->fd[0]);
    close(pair->fd[1]);
}

/* Sends a part and receives it. Returns whether the connection goes on. */
static bool pass(const struct pair *pair)
{
    static char part[PART];
    assert_int_equal(send(pair->fd[1], part, PART, 0), PART);
    size_t got = 0;
    while (got < PART) {
        ssize_t n = recv(pair->fd[0], part, PART - got, 0);
        if (n <= 0)
            return false;
        got += (size_t)n;
    }
    return true;
}

static void what_is_not_read_ends_the_connection(void **state)
{
    const struct pair pair = watched_pair();
    const uint64_t before = receive_limit_ended();
    size_t bytes = 0;
    (void)state;
    while (pass(&pair))
        bytes += PART;
    assert_in_range(bytes, RECEIVE_UNREAD_MOST, RECEIVE_UNREAD_MOST + PART);
    assert_int_equal(receive_limit_ended(), before + 1);
    close_pair(&pair);
}

static void what_is_read_does_not(void **state)
{
    const struct pair pair = watched_pair();
    (void)state;
    for (size_t bytes = 0; bytes < 3 * (size_t)RECEIVE_UNREAD_MOST; bytes += PART) {
        assert_true(pass(&pair));
        receive_limit_read(pair.fd[0], PART - RECEIVE_FRAME_BYTES);
    }
    close_pair(&pair);
}

static void a_socket_that_has_the_descriptor_later_is_not_watched(void **state)
{
    const struct pair pair = watched_pair();
    struct pair other;
    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, other.fd), 0);
    assert_int_equal(dup2(other.fd[0], pair.fd[0]), pair.fd[0]);
    close(other.fd[0]);
    other.fd[0] = pair.fd[0];
    for (size_t bytes = 0; bytes < 2 * (size_t)RECEIVE_UNREAD_MOST; bytes += PART)
        assert_true(pass(&other));
    close(pair.fd[1]);
    close_pair(&other);
}

/* --- a router of libzmq --- */

static bool send_all(int fd, const void *bytes, size_t length)
{
    for (size_t sent = 0; sent < length;) {
        ssize_t n = send(fd, (const char *)bytes + sent, length - sent, MSG_NOSIGNAL);
        if (n <= 0)
            return false;
        sent += (size_t)n;
    }
    return true;
}

/* Connects and completes the handshake of ZMTP 3 without keys. */
static int greet(const char *endpoint)
{
    static const char greeting[64] = "\xff\0\0\0\0\0\0\0\0\x7f\x03\0NULL";
    static const char ready[] = "\x04\x29\x05READY\x0bSocket-Type\0\0\0\x06"
                                "DEALER\x08Identity\0\0\0";
    struct sockaddr_in address = {.sin_family = AF_INET};
    const struct timeval patience = {PATIENCE_S, 0};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons((uint16_t)strtoul(strrchr(endpoint, ':') + 1, NULL, 10));
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(fd, (const struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience), 0);
    assert_true(send_all(fd, greeting, sizeof greeting));
    assert_true(
        send_all(fd, ready, sizeof ready)); /* with the last byte of the identity's length */
    /* libzmq ends a connection whose first message comes before its own part of the handshake. */
    char answer[sizeof greeting + sizeof ready];
    assert_int_equal(recv(fd, answer, sizeof answer, MSG_WAITALL), sizeof answer);
    return fd;
}

/* The parts of a message without an end wait in libzmq, which does not show them. */
static void a_message_without_an_end_ends_the_connection(void **state)
{
    static char part[9 + PART] = {3, 0, 0, 0, 0, 0, 0, (char)(PART >> 8), (char)(PART & 0xff)};
    const struct connections_bounds bounds = {10, 1 << 30};
    struct daqs_error err = {0};
    zsock_t *monitor = NULL;
    const time_t end = time(NULL) + PATIENCE_S;
    (void)state;
    zsys_handler_set(NULL);
    const struct net_router_bounds queues = {WIRE_MESSAGE_MAX, 64};
    zsock_t *router = net_router_new("tcp://127.0.0.1:*", NULL, &queues, &monitor, &err);
    assert_non_null(router);
    struct connections *connections = connections_new(router, monitor, &bounds);
    int fd = greet(zsock_endpoint(router));
    while (connections_counted(connections).accepted == 0 && time(NULL) < end)
        connections_tick(connections, 1);
    const uint64_t before = receive_limit_ended();
    size_t sent = 0;
    while (sent < 20 * (size_t)RECEIVE_UNREAD_MOST && send_all(fd, part, sizeof part))
        sent += sizeof part;
    assert_int_equal(receive_limit_ended(), before + 1);
    assert_true(sent < 4 * (size_t)RECEIVE_UNREAD_MOST); /* what the kernel queues included */
    close(fd);
    connections_free(connections);
    zsock_destroy(&router);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_not_read_ends_the_connection),
        cmocka_unit_test(what_is_read_does_not),
        cmocka_unit_test(a_socket_that_has_the_descriptor_later_is_not_watched),
        cmocka_unit_test(a_message_without_an_end_ends_the_connection),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
