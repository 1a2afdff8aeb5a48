/* SPDX-License-Identifier: Apache-2.0 */
/* Questions of one member to another over loopback, with a clock that the test moves. */
#include "tests/lib/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "controllerd/io/group/peer_link.h"
#include "controllerd/io/group/peer_requests.h"

enum { PATIENCE_S = 20, TURN_MS = 5, TIMEOUT_MS = 3000 };

struct scene {
    int64_t now_ms;
    struct members *c1;             /* as c1 sees them */
    struct members *c2;             /* as c2 sees them */
    struct peer_link *link;         /* of c1 */
    struct peer_requests *requests; /* of c2 */
    zsock_t *router;                /* of c2 */
    char endpoint[128];
    unsigned forwarded;
    struct net_route route;
    uint64_t id;
    char asker[64];
    char adopted[64];
    unsigned pongs; /* of c2 */
    unsigned reads; /* of these, with the database */
    struct peer_question question;
    unsigned done;
    int result;
    char reply[64];
};

static struct scene *scene;

static void on_forwarded(void *arg, const struct net_route *route, uint64_t id,
                         const struct wire_forward *forward, int64_t now_ms)
{
    struct scene *s = arg;
    assert_int_equal(now_ms, s->now_ms);
    assert_memory_equal(forward->bytes, "question", 8);
    assert_int_equal(forward->role, WIRE_ASKER_OPERATOR);
    (void)snprintf(s->asker, sizeof s->asker, "%s", forward->asker);
    s->route = *route;
    s->id = id;
    s->forwarded++;
}

static void on_adopted(void *arg, const char *host, const char *member, int64_t now_ms)
{
    struct scene *s = arg;
    (void)now_ms;
    (void)snprintf(s->adopted, sizeof s->adopted, "%.30s %.30s", host, member);
}

static void on_pong(void *arg, const char *member, bool reads, int64_t now_ms)
{
    struct scene *s = arg;
    assert_int_equal(now_ms, s->now_ms);
    s->pongs += strcmp(member, "c2") == 0;
    s->reads += strcmp(member, "c2") == 0 && reads;
}

static void on_done(struct peer_question *question, int result, const uint8_t *bytes, size_t length)
{
    assert_ptr_equal(question, &scene->question);
    scene->done++;
    scene->result = result;
    (void)snprintf(scene->reply, sizeof scene->reply, "%.*s", (int)length,
                   bytes ? (const char *)bytes : "");
}

static void rows_at(struct members *m, const struct scene *s, const char *endpoint)
{
    const struct member_row row[] = {
        {.name = "c1", .bus = "", .peer = "tcp://127.0.0.1:1", .version = "", .incarnation = 1},
        {.name = "c2", .bus = "", .peer = endpoint, .version = "", .incarnation = 2},
        {.name = "c3", .bus = "", .peer = "", .version = "", .incarnation = 3},
        {.name = "c4", .bus = "", .peer = endpoint, .version = "", .incarnation = 4}};
    assert_int_equal(members_read(m, row, 4, s->now_ms), DAQS_OK);
}

static struct members *members_of(const char *name, uint64_t incarnation)
{
    return members_new(
        &(struct members_setup){
            .own = {.name = name, .bus = "", .peer = "", .version = "", .incarnation = incarnation},
            .lost_after_ms = 6000,
            .settle_ms = 1000},
        0);
}

static int make_scene(void **state)
{
    struct scene *s = calloc(1, sizeof *s);
    struct daqs_error err = {0};
    *state = scene = s;
    zsys_handler_set(NULL);
    if (!s)
        return -1;
    s->now_ms = 100000;
    s->router = net_router_new("tcp://127.0.0.1:*", NULL, NULL, NULL, &err);
    if (!s->router)
        return -1;
    (void)snprintf(s->endpoint, sizeof s->endpoint, "%s", zsock_endpoint(s->router));
    s->c1 = members_of("c1", 1);
    s->c2 = members_of("c2", 2);
    s->link = peer_link_new(&(struct peer_link_setup){.members = s->c1, .pong = on_pong, .arg = s});
    s->requests = peer_requests_new(&(struct peer_requests_setup){
        .members = s->c2, .forwarded = on_forwarded, .adopted = on_adopted, .arg = s});
    if (!s->c1 || !s->c2 || !s->link || !s->requests)
        return -1;
    rows_at(s->c1, s, s->endpoint);
    s->question.done = on_done;
    return 0;
}

