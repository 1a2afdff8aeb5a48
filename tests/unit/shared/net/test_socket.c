/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shared/net/socket.h"
#include "shared/wire/bus.h"

enum { PATIENCE_MS = 20000, SHORT_MS = 300 };

static char folder[] = "/tmp/daqs-test-socket-XXXXXX";
static char endpoint[64];
static int endpoints;

static int make_folder(void **state)
{
    (void)state;
    zsys_handler_set(NULL);
    return mkdtemp(folder) ? 0 : -1;
}

/* Each test has its own endpoint, because libzmq closes and unlinks in the background after
 * zsock_destroy(). */
static int next_endpoint(void **state)
{
    (void)state;
    (void)snprintf(endpoint, sizeof endpoint, "ipc://%s/%d.sock", folder, ++endpoints);
    return 0;
}

static int remove_folder(void **state)
{
    char path[128];
    (void)state;
    zsys_shutdown(); /* waits for libzmq's background thread */
    for (int i = 1; i <= endpoints; i++) {
        (void)snprintf(path, sizeof path, "%s/%d.sock", folder, i);
        (void)unlink(path);
    }
    (void)snprintf(path, sizeof path, "%s/made/bus.sock", folder);
    (void)unlink(path);
    (void)snprintf(path, sizeof path, "%s/made", folder);
    (void)rmdir(path);
    return rmdir(folder);
}

/* --- helpers --- */

static bool wait_for(zsock_t *socket, short events, int timeout_ms)
{
    zmq_pollitem_t item = {.socket = zsock_resolve(socket), .events = events};
    return zmq_poll(&item, 1, timeout_ms) > 0;
}

static zsock_t *new_router(void)
{
    struct daqs_error err = {0};
    zsock_t *router = net_router_new(endpoint, NULL, NULL, NULL, &err);
    if (!router)
        fail_msg("%s", err.text);
    return router;
}

/* Returns a dealer that is connected and able to send. */
static zsock_t *new_dealer(void)
{
    struct daqs_error err = {0};
    zsock_t *dealer = net_dealer_new(endpoint, NULL, NULL, &err);
    if (!dealer)
        fail_msg("%s", err.text);
    assert_true(wait_for(dealer, ZMQ_POLLOUT, PATIENCE_MS));
    return dealer;
}

/* Returns a socket without the limits and options that net_socket_new() sets, as a foreign peer
 * has. */
static void *new_stranger(void *context, int type)
{
    const int zero = 0;
    void *socket = zmq_socket(context, type);
    assert_non_null(socket);
    zmq_setsockopt(socket, ZMQ_LINGER, &zero, sizeof zero);
    assert_int_equal(zmq_connect(socket, endpoint), 0);
    return socket;
}

static int receive(zsock_t *socket, struct net_route *peer, char *text, size_t size)
{
    zmq_msg_t body;
    if (!wait_for(socket, ZMQ_POLLIN, PATIENCE_MS))
        return DAQS_ETIMEOUT;
    int result = net_receive(socket, peer, &body);
    if (result != DAQS_OK)
        return result;
    size_t n = zmq_msg_size(&body);
    assert_true(n < size);
    memcpy(text, zmq_msg_data(&body), n);
    text[n] = '\0';
    zmq_msg_close(&body);
    return DAQS_OK;
}

/* --- whole messages --- */

static void messages_go_both_ways_and_answers_find_their_peer(void **state)
{
    zsock_t *router = new_router();
    zsock_t *dealer[2] = {new_dealer(), new_dealer()};
    struct net_route peer[2];
    char text[32];
    (void)state;
    assert_int_equal(net_send(dealer[0], NULL, "zero", 4), DAQS_OK);
    assert_int_equal(receive(router, &peer[0], text, sizeof text), DAQS_OK);
    assert_string_equal(text, "zero");
    assert_int_equal(net_send(dealer[1], NULL, "one", 3), DAQS_OK);
    assert_int_equal(receive(router, &peer[1], text, sizeof text), DAQS_OK);
    assert_string_equal(text, "one");
    assert_int_equal(net_send(router, &peer[1], "to one", 6), DAQS_OK);
    assert_int_equal(net_send(router, &peer[0], "to zero", 7), DAQS_OK);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(receive(dealer[i], NULL, text, sizeof text), DAQS_OK);
        assert_string_equal(text, i == 0 ? "to zero" : "to one");
    }
    zsock_destroy(&dealer[0]);
    zsock_destroy(&dealer[1]);
    zsock_destroy(&router);
}

