/* SPDX-License-Identifier: Apache-2.0 */
/* Requests to the kernel whose answers did not arrive in time. */
#include "tests/lib/check.h"

#include <linux/rtnetlink.h>
#include <netlink/msg.h>
#include <poll.h>
#include <stdbool.h>

#include "agentd/host/netlink.h"

enum { PATIENCE_MS = 10000 };

static struct nl_sock *sock;

static int setup(void **state)
{
    (void)state;
    sock = nl_socket_alloc();
    return sock && netlink_open(sock, NETLINK_ROUTE) == 0 ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    nl_socket_free(sock);
    return 0;
}

static bool has_answer(int wait_ms)
{
    struct pollfd answer = {.fd = nl_socket_get_fd(sock), .events = POLLIN};
    return poll(&answer, 1, wait_ms) == 1;
}

static void ask_and_do_not_read(void)
{
    const struct ifinfomsg info = {.ifi_family = AF_UNSPEC, .ifi_index = 1};
    struct nl_msg *message = nlmsg_alloc_simple(RTM_GETLINK, 0);
    assert_non_null(message);
    assert_int_equal(nlmsg_append(message, (void *)&info, sizeof info, 4), 0);
    assert_true(nl_send_auto(sock, message) >= 0);
    nlmsg_free(message);
    assert_true(has_answer(PATIENCE_MS));
}

/* Otherwise it would be read as the answer to the next request, and so on. */
static void an_answer_that_comes_too_late_is_thrown_away(void **state)
{
    const int lost[] = {-NLE_AGAIN, -NLE_SEQ_MISMATCH};
    (void)state;
    for (size_t i = 0; i < sizeof lost / sizeof lost[0]; i++) {
        ask_and_do_not_read();
        (void)netlink_failed(sock, NETLINK_ROUTE, NULL, "cannot read", "lo", lost[i]);
        assert_false(has_answer(0));
        ask_and_do_not_read(); /* a new socket is used from here on */
    }
}

static void a_refusal_is_an_answer(void **state)
{
    struct daqs_error err = {0};
    (void)state;
    ask_and_do_not_read();
    assert_int_equal(netlink_failed(sock, NETLINK_ROUTE, &err, "cannot set", "lo", -NLE_INVAL),
                     DAQS_EREFUSED);
    assert_true(has_answer(0));
    assert_int_equal(netlink_failed(sock, NETLINK_ROUTE, &err, "cannot set", "lo", -NLE_NODEV),
                     DAQS_ENOTFOUND);
    assert_true(has_answer(0));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(an_answer_that_comes_too_late_is_thrown_away),
        CASE(a_refusal_is_an_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