static int end_scene(void **state)
{
    struct scene *s = *state;
    peer_link_free(s->link);
    peer_requests_free(s->requests);
    zsock_destroy(&s->router);
    members_free(s->c1);
    members_free(s->c2);
    free(s);
    return 0;
}

static void turn(struct scene *s)
{
    const struct timespec pause = {.tv_nsec = TURN_MS * 1000000L};
    peer_link_tick(s->link, s->now_ms);
    peer_requests_receive(s->requests, s->router, NULL, s->now_ms);
    peer_link_receive(s->link, s->now_ms);
    (void)nanosleep(&pause, NULL);
}

#define UNTIL(s, condition)                                                                        \
    do {                                                                                           \
        const time_t end = time(NULL) + PATIENCE_S;                                                \
        while (!(condition)) {                                                                     \
            assert_true(time(NULL) < end);                                                         \
            turn(s);                                                                               \
        }                                                                                          \
    } while (0)

static int ask_with(struct scene *s, const char *member, struct peer_question *question)
{
    const struct wire_forward forward = {.asker = "kim",
                                         .role = WIRE_ASKER_OPERATOR,
                                         .hops = 1,
                                         .bytes = (const uint8_t *)"question",
                                         .length = 8};
    return peer_link_ask(s->link, members_find(s->c1, member), &forward, TIMEOUT_MS, s->now_ms,
                         question);
}

static int ask(struct scene *s, const char *member)
{
    return ask_with(s, member, &s->question);
}

static void on_done_asks_again(struct peer_question *question, int result, const uint8_t *bytes,
                               size_t length)
{
    on_done(question, result, bytes, length);
    assert_int_equal(ask(scene, "c2"), DAQS_ETIMEOUT);
}

static void a_question_is_answered(void **state)
{
    struct scene *s = *state;
    UNTIL(s, ask(s, "c2") == DAQS_OK); /* once it is connected */
    UNTIL(s, s->forwarded == 1);
    assert_string_equal(s->asker, "kim");
    assert_int_equal(s->done, 0);
    peer_requests_answer(s->router, &s->route, s->id, (const uint8_t *)"reply", 5);
    UNTIL(s, s->done == 1);
    assert_int_equal(s->result, DAQS_OK);
    assert_string_equal(s->reply, "reply");
    peer_requests_answer(s->router, &s->route, s->id, (const uint8_t *)"again", 5);
    for (int i = 0; i < 10; i++)
        turn(s);
    assert_int_equal(s->done, 1);
}

static void a_question_without_an_answer_ends_at_its_deadline(void **state)
{
    struct scene *s = *state;
    UNTIL(s, ask(s, "c2") == DAQS_OK);
    UNTIL(s, s->forwarded == 1);
    s->now_ms += TIMEOUT_MS - 1;
    turn(s);
    assert_int_equal(s->done, 0);
    s->now_ms++;
    turn(s);
    assert_int_equal(s->done, 1);
    assert_int_equal(s->result, DAQS_ETIMEOUT);
}

static void a_silent_member_is_not_asked(void **state)
{
    struct scene *s = *state;
    UNTIL(s, ask(s, "c2") == DAQS_OK);
    UNTIL(s, s->forwarded == 1);
    assert_true(peer_link_answers(s->link, members_find(s->c1, "c2"), s->now_ms));
    s->now_ms += PEER_SILENT_MS + 1;
    assert_false(peer_link_answers(s->link, members_find(s->c1, "c2"), s->now_ms));
    assert_int_equal(ask(s, "c2"), DAQS_ETIMEOUT);
    peer_link_tick(s->link, s->now_ms);
    assert_int_equal(s->done, 1);
    UNTIL(s, peer_link_answers(s->link, members_find(s->c1, "c2"), s->now_ms)); /* a ping */
    assert_int_equal(ask(s, "c2"), DAQS_OK);
}

