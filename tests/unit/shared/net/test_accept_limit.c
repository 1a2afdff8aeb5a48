/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "shared/net/accept_limit.h"
#include "shared/net/socket.h"

static int listen_on(const struct sockaddr *address, socklen_t length)
{
    int fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, address, length), 0);
    assert_int_equal(listen(fd, 10), 0);
    return fd;
}

/* Returns a listener; 'ret_knocker' is a client that has connected to it. */
static int knock(int family, int *ret_knocker)
{
    struct sockaddr_storage address = {.ss_family = (sa_family_t)family};
    socklen_t length = family == AF_UNIX ? sizeof(sa_family_t) : sizeof(struct sockaddr_in);
    if (family == AF_INET)
        ((struct sockaddr_in *)&address)->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int listener = listen_on((const struct sockaddr *)&address, length);
    length = sizeof address;
    assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &length), 0);
    *ret_knocker = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(*ret_knocker, (struct sockaddr *)&address, length), 0);
    return listener;
}

static void assert_let_in(int family)
{
    int knocker = -1;
    int listener = knock(family, &knocker);
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    assert_true(fd >= 0);
    close(fd);
    close(knocker);
    close(listener);
}

static void assert_turned_away(int family)
{
    char byte;
    int knocker = -1;
    uint64_t before = accept_limit_out_of_descriptors();
    int listener = knock(family, &knocker);
    assert_int_equal(accept4(listener, NULL, NULL, SOCK_CLOEXEC), -1);
    assert_int_equal(errno, ECONNABORTED);
    assert_int_equal(accept_limit_out_of_descriptors(), before + 1);
    assert_true(recv(knocker, &byte, 1, 0) <= 0); /* the connection was closed */
    close(knocker);
    close(listener);
}

static void without_bounds_every_connection_is_accepted(void **state)
{
    (void)state;
    accept_limit_descriptors(INT_MAX, INT_MAX);
    assert_let_in(AF_INET);
    assert_let_in(AF_UNIX);
}

static void those_of_this_machine_have_some_to_themselves(void **state)
{
    (void)state;
    accept_limit_descriptors(3, INT_MAX);
    assert_turned_away(AF_INET);
    assert_let_in(AF_UNIX);
    accept_limit_descriptors(3, 3);
    assert_turned_away(AF_UNIX);
    accept_limit_descriptors(INT_MAX, INT_MAX);
}

/* Connects from an address to a listener on 127.0.0.1 and accepts the connection. Returns -1 if it
 * was rejected. */
static int accept_from(int listener, const char *from)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    struct sockaddr_in there;
    socklen_t length = sizeof there;
    int knocker = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(inet_pton(AF_INET, from, &address.sin_addr), 1);
    assert_int_equal(bind(knocker, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&there, &length), 0);
    assert_int_equal(connect(knocker, (struct sockaddr *)&there, length), 0);
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    int why = errno;
    close(knocker);
    errno = why;
    return fd;
}

static void too_frequent_connections_are_rejected(void **state)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int listener = listen_on((struct sockaddr *)&address, sizeof address);
    uint64_t before = accept_limit_too_often();
    (void)state;
    accept_limit_rate(1);
    close(accept_from(listener, "127.0.0.2"));
    assert_int_equal(accept_limit_too_often(), before);
    assert_int_equal(accept_from(listener, "127.0.0.2"), -1);
    assert_int_equal(errno, ECONNABORTED);
    assert_int_equal(accept_limit_too_often(), before + 1);
    int other = accept_from(listener, "127.0.0.3");
    assert_true(other >= 0);
    close(other);
    for (int i = 0; i < 3; i++) { /* loopback addresses of this machine have no limit */
        int fd = accept_from(listener, "127.0.0.1");
        assert_true(fd >= 0);
        close(fd);
    }
    assert_int_equal(accept_limit_too_often(), before + 1);
    accept_limit_rate(1000000);
    close(listener);
}

static void other_failures_stay_unchanged(void **state)
{
    uint64_t before = accept_limit_out_of_descriptors();
    (void)state;
    assert_int_equal(accept4(-1, NULL, NULL, 0), -1);
    assert_int_equal(errno, EBADF);
    assert_int_equal(accept_limit_out_of_descriptors(), before);
}

/* The process survives when libzmq's ipc listener finds no free descriptor. */
static void without_any_descriptor_libzmq_lives_on(void **state)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "/tmp/daqs-test-accepting"};
    struct daqs_error err = {0};
    struct rlimit limit;
    char endpoint[128];
    time_t end = time(NULL) + 30;
    const struct timespec pause = {.tv_nsec = 20000000};
    (void)state;
    zsys_handler_set(NULL);
    (void)snprintf(endpoint, sizeof endpoint, "ipc://%s", address.sun_path);
    zsock_t *router = net_router_new(endpoint, NULL, NULL, NULL, &err);
    assert_non_null(router);
    int knocker = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int lowest = fcntl(knocker, F_DUPFD_CLOEXEC, 0); /* the lowest free descriptor */
    assert_true(lowest > 0);
    close(lowest);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    const struct rlimit none = {(rlim_t)lowest, limit.rlim_max};
    uint64_t before = accept_limit_out_of_descriptors();
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    assert_int_equal(connect(knocker, (const struct sockaddr *)&address, sizeof address), 0);
    while (accept_limit_out_of_descriptors() == before && time(NULL) < end)
        (void)nanosleep(&pause, NULL);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    assert_true(accept_limit_out_of_descriptors() > before);
    zsock_destroy(&router);
    close(knocker);
    (void)unlink(address.sun_path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_bounds_every_connection_is_accepted),
        cmocka_unit_test(those_of_this_machine_have_some_to_themselves),
        cmocka_unit_test(too_frequent_connections_are_rejected),
        cmocka_unit_test(other_failures_stay_unchanged),
        cmocka_unit_test(without_any_descriptor_libzmq_lives_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