static void receiving_never_waits(void **state)
{
    zsock_t *router = new_router();
    zsock_t *dealer = new_dealer();
    struct net_route peer = {.length = 77};
    zmq_msg_t body;
    (void)state;
    assert_int_equal(net_receive(router, &peer, &body), DAQS_ENOTFOUND);
    assert_int_equal(net_receive(dealer, NULL, &body), DAQS_ENOTFOUND);
    assert_int_equal(peer.length, 77);
    zsock_destroy(&dealer);
    zsock_destroy(&router);
}

static void a_message_of_no_bytes_is_a_message(void **state)
{
    zsock_t *router = new_router();
    zsock_t *dealer = new_dealer();
    struct net_route peer;
    char text[8] = "old";
    (void)state;
    assert_int_equal(net_send(dealer, NULL, "", 0), DAQS_OK);
    assert_int_equal(receive(router, &peer, text, sizeof text), DAQS_OK);
    assert_string_equal(text, "");
    zsock_destroy(&dealer);
    zsock_destroy(&router);
}

static void the_largest_message_arrives(void **state)
{
    zsock_t *router = new_router();
    zsock_t *dealer = new_dealer();
    char *bytes = calloc(1, WIRE_MESSAGE_MAX);
    struct net_route peer;
    zmq_msg_t body;
    (void)state;
    assert_int_equal(net_send(dealer, NULL, bytes, WIRE_MESSAGE_MAX), DAQS_OK);
    assert_true(wait_for(router, ZMQ_POLLIN, PATIENCE_MS));
    assert_int_equal(net_receive(router, &peer, &body), DAQS_OK);
    assert_int_equal(zmq_msg_size(&body), WIRE_MESSAGE_MAX);
    zmq_msg_close(&body);
    free(bytes);
    zsock_destroy(&dealer);
    zsock_destroy(&router);
}

static void a_message_beyond_the_bound_never_arrives(void **state)
{
    zsock_t *router = new_router();
    void *context = zmq_ctx_new();
    void *stranger = new_stranger(context, ZMQ_DEALER);
    char *bytes = calloc(1, WIRE_MESSAGE_MAX + 1);
    struct net_route peer;
    char text[8];
    (void)state;
    assert_int_equal(zmq_send(stranger, "small", 5, 0), 5); /* small messages do arrive */
    assert_int_equal(receive(router, &peer, text, sizeof text), DAQS_OK);
    assert_true(zmq_send(stranger, bytes, WIRE_MESSAGE_MAX + 1, 0) > 0);
    assert_false(wait_for(router, ZMQ_POLLIN, SHORT_MS));
    free(bytes);
    zmq_close(stranger);
    zmq_ctx_term(context);
    zsock_destroy(&router);
}

/* --- messages of foreign peers --- */

static void messages_of_several_parts_are_dropped_whole(void **state)
{
    zsock_t *router = new_router();
    void *context = zmq_ctx_new();
    void *stranger = new_stranger(context, ZMQ_DEALER);
    struct net_route peer = {.length = 77};
    char text[32];
    (void)state;
    for (int parts = 2; parts <= 5; parts++) {
        for (int i = 1; i < parts; i++)
            zmq_send(stranger, "part", 4, ZMQ_SNDMORE);
        zmq_send(stranger, "part", 4, 0);
    }
    zmq_send(stranger, "good", 4, 0);
    for (int parts = 2; parts <= 5; parts++) {
        assert_int_equal(receive(router, &peer, text, sizeof text), DAQS_EFORMAT);
        assert_int_equal(peer.length, 77);
    }
    /* The next message is not affected, and no part of the dropped ones is left. */
    assert_int_equal(receive(router, &peer, text, sizeof text), DAQS_OK);
    assert_string_equal(text, "good");
    assert_false(wait_for(router, ZMQ_POLLIN, 0));
    zmq_close(stranger);
    zmq_ctx_term(context);
    zsock_destroy(&router);
}

static void a_req_socket_does_not_speak_our_protocol(void **state)
{
    zsock_t *router = new_router();
    void *context = zmq_ctx_new();
    void *stranger = new_stranger(context, ZMQ_REQ); /* sends an empty part first */
    struct net_route peer;
    char text[32];
    (void)state;
    zmq_send(stranger, "hello", 5, 0);
    assert_int_equal(receive(router, &peer, text, sizeof text), DAQS_EFORMAT);
    zmq_close(stranger);
    zmq_ctx_term(context);
    zsock_destroy(&router);
}

