/* SPDX-License-Identifier: Apache-2.0 */
/* The agent's connections while a controller sends it elsewhere: with routers of this process in
 * place of controllers. */
#include "tests/lib/check.h"

#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "agentd/controllers_file.h"
#include "agentd/link.h"
#include "shared/base/clock.h"
#include "shared/base/file.h"
#include "shared/net/zap_server.h"
#include "tests/lib/temp_folder.h"

enum { PATIENCE_MS = 30000, LOOK_MS = 5, POLL_MS = 100, LEASE_MS = 2000, ARENA_BYTES = 65536 };

struct server {
    struct key_pair key;
    zsock_t *socket;
    const char *endpoint;
    struct net_route peer; /* that has sent a message last */
};

struct scene {
    char dir[TEMP_FOLDER_BYTES];
    struct server server[2];
    const char *endpoints[2];
    struct link_setup setup;
    struct daqs_log_budget budget;
    struct link_keys keys;
    struct zap_server *zap; /* NULL: without keys */
    struct link *link;
    int64_t skipped_ms; /* the test's clock is ahead by this time */
    struct daqs_arena arena;
};

static int64_t now_ms(const struct scene *s)
{
    return daqs_mono_ms(daqs_clock_system()) + s->skipped_ms;
}

static enum zap_verdict admit(void *arg, const char *domain, const struct daqs_key *key,
                              const char *address)
{
    const struct scene *s = arg;
    (void)domain;
    (void)address;
    assert_memory_equal(key, &s->keys.own.public_key, sizeof *key);
    return ZAP_ADMIT;
}

static int make_scene(void **state, bool keys)
{
    static struct scene scene;
    struct daqs_error err = {0};
    *state = &scene;
    zsys_handler_set(NULL);
    scene = (struct scene){0};
    daqs_arena_init(&scene.arena, ARENA_BYTES);
    if (temp_folder_make(scene.dir) != 0)
        return -1;
    if (keys && (!(scene.zap = zap_server_new(admit, &scene, &err)) ||
                 key_make(&scene.keys.own, &err) != DAQS_OK ||
                 key_make(&scene.server[0].key, &err) != DAQS_OK ||
                 key_make(&scene.server[1].key, &err) != DAQS_OK))
        return -1;
    scene.keys.controller = scene.server[0].key.public_key;
    for (size_t i = 0; i < 2; i++) {
        const struct net_server_keys own = {&scene.server[i].key, "bus"};
        scene.server[i].socket =
            net_router_new("tcp://127.0.0.1:*", keys ? &own : NULL, NULL, NULL, &err);
        if (!scene.server[i].socket)
            return -1;
        scene.server[i].endpoint = zsock_endpoint(scene.server[i].socket);
        scene.endpoints[i] = scene.server[i].endpoint;
    }
    scene.setup = (struct link_setup){.host = "node1",
                                      .endpoint = scene.endpoints,
                                      .endpoints = 1,
                                      .state_dir = scene.dir,
                                      .keys = keys ? &scene.keys : NULL,
                                      .poll_ms = POLL_MS,
                                      .budget = &scene.budget};
    scene.link = link_new(&scene.setup, now_ms(&scene), &err);
    return scene.link ? 0 : -1;
}

static int begin(void **state)
{
    return make_scene(state, false);
}

static int begin_with_keys(void **state)
{
    return make_scene(state, true);
}

static int end(void **state)
{
    struct scene *s = *state;
    link_free(s->link);
    for (size_t i = 0; i < 2; i++)
        zsock_destroy(&s->server[i].socket);
    zap_server_free(s->zap);
    daqs_arena_done(&s->arena);
    return temp_folder_remove(s->dir);
}

static void pause_briefly(const struct scene *s)
{
    if (s->zap)
        zap_server_handle(s->zap);
    (void)poll(NULL, 0, LOOK_MS);
}

/* Maintains the link until one of these events. */
static void wait_for(struct scene *s, unsigned events)
{
    const int64_t until = now_ms(s) + PATIENCE_MS;
    while (!(link_maintain(s->link, now_ms(s)) & events)) {
        assert_true(now_ms(s) < until);
        pause_briefly(s);
    }
}

static void connect_link(struct scene *s)
{
    const int64_t until = now_ms(s) + PATIENCE_MS;
    while (!link_connected(s->link)) {
        assert_true(now_ms(s) < until);
        (void)link_maintain(s->link, now_ms(s));
        pause_briefly(s);
    }
}

