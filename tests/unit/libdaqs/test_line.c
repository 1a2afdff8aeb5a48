/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "libdaqs/line.h"
#include "shared/wire/bus.h"
#include "tests/lib/temp_folder.h"

enum { NOBODY = 65534 };

/* A directory with a socket that no process listens on. */
struct scene {
    char folder[TEMP_FOLDER_BYTES];
    char path[TEMP_FOLDER_BYTES + 16];
    char endpoint[ENDPOINT_BYTES];
};

static int make_scene(void **state)
{
    struct scene *s = calloc(1, sizeof *s);
    if (!s || temp_folder_make(s->folder) != 0)
        return -1;
    *state = s;
    (void)snprintf(s->path, sizeof s->path, "%s/admin.sock", s->folder);
    (void)snprintf(s->endpoint, sizeof s->endpoint, "ipc://%s", s->path);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s", s->path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (const struct sockaddr *)&address, sizeof address) != 0)
        return -1;
    return close(fd);
}

static int end_scene(void **state)
{
    struct scene *s = *state;
    int result = temp_folder_remove(s->folder);
    free(s);
    return result;
}

static void assert_says(const char *endpoint, const char *why)
{
    struct daqs_error err = {0};
    char begin[ENDPOINT_BYTES + 64];
    (void)snprintf(begin, sizeof begin, "no controller answers at %s: ", endpoint);
    assert_int_equal(line_unanswered(endpoint, &err), DAQS_ETIMEOUT);
    if (strncmp(err.text, begin, strlen(begin)) != 0 || !strstr(err.text, why))
        fail_msg("%s", err.text);
}

static void a_missing_socket_is_distinguished_from_one_without_a_listener(void **state)
{
    struct scene *s = *state;
    assert_says(s->endpoint, "the socket exists, but no process listens on it");
    assert_int_equal(unlink(s->path), 0);
    assert_says(s->endpoint, "the socket does not exist");
    assert_says("ipc:///nonexistent/daqs/admin.sock", "the socket does not exist");
    assert_says("ipc:///dev/null/x", "Not a directory");
    assert_says("ipc:///dev/null", "it is not a socket");
    assert_says("ipc://@daqs", "is daqs-controllerd running there?"); /* an abstract one, no path */
    assert_says("tcp://127.0.0.1:7421", "is daqs-controllerd running there?");
}

static void a_silent_listener_is_distinguished_from_none(void **state)
{
    struct scene *s = *state;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s", s->path);
    assert_int_equal(unlink(s->path), 0);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(fd, 0), 0);
    assert_says(s->endpoint, "a process listens there but does not answer");
    assert_says(s->endpoint, "a process listens there but does not answer"); /* its queue is full */
    assert_int_equal(close(fd), 0);
    assert_says(s->endpoint, "the socket exists, but no process listens on it");
}

/* Missing permissions are reported as such; if root runs the test, it switches to another user. */
static void a_program_that_may_not_run_is_reported(void **state)
{
    struct scene *s = *state;
    bool root = geteuid() == 0;
    assert_int_equal(chmod(s->folder, 0711), 0);
    assert_int_equal(chmod(s->path, root ? 0700 : 0500), 0);
    assert_int_equal(root ? seteuid(NOBODY) : 0, 0);
    assert_says(s->endpoint, "no permission to write to the socket");
    assert_int_equal(root ? seteuid(0) : 0, 0);
    assert_int_equal(chmod(s->folder, root ? 0700 : 0600), 0);
    assert_int_equal(root ? seteuid(NOBODY) : 0, 0);
    assert_says(s->endpoint, "no permission to enter its directory");
    assert_int_equal(root ? seteuid(0) : 0, 0);
    assert_int_equal(chmod(s->folder, 0700), 0);
}

/* A router that receives one request and then closes. */
static void *take_one(void *arg)
{
    zsock_t *router = arg;
    zmq_msg_t body;
    struct net_route peer;
    zmq_pollitem_t item = {.socket = zsock_resolve(router), .events = ZMQ_POLLIN};
    if (zmq_poll(&item, 1, -1) == 1 && net_receive(router, &peer, &body) == DAQS_OK)
        zmq_msg_close(&body);
    zsock_destroy(&router);
    return NULL;
}

static void a_connection_that_ends_before_the_answer_ends_the_wait(void **state)
{
    struct scene *s = *state;
    struct daqs_error err = {0};
    struct line client;
    struct wire_request request = wire_request_of(WIRE_STATUS);
    struct wire_reply reply;
    struct daqs_arena arena;
    pthread_t thread;
    assert_int_equal(unlink(s->path), 0);
    zsock_t *router = net_router_new(s->endpoint, NULL, NULL, NULL, &err);
    assert_non_null(router);
    assert_int_equal(line_open(&client, s->endpoint, NULL, &err), DAQS_OK);
    assert_int_equal(pthread_create(&thread, NULL, take_one, router), 0);
    daqs_arena_init(&arena, WIRE_MESSAGE_MAX);
    client.answer_ms = INT_MAX / 2; /* otherwise the test runs into its own timeout */
    assert_int_equal(line_request(&client, &request, &arena, &reply, &err), DAQS_ETIMEOUT);
    assert_non_null(strstr(err.text, "ended before the answer; "));
    assert_int_equal(pthread_join(thread, NULL), 0);
    line_close(&client);
    daqs_arena_done(&arena);
}

static void the_endpoint_is_named_whatever_the_caller_does_with_it(void **state)
{
    struct scene *s = *state;
    struct daqs_error err = {0};
    struct line client;
    struct wire_request request = wire_request_of(WIRE_STATUS);
    struct wire_reply reply;
    char *endpoint = strdup(s->endpoint);
    assert_non_null(endpoint);
    assert_int_equal(line_open(&client, endpoint, NULL, &err), DAQS_OK);
    memset(endpoint, 'x', strlen(endpoint));
    free(endpoint);
    client.connect_ms = 1;
    assert_int_equal(line_request(&client, &request, NULL, &reply, &err), DAQS_ETIMEOUT);
    assert_non_null(strstr(err.text, s->endpoint));
    line_close(&client);
}

#define IN_SCENE(test) cmocka_unit_test_setup_teardown(test, make_scene, end_scene)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_SCENE(a_missing_socket_is_distinguished_from_one_without_a_listener),
        IN_SCENE(a_silent_listener_is_distinguished_from_none),
        IN_SCENE(a_program_that_may_not_run_is_reported),
        IN_SCENE(the_endpoint_is_named_whatever_the_caller_does_with_it),
        IN_SCENE(a_connection_that_ends_before_the_answer_ends_the_wait),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
