/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include <sys/socket.h>
#include <unistd.h>

#include "shared/http/http_clients.h"

enum { MOST = 3, ROOM = 8 };

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
    world = (struct world){.clients = {.most = MOST, .now_ms = 1000}};
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

static void come(struct world *w)
{
    int pair[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    w->ours[w->count] = pair[0];
    w->theirs[w->count] = pair[1];
    w->client[w->count] = http_clients_add(&w->clients, pair[0]);
    assert_non_null(w->client[w->count]);
    w->count++;
}

static bool is_hung_up(const struct world *w, size_t i)
{
    char byte;
    return recv(w->theirs[i], &byte, 1, MSG_DONTWAIT) == 0;
}

static void the_one_that_was_idle_longest_goes(void **state)
{
    struct world *w = *state;
    for (size_t i = 0; i < MOST; i++)
        come(w);
    http_clients_busy(w->client[0], true);
    http_clients_busy(w->client[1], true);
    http_clients_busy(w->client[1], false); /* idle again, but only since now */
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

static void of_busy_ones_none_goes(void **state)
{
    struct world *w = *state;
    for (size_t i = 0; i < MOST; i++) {
        come(w);
        http_clients_busy(w->client[i], true);
    }
    come(w);
    assert_true(is_hung_up(w, MOST)); /* no other client is idle */
    for (size_t i = 0; i < MOST; i++)
        assert_false(is_hung_up(w, i));
}

static void slow_ones_go_in_time(void **state)
{
    struct world *w = *state;
    come(w);
    come(w);
    w->clients.now_ms += 5000;
    http_clients_busy(w->client[1], true);
    w->clients.now_ms += 5000;
    http_clients_end_slow(&w->clients);
    assert_true(is_hung_up(w, 0)); /* its request has taken ten seconds */
    w->clients.now_ms += 594999;
    http_clients_end_slow(&w->clients);
    assert_false(is_hung_up(w, 1));
    w->clients.now_ms += 1;
    http_clients_end_slow(&w->clients);
    http_clients_end_slow(&w->clients);
    assert_true(is_hung_up(w, 1)); /* its answer has taken ten minutes */
    assert_int_equal(w->clients.slow, 2);
}

static void a_busy_one_can_be_made_to_go(void **state)
{
    struct world *w = *state;
    come(w);
    http_clients_busy(w->client[0], true);
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
        cmocka_unit_test_setup_teardown(of_busy_ones_none_goes, open_world, close_world),
        cmocka_unit_test_setup_teardown(slow_ones_go_in_time, open_world, close_world),
        cmocka_unit_test_setup_teardown(a_busy_one_can_be_made_to_go, open_world, close_world),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