/* Others answer for its hosts, unless it lives. */
static void a_lost_member_is_pinged_and_not_asked(void **state)
{
    struct scene *s = *state;
    UNTIL(s, ask(s, "c2") == DAQS_OK);
    for (int i = 0; i < 7; i++) {
        s->now_ms += 1000;
        rows_at(s->c1, s, s->endpoint); /* its beat does not change */
    }
    assert_int_equal(members_at(s->c1, members_find(s->c1, "c2"))->life, MEMBER_LOST);
    s->pongs = 0;
    s->question.done = on_done_asks_again;
    turn(s);
    assert_int_equal(s->done, 1);
    assert_int_equal(s->result, DAQS_ETIMEOUT);
    UNTIL(s, s->pongs > 0);
    assert_int_equal(ask(s, "c2"), DAQS_ETIMEOUT);
    assert_false(peer_link_answers(s->link, members_find(s->c1, "c2"), s->now_ms));
}

static void a_member_without_an_address_is_named_as_such(void **state)
{
    struct scene *s = *state;
    turn(s);
    assert_int_equal(ask(s, "c3"), DAQS_EREFUSED);
    assert_false(peer_link_answers(s->link, members_find(s->c1, "c3"), s->now_ms));
}

static void a_member_says_whether_the_database_answers_it(void **state)
{
    struct scene *s = *state;
    UNTIL(s, ask(s, "c2") == DAQS_OK);
    UNTIL(s, s->pongs > 0);
    assert_int_equal(s->reads, 0);
    rows_at(s->c2, s, s->endpoint); /* now it does */
    s->now_ms += PEER_PING_MS;
    UNTIL(s, s->reads > 0);
}

static void questions_end_when_the_member_has_another_address(void **state)
{
    struct scene *s = *state;
    UNTIL(s, ask(s, "c2") == DAQS_OK);
    rows_at(s->c1, s, "tcp://127.0.0.1:1");
    turn(s);
    assert_int_equal(s->done, 1);
    assert_int_equal(s->result, DAQS_ETIMEOUT);
    assert_int_not_equal(ask(s, "c2"), DAQS_OK);
}

static void questions_end_at_once_when_it_stops(void **state)
{
    struct scene *s = *state;
    UNTIL(s, ask(s, "c2") == DAQS_OK);
    s->question.done = on_done_asks_again;
    peer_link_stop(s->link);
    assert_int_equal(s->done, 1);
    assert_int_equal(s->result, DAQS_ETIMEOUT);
    assert_int_equal(ask(s, "c2"), DAQS_ETIMEOUT);
}

static void on_done_of_many(struct peer_question *question, int result, const uint8_t *bytes,
                            size_t length)
{
    (void)question;
    (void)bytes;
    (void)length;
    assert_int_equal(result, DAQS_ETIMEOUT);
    scene->done++;
}

