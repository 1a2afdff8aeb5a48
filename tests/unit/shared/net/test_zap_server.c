/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "shared/net/handshake.h"
#include "shared/net/socket.h"
#include "shared/net/zap_server.h"

enum { PATIENCE_S = 30, TURN_MS = 20 };

/* A router behind a ZAP server that admits one key, and the last message that it received. */
struct world {
    char endpoint[64];
    struct key_pair server;
    struct key_pair known;
    struct key_pair stranger;
    struct zap_server *zap;
    zsock_t *router;
    zsock_t *dealer;
    zsock_t *watch; /* monitors the dealer's handshakes */
    enum handshake handshake;
    char address[64]; /* of the last request */
    char domain[64];
    char text[64];
    int put_off; /* how many requests get ZAP_LATER first */
    bool has_sender;
    struct daqs_key sender;
};

static enum zap_verdict check(void *arg, const char *domain, const struct daqs_key *key,
                              const char *address)
{
    struct world *w = arg;
    (void)snprintf(w->domain, sizeof w->domain, "%s", domain);
    (void)snprintf(w->address, sizeof w->address, "%s", address);
    if (memcmp(key, &w->known.public_key, sizeof *key) != 0)
        return ZAP_REFUSE;
    return w->put_off-- > 0 ? ZAP_LATER : ZAP_ADMIT;
}

static void open_router(struct world *w)
{
    struct daqs_error err = {0};
    const struct net_server_keys keys = {&w->server, "bus"};
    w->router = net_router_new("tcp://127.0.0.1:*", &keys, NULL, NULL, &err);
    if (!w->router)
        fail_msg("%s", err.text);
    (void)snprintf(w->endpoint, sizeof w->endpoint, "%s", zsock_endpoint(w->router));
}

static int make_world(void **state)
{
    struct world *w = calloc(1, sizeof *w);
    struct daqs_error err = {0};
    zsys_handler_set(NULL);
    *state = w;
    if (!w || key_make(&w->server, &err) || key_make(&w->known, &err) ||
        key_make(&w->stranger, &err))
        return -1;
    w->zap = zap_server_new(check, w, &err);
    open_router(w);
    return w->zap ? 0 : -1;
}

static int end_world(void **state)
{
    struct world *w = *state;
    net_close(&w->dealer, &w->watch);
    zsock_destroy(&w->router);
    zap_server_free(w->zap);
    free(w);
    return 0;
}

static void connect_as(struct world *w, const struct key_pair *own, const struct key_pair *server)
{
    struct daqs_error err = {0};
    const struct net_client_keys keys = {own, own ? &server->public_key : NULL};
    w->dealer = net_dealer_new(w->endpoint, own ? &keys : NULL, &w->watch, &err);
    if (!w->dealer)
        fail_msg("%s", err.text);
    w->handshake = HANDSHAKE_NONE;
}

/* Runs the ZAP server and the router once. Sends "hello" as soon as the dealer can send. */
static void turn(struct world *w, bool *said)
{
    struct net_route peer;
    zmq_msg_t body;
    zmq_pollitem_t items[] = {
        {.socket = zsock_resolve(w->router), .events = ZMQ_POLLIN},
        {.socket = w->zap ? zsock_resolve(zap_server_socket(w->zap)) : zsock_resolve(w->router),
         .events = ZMQ_POLLIN},
    };
    if (!*said)
        *said = net_send(w->dealer, NULL, "hello", 5) == DAQS_OK;
    (void)zmq_poll(items, 2, TURN_MS);
    if (w->zap)
        zap_server_handle(w->zap);
    enum handshake handshake = w->watch ? handshake_read(w->watch, NULL) : HANDSHAKE_NONE;
    w->handshake = handshake == HANDSHAKE_NONE ? w->handshake : handshake;
    if (net_receive(w->router, &peer, &body) != DAQS_OK)
        return;
    (void)snprintf(w->text, sizeof w->text, "%.*s", (int)zmq_msg_size(&body),
                   (const char *)zmq_msg_data(&body));
    w->has_sender = net_sender(&body, &w->sender);
    zmq_msg_close(&body);
}

/* Runs until a message arrives or 'refused' requests have been rejected. */
static void go_on(struct world *w, uint64_t refused)
{
    time_t end = time(NULL) + PATIENCE_S;
    bool said = false;
    while (!*w->text && time(NULL) < end &&
           (!w->zap || refused == 0 || zap_server_counted(w->zap).refused < refused))
        turn(w, &said);
}