/* Waits for a message of the agent. */
static const struct wire_message *take(struct scene *s, size_t i)
{
    static struct wire_message message;
    const int64_t until = now_ms(s) + PATIENCE_MS;
    zmq_msg_t body;
    while (net_receive(s->server[i].socket, &s->server[i].peer, &body) != DAQS_OK) {
        assert_true(now_ms(s) < until);
        pause_briefly(s);
    }
    daqs_arena_reset(&s->arena);
    int result = wire_decode(zmq_msg_data(&body), zmq_msg_size(&body), &s->arena, &message, NULL);
    zmq_msg_close(&body);
    assert_int_equal(result, DAQS_OK);
    return &message;
}

static void report(struct scene *s, enum candidates_line line, uint64_t sequence)
{
    const struct wire_message message = {.type = WIRE_REPORT,
                                         .report = {.generation = 1, .sequence = sequence}};
    assert_int_equal(link_send(s->link, line, &message), DAQS_OK);
}

/* Controller 'from' sends the agent to this endpoint. */
static void told(struct scene *s, enum candidates_line line, const char *name, const char *first,
                 const char *endpoint)
{
    struct daqs_member_info member[] = {{first, endpoint, {{0}}},
                                        {"c9", "tcp://127.0.0.1:1", {{0}}}};
    struct wire_welcome welcome = {.elsewhere = 2, .elsewhere_member = member};
    (void)snprintf(welcome.member, sizeof welcome.member, "%s", name);
    link_told(s->link, line, &welcome, now_ms(s));
}

static void it_moves_to_the_target_and_says_so(void **state)
{
    struct scene *s = *state;
    connect_link(s);
    report(s, CANDIDATES_CURRENT, 1);
    assert_int_equal(take(s, 0)->type, WIRE_REPORT);
    told(s, CANDIDATES_CURRENT, "c1", "c2", s->server[1].endpoint);
    assert_false(link_trying(s->link));
    wait_for(s, LINK_HELLO_TARGET);
    assert_true(link_trying(s->link));
    report(s, CANDIDATES_CURRENT, 2);
    report(s, CANDIDATES_TARGET, 2);
    assert_int_equal(take(s, 1)->report.sequence, 2);
    assert_int_equal(take(s, 0)->report.sequence, 2);

    zsock_t *before = link_socket(s->link);
    link_heard(s->link, CANDIDATES_TARGET, false, LEASE_MS, now_ms(s)); /* its welcome */
    assert_false(link_moved(s->link));
    assert_ptr_equal(link_socket(s->link), before);
    link_heard(s->link, CANDIDATES_TARGET, true, LEASE_MS, now_ms(s));
    assert_true(link_moved(s->link));
    assert_string_equal(link_endpoint(s->link), s->server[1].endpoint);
    assert_true(link_connected(s->link));
    assert_int_equal(link_maintain(s->link, now_ms(s)), LINK_SOCKET);
    assert_ptr_not_equal(link_socket(s->link), before);
    const struct wire_message *bye = take(s, 0);
    assert_int_equal(bye->type, WIRE_BYE);
    assert_int_equal(bye->bye.reason, WIRE_BYE_MOVED);
    report(s, CANDIDATES_CURRENT, 3);
    assert_int_equal(take(s, 1)->report.sequence, 3);
    assert_int_equal(link_send(s->link, CANDIDATES_TARGET, bye), DAQS_ENOTFOUND);
}

