/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "shared/net/daemon_notify.h"

/* The socket that systemd would have at the other end of NOTIFY_SOCKET. */
static int manager;
static char heard[1024];

static int listen_as_a_manager(void **state)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)state;
    (void)snprintf(address.sun_path + 1, sizeof address.sun_path - 1, "daqs-notify-%d", getpid());
    manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    socklen_t length =
        (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(address.sun_path + 1));
    if (manager < 0 || bind(manager, (const struct sockaddr *)&address, length) < 0)
        return -1;
    address.sun_path[0] = '@';
    unsetenv("WATCHDOG_USEC");
    unsetenv("WATCHDOG_PID");
    return setenv("NOTIFY_SOCKET", address.sun_path, 1);
}

static int hang_up(void **state)
{
    (void)state;
    unsetenv("NOTIFY_SOCKET");
    return close(manager);
}

/* Returns the next message, or "" if there is none. */
static const char *hear(void)
{
    ssize_t n = recv(manager, heard, sizeof heard - 1, 0);
    heard[n > 0 ? n : 0] = '\0';
    return heard;
}

static void readiness_is_sent_once_by_the_first_beat(void **state)
{
    struct daemon_notify notify;
    (void)state;
    daemon_notify_init(&notify);
    assert_string_equal(hear(), "");
    for (int64_t now_ms = 0; now_ms < 100000; now_ms += 100)
        daemon_notify_beat(&notify, now_ms);
    assert_string_equal(hear(), "READY=1");
    assert_string_equal(hear(), "");
}

static void life_is_proven_at_half_of_the_time(void **state)
{
    struct daemon_notify notify;
    int beats = 0;
    (void)state;
    setenv("WATCHDOG_USEC", "3000000", 1);
    daemon_notify_init(&notify);
    for (int64_t now_ms = 50000; now_ms <= 65000; now_ms += 100)
        daemon_notify_beat(&notify, now_ms);
    assert_string_equal(hear(), "READY=1");
    while (strcmp(hear(), "WATCHDOG=1") == 0)
        beats++;
    assert_string_equal(heard, "");
    assert_int_equal(beats, 10);
}

static void answers_about_other_guests_prove_no_life(void **state)
{
    struct daemon_notify notify;
    (void)state;
    setenv("WATCHDOG_USEC", "3000000", 1);
    setenv("WATCHDOG_PID", "1", 1);
    daemon_notify_init(&notify);
    assert_int_equal(notify.beat_ms, 0);
    setenv("WATCHDOG_PID", "nonsense", 1);
    daemon_notify_init(&notify);
    assert_int_equal(notify.beat_ms, 0);
}

static void the_shortest_time_does_not_divide_by_zero(void **state)
{
    struct daemon_notify notify;
    (void)state;
    setenv("WATCHDOG_USEC", "1", 1);
    daemon_notify_init(&notify);
    assert_int_equal(notify.beat_ms, 1);
}

static void a_status_is_wanted_once_a_second_and_sent_when_it_changed(void **state)
{
    struct daemon_notify notify;
    (void)state;
    daemon_notify_init(&notify);
    assert_true(daemon_notify_wants_status(&notify, 1000));
    daemon_notify_status(&notify, 1000, "hosts up: %d", 1);
    assert_string_equal(hear(), "STATUS=hosts up: 1");
    assert_false(daemon_notify_wants_status(&notify, 1900));
    assert_true(daemon_notify_wants_status(&notify, 2000));
    daemon_notify_status(&notify, 2000, "hosts up: %d", 1);
    assert_string_equal(hear(), "");
    assert_false(daemon_notify_wants_status(&notify, 2900));
    daemon_notify_status(&notify, 3000, "hosts up: %d", 2);
    assert_string_equal(hear(), "STATUS=hosts up: 2");
}

static void a_status_is_one_line_of_bounded_length(void **state)
{
    struct daemon_notify notify;
    char large[2 * DAEMON_STATUS_BYTES];
    (void)state;
    daemon_notify_init(&notify);
    daemon_notify_status(&notify, 1000, "%s", "a\nMAINPID=1\nb\x7f");
    assert_string_equal(hear(), "STATUS=a?MAINPID=1?b?");
    memset(large, 'x', sizeof large - 1);
    large[sizeof large - 1] = '\0';
    daemon_notify_status(&notify, 2000, "%s", large);
    assert_int_equal(strlen(hear()), strlen("STATUS=") + DAEMON_STATUS_BYTES - 1);
}

static void reloading_and_stopping_are_reported(void **state)
{
    struct daemon_notify notify;
    (void)state;
    daemon_notify_init(&notify);
    daemon_notify_reloading(&notify);
    daemon_notify_reloaded(&notify);
    assert_string_equal(hear(), ""); /* READY=1 would report that the daemon serves already */
    daemon_notify_beat(&notify, 0);
    assert_string_equal(hear(), "READY=1");
    daemon_notify_reloading(&notify);
    assert_memory_equal(hear(), "RELOADING=1\nMONOTONIC_USEC=", 27);
    daemon_notify_reloaded(&notify);
    assert_string_equal(hear(), "READY=1");
    daemon_notify_stopping();
    assert_string_equal(hear(), "STOPPING=1");
}

static void nothing_is_sent_if_nobody_asked(void **state)
{
    struct daemon_notify notify;
    (void)state;
    unsetenv("NOTIFY_SOCKET");
    setenv("WATCHDOG_USEC", "1000000", 1);
    daemon_notify_init(&notify);
    assert_false(daemon_notify_wants_status(&notify, 0));
    for (int64_t now_ms = 0; now_ms < 5000; now_ms += 100)
        daemon_notify_beat(&notify, now_ms);
    daemon_notify_status(&notify, 5000, "well");
    daemon_notify_reloading(&notify);
    daemon_notify_reloaded(&notify);
    daemon_notify_stopping();
    assert_string_equal(hear(), "");
}

static void a_manager_that_has_gone_is_survived(void **state)
{
    struct daemon_notify notify;
    (void)state;
    setenv("NOTIFY_SOCKET", "/nowhere/at/all", 1);
    setenv("WATCHDOG_USEC", "1000000", 1);
    daemon_notify_init(&notify);
    for (int64_t now_ms = 0; now_ms < 5000; now_ms += 100)
        daemon_notify_beat(&notify, now_ms);
    daemon_notify_status(&notify, 5000, "well");
    assert_string_equal(hear(), "");
}

int main(void)
{
#define CASE(test) cmocka_unit_test_setup_teardown(test, listen_as_a_manager, hang_up)
    const struct CMUnitTest tests[] = {
        CASE(readiness_is_sent_once_by_the_first_beat),
        CASE(life_is_proven_at_half_of_the_time),
        CASE(answers_about_other_guests_prove_no_life),
        CASE(the_shortest_time_does_not_divide_by_zero),
        CASE(a_status_is_wanted_once_a_second_and_sent_when_it_changed),
        CASE(a_status_is_one_line_of_bounded_length),
        CASE(reloading_and_stopping_are_reported),
        CASE(nothing_is_sent_if_nobody_asked),
        CASE(a_manager_that_has_gone_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