static void an_enrolled_key_is_accepted_and_kept_with_the_connection(void **state)
{
    struct world *w = *state;
    connect_as(w, &w->known, &w->server);
    go_on(w, 0);
    assert_string_equal(w->text, "hello");
    assert_true(w->has_sender);
    assert_memory_equal(&w->sender, &w->known.public_key, sizeof w->sender);
    assert_string_equal(w->domain, "bus");
    assert_string_equal(w->address, "127.0.0.1");
    assert_int_equal(zap_server_counted(w->zap).admitted, 1);
    assert_int_equal(zap_server_counted(w->zap).refused, 0);
}

/* Checks that nothing arrives within two seconds, while a dealer with the known key gets through at
 * once. */
static void assert_outside_while_others_come_in(struct world *w, enum handshake handshake)
{
    time_t end = time(NULL) + 2;
    bool said = false;
    while (time(NULL) < end)
        turn(w, &said);
    assert_string_equal(w->text, "");
    assert_int_equal(zap_server_counted(w->zap).admitted, 0);
    assert_int_equal(w->handshake, handshake);
    net_close(&w->dealer, &w->watch);
    connect_as(w, &w->known, &w->server);
    go_on(w, 0);
    assert_string_equal(w->text, "hello");
    assert_int_equal(w->handshake, HANDSHAKE_DONE);
}

static void a_stranger_stays_outside(void **state)
{
    struct world *w = *state;
    connect_as(w, &w->stranger, &w->server);
    go_on(w, 1);
    assert_int_equal(zap_server_counted(w->zap).refused, 1);
    assert_outside_while_others_come_in(w, HANDSHAKE_REFUSED);
}

static void without_keys_nobody_comes_in(void **state)
{
    struct world *w = *state;
    connect_as(w, NULL, NULL);
    assert_outside_while_others_come_in(w, HANDSHAKE_FAILED);
}

static void a_password_is_not_a_key(void **state)
{
    struct world *w = *state;
    struct daqs_error err = {0};
    w->dealer = net_socket_new(ZMQ_DEALER, &err);
    zsock_set_plain_username(w->dealer, "node1");
    zsock_set_plain_password(w->dealer, "node1");
    assert_int_equal(zsock_connect(w->dealer, "%s", w->endpoint), 0);
    assert_outside_while_others_come_in(w, HANDSHAKE_NONE);
}

/* A client that expects another controller's key does not send to this one. */
static void another_controllers_key_does_not_fit(void **state)
{
    struct world *w = *state;
    connect_as(w, &w->known, &w->stranger);
    assert_outside_while_others_come_in(w, HANDSHAKE_FAILED);
}

static void a_deferred_connection_comes_again_by_itself(void **state)
{
    struct world *w = *state;
    w->put_off = 2;
    connect_as(w, &w->known, &w->server);
    go_on(w, 0);
    assert_string_equal(w->text, "hello");
    assert_int_equal(zap_server_counted(w->zap).put_off, 2);
    assert_int_equal(zap_server_counted(w->zap).refused, 0);
}

/* Knowing a public key without its secret key is not enough. */
static void a_public_key_alone_proves_nothing(void **state)
{
    struct world *w = *state;
    struct key_pair stolen = {w->known.public_key, w->stranger.secret_key};
    connect_as(w, &stolen, &w->server);
    assert_outside_while_others_come_in(w, HANDSHAKE_FAILED);
}

/* Without a ZAP server libzmq admits every key. It can be configured to reject them only where its
 * draft API is built in. */
static void a_connection_without_zap_proves_nothing(void **state)
{
    struct world *w = *state;
    zap_server_free(w->zap);
    w->zap = NULL;
    connect_as(w, &w->known, &w->server);
    w->has_sender = true;
    go_on(w, 0);
    assert_string_equal(w->text, "hello");
    assert_false(w->has_sender);
}

static void there_is_one_gate(void **state)
{
    struct daqs_error err = {0};
    (void)state;
    assert_null(zap_server_new(check, NULL, &err));
    assert_int_equal(err.code, DAQS_EIO);
    zap_server_free(NULL);
}

#define IN_WORLD(test) cmocka_unit_test_setup_teardown(test, make_world, end_world)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_WORLD(an_enrolled_key_is_accepted_and_kept_with_the_connection),
        IN_WORLD(a_stranger_stays_outside),
        IN_WORLD(without_keys_nobody_comes_in),
        IN_WORLD(a_password_is_not_a_key),
        IN_WORLD(another_controllers_key_does_not_fit),
        IN_WORLD(a_deferred_connection_comes_again_by_itself),
        IN_WORLD(a_public_key_alone_proves_nothing),
        IN_WORLD(a_connection_without_zap_proves_nothing),
        IN_WORLD(there_is_one_gate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