static void messages_of_both_are_received(void **state)
{
    static const struct wire_message bye = {.type = WIRE_BYE, .bye = {WIRE_BYE_FULL}};
    struct scene *s = *state;
    struct wire_message got;
    enum candidates_line line;
    uint8_t *bytes = NULL;
    size_t length = 0;
    unsigned seen = 0;
    connect_link(s);
    told(s, CANDIDATES_CURRENT, "c1", "c2", s->server[1].endpoint);
    wait_for(s, LINK_HELLO_TARGET);
    report(s, CANDIDATES_CURRENT, 1);
    report(s, CANDIDATES_TARGET, 1);
    assert_int_equal(wire_encode(&bye, &bytes, &length), DAQS_OK);
    for (size_t i = 0; i < 2; i++) {
        (void)take(s, i);
        assert_int_equal(net_send(s->server[i].socket, &s->server[i].peer, bytes, length), DAQS_OK);
    }
    free(bytes);
    const int64_t until = now_ms(s) + PATIENCE_MS;
    while (seen != 3) {
        assert_true(now_ms(s) < until);
        daqs_arena_reset(&s->arena);
        if (link_receive(s->link, &s->arena, now_ms(s), &got, &line) == DAQS_OK)
            seen |= 1U << line;
        else
            pause_briefly(s);
    }
    link_dismissed(s->link, CANDIDATES_CURRENT, now_ms(s)); /* silence decides */
    assert_int_equal(link_maintain(s->link, now_ms(s)), 0);
    link_dismissed(s->link, CANDIDATES_TARGET, now_ms(s));
    assert_int_equal(link_maintain(s->link, now_ms(s)), LINK_HELLO_CURRENT);
    assert_false(link_trying(s->link));
}

static void it_stays_if_nothing_listens_there(void **state)
{
    struct scene *s = *state;
    connect_link(s);
    told(s, CANDIDATES_CURRENT, "c1", "c2", "tcp://127.0.0.1:1");
    assert_int_equal(link_maintain(s->link, now_ms(s)), 0);
    s->skipped_ms += CANDIDATES_WELCOME_MS - 500;
    assert_int_equal(link_maintain(s->link, now_ms(s)), 0);
    s->skipped_ms += 500;
    assert_int_equal(link_maintain(s->link, now_ms(s)), LINK_HELLO_CURRENT);
    assert_string_equal(link_endpoint(s->link), s->server[0].endpoint);
    assert_string_equal(candidates_left(link_candidates(s->link), CANDIDATES_CURRENT, now_ms(s)),
                        "c2");
    report(s, CANDIDATES_CURRENT, 1);
    assert_int_equal(take(s, 0)->type, WIRE_REPORT);
}

/* An address that libzmq does not even try. */
static void it_stays_if_the_address_is_none(void **state)
{
    struct scene *s = *state;
    connect_link(s);
    told(s, CANDIDATES_CURRENT, "c1", "c2", "tcp://localhost:@:1");
    assert_int_equal(link_maintain(s->link, now_ms(s)), LINK_HELLO_CURRENT);
    assert_string_equal(link_endpoint(s->link), s->server[0].endpoint);
}

/* It is not sent there, and the others are its fallbacks. */
static void a_member_that_it_may_not_dial_is_left_out(void **state)
{
    static const char *const endpoints[] = {"tcp://192.0.2.1:7420", "inproc://c2", "", "tcp://*:1"};
    struct scene *s = *state;
    connect_link(s);
    for (size_t i = 0; i < sizeof endpoints / sizeof endpoints[0]; i++)
        told(s, CANDIDATES_CURRENT, "c1", "c2", endpoints[i]);
    told(s, CANDIDATES_CURRENT, "c1", "", "tcp://127.0.0.1:1");
    assert_int_equal(link_maintain(s->link, now_ms(s)), LINK_HELLO_CURRENT);
    assert_string_equal(candidates_left(link_candidates(s->link), CANDIDATES_CURRENT, now_ms(s)),
                        "c2");
    assert_int_equal(candidates_count_told(link_candidates(s->link)), 1);
    assert_string_equal(candidates_get(link_candidates(s->link), 0)->name, "c9");
    assert_false(link_trying(s->link));
    told(s, CANDIDATES_CURRENT, "c1", "c1", "tcp://*:1"); /* its own address is wrong */
    assert_int_equal(link_maintain(s->link, now_ms(s)), 0);
    assert_false(link_trying(s->link));
}

static void after_silence_it_goes_on_to_a_fallback(void **state)
{
    struct scene *s = *state;
    connect_link(s);
    struct daqs_member_info member[] = {{"c1", s->server[0].endpoint, {{0}}},
                                        {"c2", s->server[1].endpoint, {{0}}}};
    struct wire_welcome welcome = {.member = "c1", .elsewhere = 2, .elsewhere_member = member};
    link_told(s->link, CANDIDATES_CURRENT, &welcome, now_ms(s));
    link_heard(s->link, CANDIDATES_CURRENT, true, LEASE_MS, now_ms(s));
    assert_int_equal(link_maintain(s->link, now_ms(s)), 0);
    s->skipped_ms += CANDIDATES_PATIENCE_MS;
    assert_int_equal(link_maintain(s->link, now_ms(s)), LINK_SOCKET | LINK_HELLO_CURRENT);
    assert_string_equal(link_endpoint(s->link), s->server[1].endpoint);
    connect_link(s);
    report(s, CANDIDATES_CURRENT, 1);
    assert_int_equal(take(s, 1)->type, WIRE_REPORT);
}

