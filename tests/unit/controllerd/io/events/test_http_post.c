/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "controllerd/io/events/http_post.h"
#include "shared/base/clock.h"

enum { LONG_MS = 60000, REQUEST_BYTES = 8192 };

/* A server on loopback that answers one request with 'answer', then with 'filler' so often. NULL:
 * it accepts, and says nothing until the client has gone. */
static struct {
    int socket;
    char url[96];
    const char *answer;
    size_t fillers;
    char request[REQUEST_BYTES];
    pthread_t thread;
} server;

static void *serve(void *arg)
{
    static char filler[4096];
    size_t n = 0;
    ssize_t got = 0;
    (void)arg;
    memset(filler, 'x', sizeof filler);
    int fd = accept(server.socket, NULL, NULL);
    if (fd < 0)
        return NULL;
    while ((got = read(fd, server.request + n, sizeof server.request - 1 - n)) > 0) {
        n += (size_t)got;
        server.request[n] = '\0';
        if (server.answer && strstr(server.request, "\r\n\r\n[]"))
            break;
    }
    if (server.answer)
        (void)send(fd, server.answer, strlen(server.answer), MSG_NOSIGNAL);
    for (size_t i = 0; server.answer && i < server.fillers; i++)
        if (send(fd, filler, sizeof filler, MSG_NOSIGNAL) < 0)
            break;
    close(fd);
    return NULL;
}

static void begin(const char *answer, size_t fillers)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    server.socket = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(server.socket >= 0);
    assert_int_equal(bind(server.socket, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(server.socket, 4), 0);
    assert_int_equal(getsockname(server.socket, (struct sockaddr *)&address, &size), 0);
    (void)snprintf(server.url, sizeof server.url, "http://me:s3cret@127.0.0.1:%d/api?token=t0ken",
                   ntohs(address.sin_port));
    server.answer = answer;
    server.fillers = fillers;
    server.request[0] = '\0';
    assert_int_equal(pthread_create(&server.thread, NULL, serve, NULL), 0);
}

static void finish(void)
{
    (void)shutdown(server.socket, SHUT_RDWR); /* ends an accept that still waits */
    (void)pthread_join(server.thread, NULL);
    close(server.socket);
}

/* Posts to a server that answers so; no error names a secret. */
static int post(const char *answer, size_t fillers, int64_t most_ms, int stop_fd,
                struct daqs_error *err)
{
    *err = (struct daqs_error){0};
    begin(answer, fillers);
    int result = http_post(server.url, "[]", most_ms, stop_fd, err);
    finish();
    assert_null(strstr(err->text, "s3cret"));
    assert_null(strstr(err->text, "t0ken"));
    return result;
}

#define ANSWER(status) "HTTP/1.1 " status "\r\nContent-Length: 0\r\n\r\n"

static void the_text_is_posted_as_json_with_the_password(void **state)
{
    struct daqs_error err;
    (void)state;
    assert_int_equal(post(ANSWER("200 OK"), 0, LONG_MS, -1, &err), DAQS_OK);
    assert_non_null(strstr(server.request, "POST /api?token=t0ken HTTP/1.1\r\n"));
    assert_non_null(strstr(server.request, "Content-Type: application/json\r\n"));
    assert_non_null(strstr(server.request, "Authorization: Basic bWU6czNjcmV0\r\n"));
    assert_null(strstr(server.request, "Expect:"));
}

static void an_answer_is_judged_by_its_status(void **state)
{
    struct daqs_error err;
    (void)state;
    assert_int_equal(post(ANSWER("204 No Content"), 0, LONG_MS, -1, &err), DAQS_OK);
    assert_int_equal(post(ANSWER("400 Bad Request"), 0, LONG_MS, -1, &err), DAQS_EREFUSED);
    assert_int_equal(post(ANSWER("503 Unavailable"), 0, LONG_MS, -1, &err), DAQS_EIO);
    assert_non_null(strstr(err.text, "503"));
    assert_int_equal(post(ANSWER("404 Not Found"), 0, LONG_MS, -1, &err), DAQS_EIO);
    assert_non_null(strstr(err.text, "/api/v2/alerts"));
    assert_int_equal(post("nonsense\r\n\r\n", 0, LONG_MS, -1, &err), DAQS_EIO);
}

