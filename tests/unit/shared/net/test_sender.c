/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "shared/net/socket.h"

enum { PATIENCE_MS = 20000 };

/* Messages of a peer at 127.0.0.2 that has disconnected; its descriptor number is free again. */
struct world {
    zsock_t *router;
    int fd;
    int other; /* the peer's end of the connection that has the number now */
};

static int receive_fd(zsock_t *router)
{
    struct net_route peer;
    zmq_msg_t body;
    zmq_pollitem_t item = {.socket = zsock_resolve(router), .events = ZMQ_POLLIN};
    assert_int_equal(zmq_poll(&item, 1, PATIENCE_MS), 1);
    assert_int_equal(net_receive(router, &peer, &body), DAQS_OK);
    int fd = net_sender_fd(&body);
    zmq_msg_close(&body);
    return fd;
}

static int begin(void **state)
{
    static struct world w;
    struct daqs_error err = {0};
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    char endpoint[64];
    zsys_handler_set(NULL);
    int probe = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0); /* finds a free port */
    assert_int_equal(bind(probe, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(getsockname(probe, (struct sockaddr *)&address, &length), 0);
    close(probe);
    (void)snprintf(endpoint, sizeof endpoint, "tcp://127.0.0.1:%u", ntohs(address.sin_port));
    w = (struct world){.router = net_router_new(endpoint, NULL, NULL, NULL, &err), .other = -1};
    assert_non_null(w.router);
    zsock_t *dealer = zsock_new(ZMQ_DEALER);
    assert_int_equal(
        zsock_connect(dealer, "tcp://127.0.0.2:0;127.0.0.1:%u", ntohs(address.sin_port)), 0);
    for (int i = 0; i < 3; i++)
        assert_int_equal(zmq_send(zsock_resolve(dealer), "x", 1, 0), 1);
    w.fd = receive_fd(w.router);
    assert_true(w.fd >= 0);
    zsock_set_linger(dealer, PATIENCE_MS);
    zsock_destroy(&dealer);
    for (int i = 0; i < PATIENCE_MS / 10 && fcntl(w.fd, F_GETFD) >= 0; i++)
        zclock_sleep(10);
    int nothing =
        open("/dev/null", O_RDONLY | O_CLOEXEC); /* so that no socket gets the number yet */
    if (nothing != w.fd) {
        assert_int_equal(dup2(nothing, w.fd), w.fd);
        close(nothing);
    }
    *state = &w;
    return 0;
}

static int end(void **state)
{
    struct world *w = *state;
    zsock_destroy(&w->router);
    close(w->fd);
    close(w->other);
    return 0;
}

/* Gives the number to a connection from this address. The listener is IPv6, as libzmq's is. */
static void connect_from(struct world *w, const char *from)
{
    struct sockaddr_in6 any = {.sin6_family = AF_INET6};
    struct sockaddr_in there = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr_in here = {.sin_family = AF_INET};
    socklen_t length = sizeof any;
    int listener = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(listener, (struct sockaddr *)&any, sizeof any), 0);
    assert_int_equal(listen(listener, 1), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&any, &length), 0);
    there.sin_port = any.sin6_port;
    w->other = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(inet_pton(AF_INET, from, &here.sin_addr), 1);
    assert_int_equal(bind(w->other, (struct sockaddr *)&here, sizeof here), 0);
    assert_int_equal(connect(w->other, (struct sockaddr *)&there, sizeof there), 0);
    int fd = accept(listener, NULL, NULL);
    assert_int_equal(dup2(fd, w->fd), w->fd);
    close(fd);
    close(listener);
}

static void a_sender_that_has_gone_has_no_descriptor(void **state)
{
    struct world *w = *state;
    assert_int_equal(receive_fd(w->router), -1);
}

static void nobody_from_elsewhere_is_taken_for_a_sender_that_has_gone(void **state)
{
    struct world *w = *state;
    connect_from(w, "127.0.0.3");
    assert_int_equal(receive_fd(w->router), -1);
    close(w->other);
    connect_from(w, "127.0.0.2");
    assert_int_equal(receive_fd(w->router), w->fd);
}

static void nor_is_somebody_of_this_machine(void **state)
{
    struct world *w = *state;
    int pair[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    assert_int_equal(dup2(pair[0], w->fd), w->fd);
    close(pair[0]);
    w->other = pair[1];
    assert_int_equal(receive_fd(w->router), -1);
}

static void a_sender_over_ipc_has_one(void **state)
{
    struct daqs_error err = {0};
    char endpoint[64];
    (void)state;
    (void)snprintf(endpoint, sizeof endpoint, "ipc:///tmp/daqs-test-sender-%d.sock", (int)getpid());
    zsock_t *router = net_router_new(endpoint, NULL, NULL, NULL, &err);
    zsock_t *dealer = zsock_new(ZMQ_DEALER);
    assert_non_null(router);
    assert_int_equal(zsock_connect(dealer, "%s", endpoint), 0);
    assert_int_equal(zmq_send(zsock_resolve(dealer), "x", 1, 0), 1);
    assert_true(receive_fd(router) >= 0);
    zsock_destroy(&dealer);
    zsock_destroy(&router);
    (void)unlink(endpoint + 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_sender_that_has_gone_has_no_descriptor, begin, end),
        cmocka_unit_test_setup_teardown(nobody_from_elsewhere_is_taken_for_a_sender_that_has_gone,
                                        begin, end),
        cmocka_unit_test_setup_teardown(nor_is_somebody_of_this_machine, begin, end),
        cmocka_unit_test(a_sender_over_ipc_has_one),
    };
    return cmocka_run_group_tests_name("sender", tests, NULL, NULL);
}