static void a_dealer_drops_messages_of_several_parts_too(void **state)
{
    zsock_t *router = new_router();
    zsock_t *dealer = new_dealer();
    struct net_route peer;
    char text[32];
    (void)state;
    assert_int_equal(net_send(dealer, NULL, "hello", 5), DAQS_OK);
    assert_int_equal(receive(router, &peer, text, sizeof text), DAQS_OK);
    void *handle = zsock_resolve(router);
    zmq_send(handle, peer.id, peer.length, ZMQ_SNDMORE);
    zmq_send(handle, "a", 1, ZMQ_SNDMORE);
    zmq_send(handle, "b", 1, 0);
    assert_int_equal(net_send(router, &peer, "good", 4), DAQS_OK);
    assert_int_equal(receive(dealer, NULL, text, sizeof text), DAQS_EFORMAT);
    assert_int_equal(receive(dealer, NULL, text, sizeof text), DAQS_OK);
    assert_string_equal(text, "good");
    zsock_destroy(&dealer);
    zsock_destroy(&router);
}

static void a_strangers_long_identity_is_kept_whole(void **state)
{
    zsock_t *router = new_router();
    void *context = zmq_ctx_new();
    void *stranger = zmq_socket(context, ZMQ_DEALER);
    char identity[255];
    struct net_route peer;
    char text[32];
    (void)state;
    memset(identity, 'i', sizeof identity);
    zmq_setsockopt(stranger, ZMQ_ROUTING_ID, identity, sizeof identity);
    zmq_setsockopt(stranger, ZMQ_LINGER, &(int){0}, sizeof(int));
    assert_int_equal(zmq_connect(stranger, endpoint), 0);
    zmq_send(stranger, "hello", 5, 0);
    assert_int_equal(receive(router, &peer, text, sizeof text), DAQS_OK);
    assert_int_equal(peer.length, 255);
    assert_memory_equal(peer.id, identity, 255);
    assert_int_equal(net_send(router, &peer, "back", 4), DAQS_OK);
    assert_int_equal(zmq_recv(stranger, text, sizeof text, 0), 4);
    zmq_close(stranger);
    zmq_ctx_term(context);
    zsock_destroy(&router);
}

/* --- peers that do not exist --- */

static void an_unknown_peer_is_not_found(void **state)
{
    static const struct net_route unknown[] = {
        {.length = 5, .id = {0, 1, 2, 3, 4}},
        {.length = 0},
        {.length = 255},
    };
    zsock_t *router = new_router();
    zsock_t *dealer = new_dealer();
    struct net_route peer;
    char text[8];
    (void)state;
    for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++)
        assert_int_equal(net_send(router, &unknown[i], "hello", 5), DAQS_ENOTFOUND);
    /* A failed send leaves no partial message in front of the next one. */
    assert_int_equal(net_send(dealer, NULL, "hi", 2), DAQS_OK);
    assert_int_equal(receive(router, &peer, text, sizeof text), DAQS_OK);
    assert_int_equal(net_send(router, &peer, "ok", 2), DAQS_OK);
    assert_int_equal(receive(dealer, NULL, text, sizeof text), DAQS_OK);
    assert_string_equal(text, "ok");
    zsock_destroy(&dealer);
    zsock_destroy(&router);
}

static void a_peer_that_has_gone_is_not_found(void **state)
{
    zsock_t *router = new_router();
    zsock_t *dealer = new_dealer();
    struct net_route peer;
    char text[8];
    int result = DAQS_OK;
    (void)state;
    assert_int_equal(net_send(dealer, NULL, "hi", 2), DAQS_OK);
    assert_int_equal(receive(router, &peer, text, sizeof text), DAQS_OK);
    zsock_destroy(&dealer);
    for (int i = 0; i < PATIENCE_MS / 10 && result == DAQS_OK; i++) {
        result = net_send(router, &peer, "hello", 5);
        zclock_sleep(10);
    }
    assert_int_equal(result, DAQS_ENOTFOUND);
    zsock_destroy(&router);
}