static void after_a_crash_it_goes_on_sooner(void **state)
{
    struct scene *s = *state;
    struct daqs_member_info member[] = {{"c1", s->server[0].endpoint, {{0}}},
                                        {"c2", s->server[1].endpoint, {{0}}}};
    struct wire_welcome welcome = {.member = "c1", .elsewhere = 2, .elsewhere_member = member};
    connect_link(s);
    link_told(s->link, CANDIDATES_CURRENT, &welcome, now_ms(s));
    link_heard(s->link, CANDIDATES_CURRENT, true, 60000, now_ms(s)); /* silence counts later */
    assert_int_equal(link_maintain(s->link, now_ms(s)), 0);
    zsock_destroy(&s->server[0].socket);
    wait_for(s, LINK_SOCKET);
    assert_string_equal(link_endpoint(s->link), s->server[1].endpoint);
}

static void after_a_restart_it_dials_its_home_first(void **state)
{
    struct scene *s = *state;
    struct daqs_error err = {0};
    told(s, CANDIDATES_CURRENT, "c1", "c2", s->server[1].endpoint);
    (void)link_maintain(s->link, now_ms(s));
    link_free(s->link);
    s->link = link_new(&s->setup, now_ms(s), &err);
    assert_non_null(s->link);
    assert_string_equal(link_endpoint(s->link), s->server[1].endpoint);
    connect_link(s);
    link_free(s->link);
    s->setup.endpoints = 2; /* another configuration, which lacks its home */
    s->endpoints[1] = "tcp://127.0.0.1:9";
    s->link = link_new(&s->setup, now_ms(s), &err);
    assert_non_null(s->link);
    assert_string_equal(link_endpoint(s->link), s->server[0].endpoint);
}

static void a_damaged_file_is_set_aside(void **state)
{
    struct scene *s = *state;
    struct daqs_error err = {0};
    char *text = NULL;
    size_t length = 0;
    assert_int_equal(daqs_write_file(s->dir, "controllers", "nonsense\n1\n", 0600, NULL), DAQS_OK);
    link_free(s->link);
    s->link = link_new(&s->setup, now_ms(s), &err);
    assert_non_null(s->link);
    assert_string_equal(link_endpoint(s->link), s->server[0].endpoint);
    assert_int_equal(daqs_read_file(s->dir, "controllers", 100, &text, &length, NULL),
                     DAQS_ENOTFOUND);
    assert_int_equal(daqs_read_file(s->dir, "controllers.damaged", 100, &text, &length, NULL),
                     DAQS_OK);
    free(text);
}

static void the_list_is_saved_every_few_seconds_and_at_the_end(void **state)
{
    struct scene *s = *state;
    struct controllers_list list;
    told(s, CANDIDATES_CURRENT, "c1", "c1", "tcp://127.0.0.1:11");
    (void)link_maintain(s->link, now_ms(s));
    told(s, CANDIDATES_CURRENT, "c1", "c1", "tcp://127.0.0.1:12");
    (void)link_maintain(s->link, now_ms(s));
    assert_int_equal(controllers_file_load(s->dir, s->endpoints, 1, false, &list, NULL), DAQS_OK);
    assert_string_equal(list.controller[0].endpoint, "tcp://127.0.0.1:11");
    s->skipped_ms += 10000;
    (void)link_maintain(s->link, now_ms(s));
    assert_int_equal(controllers_file_load(s->dir, s->endpoints, 1, false, &list, NULL), DAQS_OK);
    assert_string_equal(list.controller[0].endpoint, "tcp://127.0.0.1:12");
    told(s, CANDIDATES_CURRENT, "c1", "c1", "tcp://127.0.0.1:13");
    (void)link_maintain(s->link, now_ms(s));
    link_free(s->link);
    s->link = NULL;
    assert_int_equal(controllers_file_load(s->dir, s->endpoints, 1, false, &list, NULL), DAQS_OK);
    assert_string_equal(list.controller[0].endpoint, "tcp://127.0.0.1:13");
}