/* One that hangs holds up no other one, and lists hold up no change. */
static void each_member_has_room_for_questions(void **state)
{
    struct scene *s = *state;
    static struct peer_question many[PEER_QUESTIONS_MAX + 1];
    enum { LISTS = PEER_QUESTIONS_MAX - PEER_QUESTIONS_KEPT };
    for (size_t i = 0; i <= PEER_QUESTIONS_MAX; i++)
        many[i] = (struct peer_question){.done = on_done_of_many, .changes = i >= LISTS};
    s->question.done = on_done_of_many;
    for (size_t i = 0; i < LISTS; i++) /* once the socket has room */
        UNTIL(s, ask_with(s, "c2", &many[i]) == DAQS_OK);
    assert_int_equal(ask(s, "c2"), DAQS_EBUSY);
    UNTIL(s, ask(s, "c4") == DAQS_OK);
    for (size_t i = LISTS; i < PEER_QUESTIONS_MAX; i++)
        UNTIL(s, ask_with(s, "c2", &many[i]) == DAQS_OK);
    assert_int_equal(ask_with(s, "c2", &many[PEER_QUESTIONS_MAX]), DAQS_EBUSY);
    s->now_ms += TIMEOUT_MS;
    peer_link_tick(s->link, s->now_ms);
    assert_int_equal(s->done, PEER_QUESTIONS_MAX + 1);
    UNTIL(s, ask_with(s, "c2", &many[0]) == DAQS_OK);
}

static void the_former_member_of_a_host_is_told(void **state)
{
    struct scene *s = *state;
    UNTIL(s, ask(s, "c2") == DAQS_OK);
    peer_link_tell_adopted(s->link, members_find(s->c1, "c2"), "node1");
    UNTIL(s, *s->adopted);
    assert_string_equal(s->adopted, "node1 c1");
}

static void rubbish_is_dropped(void **state)
{
    struct scene *s = *state;
    UNTIL(s, ask(s, "c2") == DAQS_OK);
    UNTIL(s, s->forwarded == 1);
    assert_int_equal(net_send(s->router, &s->route, "rubbish", 7), DAQS_OK);
    for (int i = 0; i < 10; i++)
        turn(s);
    assert_int_equal(s->done, 0);
    peer_requests_answer(s->router, &s->route, s->id, (const uint8_t *)"reply", 5);
    UNTIL(s, s->done == 1);
}

static void only_keys_of_members_are_admitted(void **state)
{
    const struct key_pair own = {.public_key = {{1}}};
    const struct daqs_key theirs = {{2}};
    const struct daqs_key strange = {{3}};
    struct members *members = members_of("c1", 1);
    struct peer_requests *requests =
        peer_requests_new(&(struct peer_requests_setup){.members = members, .key = &own});
    struct member_row row = {.name = "c2", .bus = "", .peer = "", .version = "", .key = theirs};
    (void)state;
    assert_non_null(members);
    assert_non_null(requests);
    assert_false(peer_requests_admits(requests, &own.public_key)); /* there is no other member */
    assert_int_equal(members_read(members, &row, 1, 1), DAQS_OK);
    assert_true(peer_requests_admits(requests, &theirs));
    assert_false(peer_requests_admits(requests, &strange));
    assert_false(peer_requests_admits(requests, &own.public_key));
    row.key = (struct daqs_key){{0}}; /* all have one key */
    assert_int_equal(members_read(members, &row, 1, 2), DAQS_OK);
    assert_true(peer_requests_admits(requests, &own.public_key));
    assert_false(peer_requests_admits(requests, &theirs));
    for (int64_t now_ms = 1000; now_ms <= 8000; now_ms += 1000) /* it is lost */
        assert_int_equal(members_read(members, &row, 1, now_ms), DAQS_OK);
    assert_false(peer_requests_admits(requests, &own.public_key));
    peer_requests_free(requests);
    members_free(members);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, make_scene, end_scene)
    const struct CMUnitTest tests[] = {
        CASE(a_question_is_answered),
        CASE(a_question_without_an_answer_ends_at_its_deadline),
        CASE(a_silent_member_is_not_asked),
        CASE(a_lost_member_is_pinged_and_not_asked),
        CASE(a_member_without_an_address_is_named_as_such),
        CASE(a_member_says_whether_the_database_answers_it),
        CASE(questions_end_when_the_member_has_another_address),
        CASE(questions_end_at_once_when_it_stops),
        CASE(each_member_has_room_for_questions),
        CASE(the_former_member_of_a_host_is_told),
        CASE(rubbish_is_dropped),
        cmocka_unit_test(only_keys_of_members_are_admitted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
