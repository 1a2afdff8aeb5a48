/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include <arpa/inet.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "shared/base/clock.h"
#include "shared/net/connections.h"
#include "shared/net/socket.h"

enum { PATIENCE_S = 30, TURN_MS = 20, FAR = 1 << 30 };

/* A router with a limit on its connections, and the time, which the tests set. */
struct world {
    zsock_t *router;
    struct connections *connections;
    struct sockaddr_in address;
    int64_t now_ms;
};

static int open_world(struct world *w, const struct connections_bounds *bounds)
{
    struct daqs_error err = {0};
    zsock_t *monitor = NULL;
    zsys_handler_set(NULL);
    w->router = net_router_new("tcp://127.0.0.1:*", NULL, NULL, &monitor, &err);
    if (!w->router)
        fail_msg("%s", err.text);
    w->connections = connections_new(w->router, monitor, bounds);
    assert_non_null(w->connections);
    w->address = (struct sockaddr_in){.sin_family = AF_INET};
    w->address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    w->address.sin_port =
        htons((uint16_t)strtoul(strrchr(zsock_endpoint(w->router), ':') + 1, NULL, 10));
    w->now_ms = 1000;
    return 0;
}

static void close_world(struct world *w)
{
    connections_free(w->connections);
    zsock_destroy(&w->router);
}

static int connect_plain(const struct world *w)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (const struct sockaddr *)&w->address, sizeof w->address), 0);
    return fd;
}

/* Returns whether the connection was closed. Reads over libzmq's greeting. */
static bool is_hung_up(int fd)
{
    char bytes[256];
    for (;;) {
        struct pollfd item = {.fd = fd, .events = POLLIN};
        if (poll(&item, 1, 0) <= 0)
            return false;
        if (recv(fd, bytes, sizeof bytes, 0) <= 0)
            return true;
    }
}

static void turn(struct world *w)
{
    const struct timespec pause = {.tv_nsec = TURN_MS * 1000000L};
    (void)nanosleep(&pause, NULL);
    connections_tick(w->connections, w->now_ms);
}

static void until_accepted(struct world *w, uint64_t count)
{
    time_t end = time(NULL) + PATIENCE_S;
    while (connections_counted(w->connections).accepted < count && time(NULL) < end)
        turn(w);
    assert_int_equal(connections_counted(w->connections).accepted, count);
}

static void until_hung_up(struct world *w, int fd)
{
    time_t end = time(NULL) + PATIENCE_S;
    while (!is_hung_up(fd) && time(NULL) < end)
        turn(w);
    assert_true(is_hung_up(fd));
}

static void of_too_many_strangers_the_first_goes(void **state)
{
    const struct connections_bounds bounds = {3, FAR};
    struct world w;
    int fd[5];
    (void)state;
    open_world(&w, &bounds);
    for (size_t i = 0; i < 5; i++) {
        fd[i] = connect_plain(&w);
        until_accepted(&w, i + 1);
    }
    until_hung_up(&w, fd[0]);
    until_hung_up(&w, fd[1]);
    for (size_t i = 2; i < 5; i++)
        assert_false(is_hung_up(fd[i]));
    const struct connections_count count = connections_counted(w.connections);
    assert_int_equal(count.crowded_out, 2);
    assert_int_equal(count.pending, 3);
    for (size_t i = 0; i < 5; i++)
        close(fd[i]);
    close_world(&w);
}

static void a_stranger_is_not_waited_for_for_ever(void **state)
{
    const struct connections_bounds bounds = {100, 10000};
    struct world w;
    (void)state;
    open_world(&w, &bounds);
    int fd = connect_plain(&w);
    until_accepted(&w, 1);
    w.now_ms += 9999;
    turn(&w);
    assert_int_equal(connections_counted(w.connections).pending, 1);
    w.now_ms++;
    until_hung_up(&w, fd);
    assert_int_equal(connections_counted(w.connections).silent, 1);
    close(fd);
    close_world(&w);
}

static void a_closed_connection_is_no_longer_counted(void **state)
{
    const struct connections_bounds bounds = {100, FAR};
    struct world w;
    time_t end = time(NULL) + PATIENCE_S;
    (void)state;
    open_world(&w, &bounds);
    int fd = connect_plain(&w);
    until_accepted(&w, 1);
    close(fd);
    while (connections_counted(w.connections).pending > 0 && time(NULL) < end)
        turn(&w);
    assert_int_equal(connections_counted(w.connections).pending, 0);
    close_world(&w);
}

/* A peer that has sent a valid message keeps its connection and no longer counts as pending. */
static void an_enrolled_key_is_not_listed_as_rejected(void **state)
{
    const struct connections_bounds bounds = {1, 10000};
    struct world w;
    struct daqs_error err = {0};
    struct net_route peer;
    zmq_msg_t body;
    time_t end = time(NULL) + PATIENCE_S;
    (void)state;
    open_world(&w, &bounds);
    zsock_t *dealer = net_dealer_new(zsock_endpoint(w.router), NULL, NULL, &err);
    assert_non_null(dealer);
    while (net_send(dealer, NULL, "hello", 5) != DAQS_OK && time(NULL) < end)
        turn(&w);
    while (net_receive(w.router, &peer, &body) != DAQS_OK) {
        assert_true(time(NULL) < end);
        turn(&w);
    }
    connections_known(w.connections, net_sender_fd(&body), w.now_ms);
    zmq_msg_close(&body);
    assert_int_equal(connections_counted(w.connections).pending, 0);
    int fd = connect_plain(&w);
    until_accepted(&w, 2);
    w.now_ms += 20000;
    until_hung_up(&w, fd);
    assert_int_equal(connections_counted(w.connections).crowded_out, 0);
    assert_int_equal(net_send(w.router, &peer, "still there", 11), DAQS_OK);
    time_t soon = time(NULL) + PATIENCE_S;
    while (net_receive(dealer, NULL, &body) != DAQS_OK) {
        assert_true(time(NULL) < soon);
        turn(&w);
    }
    zmq_msg_close(&body);
    close(fd);
    zsock_destroy(&dealer);
    close_world(&w);
}

static void a_new_connection_with_the_same_descriptor_is_not_closed(void **state)
{
    int pair[2];
    int other[2];
    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, other), 0);
    const struct connection connection = connection_of(pair[0]);
    assert_int_equal(dup2(other[0], pair[0]), pair[0]);
    connection_hang_up(&connection);
    assert_int_equal(send(other[1], "x", 1, MSG_NOSIGNAL), 1);
    assert_false(is_hung_up(other[1]));
    const struct connection right = connection_of(pair[0]);
    connection_hang_up(&right);
    assert_true(is_hung_up(other[1]));
    close(pair[0]);
    close(pair[1]);
    close(other[0]);
    close(other[1]);
    assert_int_equal(connection_of(-1).fd, -1);
    connection_hang_up(&(const struct connection){.fd = -1});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_too_many_strangers_the_first_goes),
        cmocka_unit_test(a_stranger_is_not_waited_for_for_ever),
        cmocka_unit_test(a_closed_connection_is_no_longer_counted),
        cmocka_unit_test(an_enrolled_key_is_not_listed_as_rejected),
        cmocka_unit_test(a_new_connection_with_the_same_descriptor_is_not_closed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