static void nothing_is_queued_for_a_controller_that_is_away(void **state)
{
    struct daqs_error err = {0};
    zsock_t *dealer = net_dealer_new(endpoint, NULL, NULL, &err);
    (void)state;
    assert_non_null(dealer);
    assert_int_equal(net_send(dealer, NULL, "old", 3), DAQS_EBUSY);
    zsock_t *router = new_router();
    assert_true(wait_for(dealer, ZMQ_POLLOUT, PATIENCE_MS)); /* it connects in the background */
    assert_int_equal(net_send(dealer, NULL, "new", 3), DAQS_OK);
    struct net_route peer;
    char text[8];
    assert_int_equal(receive(router, &peer, text, sizeof text), DAQS_OK);
    assert_string_equal(text, "new");
    zsock_destroy(&dealer);
    zsock_destroy(&router);
}

static void a_peer_that_does_not_read_is_busy_and_costs_bounded_memory(void **state)
{
    enum { BYTES = 64 * 1024, MOST = 10000 };
    zsock_t *router = new_router();
    zsock_t *dealer = new_dealer();
    char *bytes = calloc(1, BYTES);
    struct net_route peer;
    char text[8];
    int result = DAQS_OK;
    int sent = 0;
    (void)state;
    assert_int_equal(net_send(dealer, NULL, "hi", 2), DAQS_OK);
    assert_int_equal(receive(router, &peer, text, sizeof text), DAQS_OK);
    while (sent < MOST && (result = net_send(router, &peer, bytes, BYTES)) == DAQS_OK)
        sent++;
    assert_int_equal(result, DAQS_EBUSY);
    assert_true(sent < 1000);
    free(bytes);
    zsock_destroy(&dealer);
    zsock_destroy(&router);
}

/* --- endpoints --- */

static void a_router_makes_the_folder_of_its_socket(void **state)
{
    char made[96];
    struct stat status;
    struct daqs_error err = {0};
    (void)state;
    (void)snprintf(made, sizeof made, "ipc://%s/made/bus.sock", folder);
    zsock_t *router = net_router_new(made, NULL, NULL, NULL, &err);
    assert_non_null(router);
    zsock_destroy(&router);
    (void)snprintf(made, sizeof made, "%s/made", folder);
    assert_int_equal(stat(made, &status), 0);
    assert_int_equal(status.st_mode & S_IWOTH, 0);
}

static void an_endpoint_that_cannot_be_bound_is_named(void **state)
{
    static const char *const wrong[] = {"ipc:///nonexistent/deep/bus.sock", "tcp://no.such.if:1x",
                                        "carrier://pigeon", ""};
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct daqs_error err = {0};
        assert_null(net_router_new(wrong[i], NULL, NULL, NULL, &err));
        assert_int_equal(err.code, DAQS_EIO);
        assert_non_null(strstr(err.text, wrong[i]));
    }
    struct daqs_error err = {0};
    assert_null(net_dealer_new("carrier://pigeon", NULL, NULL, &err));
    assert_int_equal(err.code, DAQS_EIO);
    assert_non_null(strstr(err.text, "carrier://pigeon"));
}

