/* SPDX-License-Identifier: Apache-2.0 */
/* Which sockets a configuration opens, and which of them a message came from. */
#include "tests/lib/check.h"

#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "controllerd/io/net/listeners.h"
#include "shared/net/socket.h"
#include "tests/lib/temp_folder.h"

enum { PATIENCE_S = 30, TURN_MS = 10, CLIENTS = 3 };

struct scene {
    char folder[TEMP_FOLDER_BYTES];
    char bus[128];
    char admin[128];
    char web[128];
    char peer[128];
    struct controller_config config;
    struct listeners_setup setup;
    struct listeners *listeners;
    bool heard[LISTENER_KINDS];
    zsock_t *client[CLIENTS];
    time_t end;
};

static void on_readable(void *arg, const struct listener *listener, int64_t now_ms)
{
    struct scene *s = arg;
    struct net_route route;
    zmq_msg_t body;
    assert_true(now_ms > 0);
    if (net_receive(listener->socket, &route, &body) != DAQS_OK)
        return;
    assert_memory_equal(zmq_msg_data(&body), "hello", 5);
    s->heard[listener->kind] = true;
    if (listener->connections)
        connections_known(listener->connections, net_sender_fd(&body), now_ms);
    zmq_msg_close(&body);
}

static int make_scene(void **state)
{
    static char yes[] = "127.0.0.1:1";
    static char none[] = "";
    struct scene *s = calloc(1, sizeof *s);
    *state = s;
    zsys_handler_set(NULL);
    if (!s || temp_folder_make(s->folder) != 0)
        return -1;
    (void)snprintf(s->bus, sizeof s->bus, "ipc://%s/bus.sock", s->folder);
    (void)snprintf(s->admin, sizeof s->admin, "ipc://%s/admin.sock", s->folder);
    (void)snprintf(s->web, sizeof s->web, "inproc://%s", s->folder);
    (void)snprintf(s->peer, sizeof s->peer, "ipc://%s/peer.sock", s->folder);
    s->config = (struct controller_config){
        .bus = s->bus,
        .admin = s->admin,
        .admin_remote = none,
        .http = yes,
        .insecure = true,
        .group = {.name = yes, .peer_listen = s->peer},
        .limits = {.message_size = 4096, .queue = 16, .handshakes = 16, .connections = 1000}};
    s->setup = (struct listeners_setup){
        .config = &s->config, .web_endpoint = s->web, .readable = on_readable, .arg = s};
    struct daqs_error err = {0};
    s->listeners = listeners_new(&s->setup, &err);
    return s->listeners ? 0 : -1;
}

static int end_scene(void **state)
{
    struct scene *s = *state;
    listeners_free(s->listeners);
    int result = temp_folder_remove(s->folder);
    free(s);
    return result;
}

static void configured_listeners_are_open(void **state)
{
    const struct scene *s = *state;
    for (int kind = 0; kind < LISTENER_KINDS; kind++) {
        const struct listener *listener = listeners_get(s->listeners, (enum listener_kind)kind);
        assert_int_equal(listener->kind, kind);
        assert_int_equal(listener->socket != NULL, kind != LISTENER_ADMIN_REMOTE);
        assert_int_equal(listener->connections != NULL,
                         kind == LISTENER_BUS || kind == LISTENER_ADMIN || kind == LISTENER_PEER);
    }
}

static void only_the_web_thread_is_a_viewer_without_a_key(void **state)
{
    const struct scene *s = *state;
    assert_null(listeners_get(s->listeners, LISTENER_BUS)->by);
    assert_null(listeners_get(s->listeners, LISTENER_ADMIN)->by);
    assert_int_equal(listeners_get(s->listeners, LISTENER_WEB)->by->role, ROLE_VIEWER);
}

static void the_admin_socket_is_for_its_owner_and_group(void **state)
{
    const struct scene *s = *state;
    struct stat st;
    assert_int_equal(stat(s->admin + strlen("ipc://"), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0660);
}

static void a_second_controller_does_not_take_the_admin_socket(void **state)
{
    struct scene *s = *state;
    struct daqs_error err = {0};
    char bus[160];
    (void)snprintf(bus, sizeof bus, "%s2", s->bus);
    s->config.bus = bus;
    assert_null(listeners_new(&s->setup, &err));
    assert_int_not_equal(err.code, DAQS_OK);
    assert_non_null(strstr(err.text, "admin.sock"));
}

/* Sends on each socket until it was heard; a dealer that is not connected yet sends nothing. */
static int on_turn(zloop_t *loop, int timer, void *arg)
{
    static const enum listener_kind kind[CLIENTS] = {LISTENER_BUS, LISTENER_ADMIN, LISTENER_WEB};
    struct scene *s = arg;
    bool all = true;
    (void)loop;
    (void)timer;
    assert_true(time(NULL) < s->end);
    for (size_t i = 0; i < CLIENTS; i++) {
        if (!s->heard[kind[i]])
            (void)net_send(s->client[i], NULL, "hello", 5);
        all = all && s->heard[kind[i]];
    }
    return all ? -1 : 0;
}

static void a_message_is_logged_with_its_socket(void **state)
{
    struct scene *s = *state;
    const char *const endpoint[CLIENTS] = {s->bus, s->admin, s->web};
    zloop_t *loop = zloop_new();
    assert_non_null(loop);
    assert_true(listeners_add_to_loop(s->listeners, loop));
    for (size_t i = 0; i < CLIENTS; i++) {
        s->client[i] = net_dealer_new(endpoint[i], NULL, NULL, NULL);
        assert_non_null(s->client[i]);
    }
    s->end = time(NULL) + PATIENCE_S;
    assert_true(zloop_timer(loop, TURN_MS, 0, on_turn, s) >= 0);
    (void)zloop_start(loop);
    assert_false(s->heard[LISTENER_ADMIN_REMOTE]);
    assert_int_equal(listeners_counted(s->listeners).accepted, 2);
    zloop_destroy(&loop);
    for (size_t i = 0; i < CLIENTS; i++)
        zsock_destroy(&s->client[i]);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, make_scene, end_scene)
    const struct CMUnitTest tests[] = {
        CASE(configured_listeners_are_open),
        CASE(only_the_web_thread_is_a_viewer_without_a_key),
        CASE(the_admin_socket_is_for_its_owner_and_group),
        CASE(a_second_controller_does_not_take_the_admin_socket),
        CASE(a_message_is_logged_with_its_socket),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