static void redirects_are_not_followed(void **state)
{
    struct daqs_error err;
    (void)state;
    assert_int_equal(post("HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\n"
                          "Content-Length: 0\r\n\r\n",
                          0, LONG_MS, -1, &err),
                     DAQS_EIO);
    assert_non_null(strstr(err.text, "302"));
}

static void an_answer_without_an_end_is_cut(void **state)
{
    struct daqs_error err;
    (void)state;
    assert_int_equal(post("HTTP/1.1 200 OK\r\n\r\n", 100000, LONG_MS, -1, &err), DAQS_EIO);
    assert_non_null(strstr(err.text, "larger than 65536"));
}

static void a_server_that_says_nothing_is_left(void **state)
{
    struct daqs_error err;
    (void)state;
    assert_int_equal(post(NULL, 0, 300, -1, &err), DAQS_ETIMEOUT);
}

static void a_stop_ends_a_request_within_two_seconds(void **state)
{
    struct daqs_error err;
    int stop_fd = eventfd(1, EFD_CLOEXEC);
    int64_t began_ms = daqs_mono_ms(daqs_clock_system());
    (void)state;
    assert_int_equal(post(NULL, 0, LONG_MS, stop_fd, &err), DAQS_ETIMEOUT);
    assert_true(daqs_mono_ms(daqs_clock_system()) - began_ms < LONG_MS / 2);
    close(stop_fd);
}

static void a_server_that_is_away_is_an_error_that_names_it(void **state)
{
    struct daqs_error err = {0};
    char url[96];
    (void)state;
    begin(ANSWER("200 OK"), 0);
    (void)snprintf(url, sizeof url, "%s", server.url);
    finish();
    assert_int_equal(http_post(url, "[]", LONG_MS, -1, &err), DAQS_EIO);
    assert_non_null(strstr(err.text, "http://127.0.0.1:"));
    assert_null(strstr(err.text, "s3cret"));
}

static void a_url_is_checked_and_named_without_its_secrets(void **state)
{
    struct daqs_error err = {0};
    char name[HTTP_POST_NAME_BYTES];
    (void)state;
    static const char *const bad[] = {"",
                                      "alertmanager",
                                      "//host/path",
                                      "file:///etc/passwd",
                                      "ftp://me:s3cret@host/",
                                      "http://",
                                      "http://me:s3cret@host:99999/",
                                      "gopher://host/"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(http_post_check(bad[i], &err), DAQS_EINVALID);
        assert_null(strstr(err.text, "s3cret"));
    }
    assert_int_equal(http_post_check("https://[::1]:9093/api/v2/alerts", &err), DAQS_OK);
    assert_string_equal(http_post_name("https://me:s3cret@host/api?token=t", name),
                        "https://host:443");
    assert_string_equal(http_post_name("nonsense://", name), "the webhook");
}

int main(void)
{
    sigset_t broken_pipe;
    sigemptyset(&broken_pipe);
    sigaddset(&broken_pipe, SIGPIPE);
    (void)sigprocmask(SIG_BLOCK, &broken_pipe, NULL); /* as in the controller's threads */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_text_is_posted_as_json_with_the_password),
        cmocka_unit_test(an_answer_is_judged_by_its_status),
        cmocka_unit_test(redirects_are_not_followed),
        cmocka_unit_test(an_answer_without_an_end_is_cut),
        cmocka_unit_test(a_server_that_says_nothing_is_left),
        cmocka_unit_test(a_stop_ends_a_request_within_two_seconds),
        cmocka_unit_test(a_server_that_is_away_is_an_error_that_names_it),
        cmocka_unit_test(a_url_is_checked_and_named_without_its_secrets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