/* --- keys --- */

/* The second controller has another key than the configured one. */
static void told_with_key(struct scene *s, const struct daqs_key *key)
{
    struct daqs_member_info member = {"c2", s->server[1].endpoint, *key};
    struct wire_welcome welcome = {.member = "c1", .elsewhere = 1, .elsewhere_member = &member};
    link_told(s->link, CANDIDATES_CURRENT, &welcome, now_ms(s));
}

/* The one with controller_key has gone, and the administrator has removed it. */
static void the_key_that_it_was_told_counts_while_its_endpoint_is_configured(void **state)
{
    struct scene *s = *state;
    struct daqs_error err = {0};
    connect_link(s);
    told_with_key(s, &s->server[1].key.public_key);
    link_free(s->link);
    s->setup.endpoint = &s->endpoints[1];
    s->link = link_new(&s->setup, now_ms(s), &err);
    assert_non_null(s->link);
    assert_string_equal(link_endpoint(s->link), s->server[1].endpoint);
    connect_link(s);
}

static void it_moves_to_a_controller_with_the_key_that_it_was_told(void **state)
{
    struct scene *s = *state;
    connect_link(s);
    told_with_key(s, &s->server[1].key.public_key);
    wait_for(s, LINK_HELLO_TARGET);
    link_heard(s->link, CANDIDATES_TARGET, true, LEASE_MS, now_ms(s));
    assert_int_equal(link_maintain(s->link, now_ms(s)), LINK_SOCKET);
    report(s, CANDIDATES_CURRENT, 1);
    assert_int_equal(take(s, 1)->type, WIRE_REPORT);
}

static void and_to_no_other(void **state)
{
    static const struct daqs_key none;
    struct scene *s = *state;
    connect_link(s);
    told_with_key(s, &none); /* the configured one */
    wait_for(s, LINK_HELLO_CURRENT | LINK_HELLO_TARGET);
    assert_false(link_trying(s->link));
    assert_string_equal(link_endpoint(s->link), s->server[0].endpoint);
}

static void each_configured_controller_may_have_a_key_of_its_own(void **state)
{
    struct scene *s = *state;
    link_free(s->link);
    s->setup.endpoints = 2;
    s->keys.controller = s->keys.own.public_key; /* that of no controller */
    for (size_t i = 0; i < 2; i++)
        s->keys.endpoint[i] = s->server[i].key.public_key;
    s->link = link_new(&s->setup, now_ms(s), NULL);
    assert_non_null(s->link);
    connect_link(s);
    s->skipped_ms += CANDIDATES_PATIENCE_MS;
    wait_for(s, LINK_HELLO_CURRENT);
    connect_link(s);
    assert_string_equal(link_endpoint(s->link), s->server[1].endpoint);
}

static void with_keys_it_dials_no_local_socket(void **state)
{
    struct scene *s = *state;
    connect_link(s);
    told(s, CANDIDATES_CURRENT, "c1", "c2", "ipc:///run/c2");
    assert_int_equal(link_maintain(s->link, now_ms(s)), LINK_HELLO_CURRENT);
    assert_int_equal(candidates_count_told(link_candidates(s->link)), 1);
}

#define CASE_WITH_KEYS(name) cmocka_unit_test_setup_teardown(name, begin_with_keys, end)
#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(it_moves_to_the_target_and_says_so),
        CASE(messages_of_both_are_received),
        CASE(it_stays_if_nothing_listens_there),
        CASE(it_stays_if_the_address_is_none),
        CASE(a_member_that_it_may_not_dial_is_left_out),
        CASE(after_silence_it_goes_on_to_a_fallback),
        CASE(after_a_crash_it_goes_on_sooner),
        CASE(after_a_restart_it_dials_its_home_first),
        CASE(a_damaged_file_is_set_aside),
        CASE(the_list_is_saved_every_few_seconds_and_at_the_end),
        CASE_WITH_KEYS(the_key_that_it_was_told_counts_while_its_endpoint_is_configured),
        CASE_WITH_KEYS(it_moves_to_a_controller_with_the_key_that_it_was_told),
        CASE_WITH_KEYS(and_to_no_other),
        CASE_WITH_KEYS(each_configured_controller_may_have_a_key_of_its_own),
        CASE_WITH_KEYS(with_keys_it_dials_no_local_socket),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