static void endpoints_are_ipc_paths_and_tcp_addresses_with_ports(void **state)
{
    static const struct {
        const char *endpoint;
        bool ok;
        bool local;
    } cases[] = {
        {"ipc:///run/daqs/admin.sock", true, true},
        {"ipc://@abstract", true, true},
        {"ipc://", false, false},
        {"tcp://127.0.0.1:7420", true, true},
        {"tcp://127.8.8.8:7420", true, true},
        {"tcp://localhost:7420", true, true},
        {"tcp://[::1]:7420", true, true},
        {"tcp://127.0.0.1:*", true, true},
        {"tcp://*:7420", true, false},
        {"tcp://*:*", true, false},
        {"tcp://0.0.0.0:7420", true, false},
        {"tcp://[::]:7420", true, false},
        {"tcp://[::1%eth0]:7420", true, false},
        {"tcp://[fe80::1]:7420", true, false},
        {"tcp://10.0.0.1:7420", true, false},
        {"tcp://1127.0.0.1:7420", true, false},
        {"tcp://128.0.0.1:7420", true, false},
        {"tcp://eth0:7420", true, false},
        {"tcp://controller.example:7420", true, false},
        {"tcp://127.evil.example:1", true, false},
        {"tcp://127.0.0.1.evil.example:1", true, false},
        {"tcp://127.0.0.1x:1", true, false},
        {"tcp://localhost.evil.example:1", true, false},
        {"tcp://localhost@evil.example:1", true, false},
        /* libzmq's SOURCE;DESTINATION syntax: binds to the first address, connects to the second */
        {"tcp://127.0.0.1:0;10.0.0.1:7420", false, false},
        {"tcp://localhost:0;10.0.0.1:7420", false, false},
        {"tcp://[::1]:0;10.0.0.1:7420", false, false},
        {"tcp://127.0.0.1", false, false},
        {"tcp://127.0.0.1:", false, false},
        {"tcp://:7420", false, false},
        {"tcp://", false, false},
        {"tcp://127.0.0.1:74x", false, false},
        {"tcp://127.0.0.1:-1", false, false},
        {"TCP://127.0.0.1:7420", false, false},
        {"127.0.0.1:7420", false, false},
        {"inproc://daqs", false, false},
        {"tcp://127.0.0.1:7420,tcp://127.0.0.1:7421", false, false}, /* only one at a time */
        {"tcp://127.0.0.1:7420 tcp://127.0.0.1:7421", false, false},
        {"ipc:///run/a,b.sock", false, false},
        {"udp://127.0.0.1:7420", false, false},
        {" tcp://127.0.0.1:7420", false, false},
        {"", false, false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        if (net_endpoint_ok(cases[i].endpoint) != cases[i].ok)
            fail_msg("'%s': ok?", cases[i].endpoint);
        if (net_endpoint_is_local(cases[i].endpoint) != cases[i].local)
            fail_msg("'%s': local?", cases[i].endpoint);
    }
}

/* Agents that lose their controller at the same moment must not reconnect in step. */
static void no_two_agents_wait_alike_before_they_connect_again(void **state)
{
    enum { AGENTS = 32 };
    int first = 0;
    int most = 0;
    unsigned firsts_differ = 0;
    unsigned mosts_differ = 0;
    (void)state;
    for (int i = 0; i < AGENTS; i++) {
        zsock_t *dealer = net_socket_new(ZMQ_DEALER, NULL);
        assert_non_null(dealer);
        assert_in_range(zsock_reconnect_ivl(dealer), 100, 199);
        assert_in_range(zsock_reconnect_ivl_max(dealer), 400, 799);
        firsts_differ += i > 0 && zsock_reconnect_ivl(dealer) != first;
        mosts_differ += i > 0 && zsock_reconnect_ivl_max(dealer) != most;
        first = zsock_reconnect_ivl(dealer);
        most = zsock_reconnect_ivl_max(dealer);
        zsock_destroy(&dealer);
    }
    assert_true(firsts_differ > AGENTS / 2 && mosts_differ > AGENTS / 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_two_agents_wait_alike_before_they_connect_again),
        cmocka_unit_test_setup(messages_go_both_ways_and_answers_find_their_peer, next_endpoint),
        cmocka_unit_test_setup(receiving_never_waits, next_endpoint),
        cmocka_unit_test_setup(a_message_of_no_bytes_is_a_message, next_endpoint),
        cmocka_unit_test_setup(the_largest_message_arrives, next_endpoint),
        cmocka_unit_test_setup(a_message_beyond_the_bound_never_arrives, next_endpoint),
        cmocka_unit_test_setup(messages_of_several_parts_are_dropped_whole, next_endpoint),
        cmocka_unit_test_setup(a_req_socket_does_not_speak_our_protocol, next_endpoint),
        cmocka_unit_test_setup(a_dealer_drops_messages_of_several_parts_too, next_endpoint),
        cmocka_unit_test_setup(a_strangers_long_identity_is_kept_whole, next_endpoint),
        cmocka_unit_test_setup(an_unknown_peer_is_not_found, next_endpoint),
        cmocka_unit_test_setup(a_peer_that_has_gone_is_not_found, next_endpoint),
        cmocka_unit_test_setup(nothing_is_queued_for_a_controller_that_is_away, next_endpoint),
        cmocka_unit_test_setup(a_peer_that_does_not_read_is_busy_and_costs_bounded_memory,
                               next_endpoint),
        cmocka_unit_test_setup(a_router_makes_the_folder_of_its_socket, next_endpoint),
        cmocka_unit_test_setup(an_endpoint_that_cannot_be_bound_is_named, next_endpoint),
        cmocka_unit_test_setup(endpoints_are_ipc_paths_and_tcp_addresses_with_ports, next_endpoint),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
