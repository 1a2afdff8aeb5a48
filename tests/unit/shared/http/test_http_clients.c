/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include "shared/http/http_clients.h"

enum { MOST = 4, MOST_OF_ADDRESS = 3, ROOM = 512 };

/* The clients of a server, with both ends of their connections. */
struct world {
    struct http_clients clients;
    struct http_client *client[ROOM];
    int ours[ROOM];
    int theirs[ROOM];
    size_t count;
};

static int open_world(void **state)
{
    static struct world world;
    world = (struct world){
        .clients = {.most = MOST, .most_of_address = MOST_OF_ADDRESS, .now_ms = 1000}};
    *state = &world;
    return 0;
}

static int close_world(void **state)
{
    struct world *w = *state;
    for (size_t i = 0; i < w->count; i++) {
        http_clients_remove(w->client[i]);
        close(w->ours[i]);
        close(w->theirs[i]);
    }
    assert_int_equal(w->clients.connected, 0);
    assert_null(w->clients.first);
    return 0;
}

static size_t come_from(struct world *w, const char *address)
{
    struct sockaddr_in four = {.sin_family = AF_INET};
    struct sockaddr_in6 six = {.sin6_family = AF_INET6};
    bool is_four = inet_pton(AF_INET, address, &four.sin_addr) == 1;
    assert_true(is_four || inet_pton(AF_INET6, address, &six.sin6_addr) == 1);
    int pair[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    w->ours[w->count] = pair[0];
    w->theirs[w->count] = pair[1];
    const struct sockaddr *from = is_four ? (struct sockaddr *)&four : (struct sockaddr *)&six;
    w->client[w->count] = http_clients_add(&w->clients, pair[0], from);
    assert_non_null(w->client[w->count]);
    return w->count++;
}

static size_t come(struct world *w)
{
    return come_from(w, "127.0.0.1");
}

static bool is_hung_up(const struct world *w, size_t i)
{
    char byte;
    return recv(w->theirs[i], &byte, 1, MSG_DONTWAIT) == 0;
}

static void the_one_that_was_idle_longest_goes(void **state)
{
    struct world *w = *state;
    for (size_t i = 0; i < MOST_OF_ADDRESS; i++)
        come(w);
    http_clients_owed(w->client[0]);
    http_clients_owed(w->client[1]);
    http_clients_sent(w->client[1]);
    http_clients_done(w->client[1]); /* idle again, but only since now */
    come(w);
    assert_false(is_hung_up(w, 0));
    assert_false(is_hung_up(w, 1));
    assert_true(is_hung_up(w, 2));
    come(w); /* the closed one is not counted twice */
    assert_true(is_hung_up(w, 1));
    assert_false(is_hung_up(w, 3));
    assert_int_equal(w->clients.accepted, 5);
    assert_int_equal(w->clients.crowded_out, 2);
}

static void of_those_that_wait_for_the_server_none_goes(void **state)
{
    struct world *w = *state;
    for (size_t i = 0; i < MOST_OF_ADDRESS; i++)
        http_clients_owed(w->client[come(w)]);
    assert_true(is_hung_up(w, come(w))); /* the new one: no other client waits for nothing */
    for (size_t i = 0; i < MOST_OF_ADDRESS; i++)
        assert_false(is_hung_up(w, i));
}

static void half_requests_do_not_keep_out_a_client_of_the_same_address(void **state)
{
    struct world *w = *state;
    size_t downloading = come(w);
    http_clients_owed(w->client[downloading]);
    http_clients_sent(w->client[downloading]);
    while (w->count < 300) {
        size_t good = come(w);
        come(w);
        assert_false(is_hung_up(w, good));
        http_clients_owed(w->client[good]);
        come(w);
        come(w);
        assert_false(is_hung_up(w, good));
        http_clients_sent(w->client[good]);
        http_clients_done(w->client[good]);
    }
    assert_false(is_hung_up(w, downloading));
}

static void a_client_that_does_not_read_gives_way(void **state)
{
    struct world *w = *state;
    for (size_t i = 0; i < MOST_OF_ADDRESS; i++) {
        http_clients_owed(w->client[come(w)]);
        http_clients_sent(w->client[i]);
    }
    http_clients_sent(w->client[0]); /* it has read a part */
    assert_false(is_hung_up(w, come(w)));
    assert_false(is_hung_up(w, 0));
    assert_true(is_hung_up(w, 1));
    assert_false(is_hung_up(w, 2));
}

static void an_address_has_a_share_and_others_keep_theirs(void **state)
{
    struct world *w = *state;
    size_t other = come_from(w, "192.0.2.1");
    for (size_t i = 0; i < 10; i++)
        come_from(w, i % 2 ? "2001:db8::1" : "2001:db8::ffff"); /* one network */
    assert_false(is_hung_up(w, other));
    size_t mapped = come_from(w, "::ffff:192.0.2.1");
    assert_true(is_hung_up(w, other)); /* too many in total: it has been idle longest */
    assert_false(is_hung_up(w, mapped));
}

static void slow_ones_go_in_time(void **state)
{
    struct world *w = *state;
    come(w);
    come(w);
    w->clients.now_ms += 5000;
    http_clients_owed(w->client[1]);
    w->clients.now_ms += 5000;
    http_clients_end_slow(&w->clients);
    assert_true(is_hung_up(w, 0)); /* its request has taken ten seconds */
    w->clients.now_ms += 594999;
    http_clients_sent(w->client[1]);
    http_clients_owed(w->client[1]);
    http_clients_end_slow(&w->clients);
    assert_false(is_hung_up(w, 1));
    w->clients.now_ms += 1;
    http_clients_end_slow(&w->clients);
    http_clients_end_slow(&w->clients);
    assert_true(is_hung_up(w, 1)); /* its answer has taken ten minutes */
    assert_int_equal(w->clients.slow, 2);
}

static void one_that_does_not_read_for_a_minute_goes(void **state)
{
    struct world *w = *state;
    come(w);
    http_clients_owed(w->client[0]);
    http_clients_sent(w->client[0]);
    w->clients.now_ms += 59999;
    http_clients_end_slow(&w->clients);
    http_clients_sent(w->client[0]); /* it reads on */
    w->clients.now_ms += 59999;
    http_clients_end_slow(&w->clients);
    assert_false(is_hung_up(w, 0));
    w->clients.now_ms += 1;
    http_clients_end_slow(&w->clients);
    assert_true(is_hung_up(w, 0));
    assert_int_equal(w->clients.slow, 1);
}

static void one_that_waits_for_the_server_can_be_made_to_go(void **state)
{
    struct world *w = *state;
    come(w);
    http_clients_owed(w->client[0]);
    http_clients_crowd_out(w->client[0]);
    http_clients_crowd_out(w->client[0]);
    http_clients_crowd_out(NULL);
    assert_true(is_hung_up(w, 0));
    assert_int_equal(w->clients.crowded_out, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_one_that_was_idle_longest_goes, open_world,
                                        close_world),
        cmocka_unit_test_setup_teardown(of_those_that_wait_for_the_server_none_goes, open_world,
                                        close_world),
        cmocka_unit_test_setup_teardown(half_requests_do_not_keep_out_a_client_of_the_same_address,
                                        open_world, close_world),
        cmocka_unit_test_setup_teardown(a_client_that_does_not_read_gives_way, open_world,
                                        close_world),
        cmocka_unit_test_setup_teardown(an_address_has_a_share_and_others_keep_theirs, open_world,
                                        close_world),
        cmocka_unit_test_setup_teardown(slow_ones_go_in_time, open_world, close_world),
        cmocka_unit_test_setup_teardown(one_that_does_not_read_for_a_minute_goes, open_world,
                                        close_world),
        cmocka_unit_test_setup_teardown(one_that_waits_for_the_server_can_be_made_to_go, open_world,
                                        close_world),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
