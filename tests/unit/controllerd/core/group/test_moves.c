/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "controllerd/core/group/moves.h"
#include "shared/base/error.h"

enum { ROWS = 4, HOSTS = 1000, RATE = 100, SETTLE_MS = 30000, TICK_MS = 100 };

static const char *const names[] = {"c1", "c2", "c3", "c4"};

/* The observer c1 with its hosts, and the others, of which some may not have joined yet. */
struct scene {
    struct members *members;
    struct moves *moves;
    struct member_row row[ROWS];
    size_t rows;
    bool silent[ROWS];
    bool database; /* it answers */
    int64_t now_ms;
    bool stays[HOSTS]; /* the host's agent does not go when it is sent away */
    int64_t sent_ms[HOSTS];
    size_t target[HOSTS];
    enum move_reason reason[HOSTS];
    size_t sent; /* in all */
    size_t most; /* in a second */
};

static int make(void **state)
{
    static struct scene scene;
    scene = (struct scene){.rows = ROWS, .database = true, .now_ms = 1000000};
    for (size_t i = 0; i < ROWS; i++)
        scene.row[i] = (struct member_row){.name = names[i],
                                           .bus = "",
                                           .peer = "",
                                           .version = "",
                                           .incarnation = i + 1,
                                           .weight = 1,
                                           .state = MEMBER_SERVING};
    const struct members_setup setup = {scene.row[0], 6000, SETTLE_MS};
    scene.members = members_new(&setup, scene.now_ms);
    scene.moves = moves_new(RATE);
    *state = &scene;
    return scene.members && scene.moves ? 0 : -1;
}

static int end(void **state)
{
    struct scene *scene = *state;
    members_free(scene->members);
    moves_free(scene->moves);
    return 0;
}

static const char *host_name(size_t number)
{
    static char text[32];
    (void)snprintf(text, sizeof text, "node%zu", number);
    return text;
}

static size_t host_number(const char *name)
{
    size_t number = HOSTS;
    assert_int_equal(sscanf(name, "node%zu", &number), 1);
    assert_true(number < HOSTS);
    return number;
}

static size_t home_of(const struct scene *s, size_t number)
{
    size_t order[PLACEMENT_FIRST];
    return members_order(s->members, host_name(number), order) ? order[0] : 0;
}

static void adopt(struct scene *s, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        assert_int_equal(moves_adopted(s->moves, host_name(i), true, "", s->now_ms), DAQS_OK);
}

static void send_away(struct scene *s)
{
    struct move move[50];
    const size_t count = moves_due(s->moves, s->members, s->now_ms, move, 50);
    for (size_t i = 0; i < count; i++) {
        const size_t number = host_number(move[i].host);
        s->sent++;
        s->sent_ms[number] = s->now_ms;
        s->target[number] = move[i].target;
        s->reason[number] = move[i].reason;
        if (!s->stays[number])
            assert_true(moves_gone(s->moves, host_name(number), s->now_ms));
    }
}

/* Lets time pass, and records how many hosts were sent away in the busiest second. */
static void pass(struct scene *s, int seconds)
{
    for (int i = 0; i < seconds; i++) {
        const size_t before = s->sent;
        for (int tick = 0; tick < 1000; tick += TICK_MS) {
            s->now_ms += TICK_MS;
            members_tick(s->members, s->now_ms);
            send_away(s);
        }
        for (size_t k = 0; k < s->rows; k++)
            s->row[k].beat += !s->silent[k];
        s->row[0].state = members_at(s->members, 0)->row.state;
        if (s->database)
            assert_int_equal(members_read(s->members, s->row, s->rows, s->now_ms), DAQS_OK);
        s->most = s->sent - before > s->most ? s->sent - before : s->most;
    }
}

static void hosts_stay_until_the_home_has_settled(void **state)
{
    struct scene *s = *state;
    s->rows = 3;
    adopt(s, 0, HOSTS);
    pass(s, 200);
    const size_t before = s->sent; /* those of c2 and c3 */
    s->rows = 4;
    pass(s, 30);
    assert_int_equal(s->sent, before);
    pass(s, 60);
    assert_true(s->sent > before);
}

/* c3 and c4 have long settled, and would be next. */
static void a_home_that_restarts_keeps_its_hosts(void **state)
{
    struct scene *s = *state;
    size_t its = 0;
    pass(s, 100);
    adopt(s, 0, HOSTS);
    pass(s, 58);
    s->row[1].state = MEMBER_STARTING;
    pass(s, 8);
    s->row[1].state = MEMBER_SERVING;
    pass(s, 60);
    for (size_t i = 0; i < HOSTS; i++) {
        its += home_of(s, i) == 1;
        assert_true(home_of(s, i) != 1 || s->target[i] == 1);
    }
    assert_true(its > 0);
}

static void hosts_go_home_and_no_others_do(void **state)
{
    struct scene *s = *state;
    size_t away = 0;
    adopt(s, 0, HOSTS);
    pass(s, 200);
    for (size_t i = 0; i < HOSTS; i++) {
        const size_t home = home_of(s, i);
        assert_int_equal(s->sent_ms[i] != 0, home != 0);
        assert_true(home == 0 || (s->target[i] == home && s->reason[i] == MOVE_HOME));
        away += home != 0;
    }
    assert_int_equal(s->sent, away);
    assert_int_equal(moves_left(s->moves), HOSTS - away);
}

/* A member that joins gets at most move_rate hosts a second from all others together. */
static void the_others_share_the_rate_to_a_member(void **state)
{
    struct scene *s = *state;
    s->rows = 3;
    pass(s, 40);
    adopt(s, 0, HOSTS);
    s->rows = 4;
    pass(s, 55);
    assert_int_equal(s->sent, 0);
    for (int i = 0; i < 30; i++) {
        size_t to_c4 = 0;
        for (size_t k = 0; k < HOSTS; k++)
            to_c4 += s->sent_ms[k] != 0 && s->target[k] == 3;
        pass(s, 1);
        for (size_t k = 0; k < HOSTS; k++)
            to_c4 -= s->sent_ms[k] != 0 && s->target[k] == 3;
        assert_true((size_t)0 - to_c4 <= RATE / 3 + RATE / 10 + 1);
    }
    assert_true(s->most <= RATE + 3 * RATE / 10 + 3);
    assert_true(s->most >= RATE - 10);
}

static void a_host_stays_for_a_minute(void **state)
{
    struct scene *s = *state;
    pass(s, 100);
    const int64_t adopted_ms = s->now_ms;
    adopt(s, 0, HOSTS);
    pass(s, 59);
    assert_int_equal(s->sent, 0);
    pass(s, 30);
    assert_true(s->sent > HOSTS / 2);
    for (size_t i = 0; i < HOSTS; i++)
        assert_true(s->sent_ms[i] == 0 || s->sent_ms[i] - adopted_ms >= MOVES_AGAIN_MS);
}

static void a_host_that_was_not_let_in_is_not_sent_there_for_ten_minutes(void **state)
{
    struct scene *s = *state;
    size_t visitor = 0;
    pass(s, 40);
    while (home_of(s, visitor) != 1)
        visitor++;
    s->stays[visitor] = true;
    adopt(s, visitor, visitor + 1);
    assert_string_equal(moves_failed(s->moves, s->members, host_name(visitor), s->now_ms), "");
    pass(s, 65);
    assert_int_equal(s->sent, 1);
    pass(s, 11);
    assert_string_equal(moves_failed(s->moves, s->members, host_name(visitor), s->now_ms), "c2");
    assert_false(moves_gone(s->moves, host_name(visitor), s->now_ms)); /* it reconnects */
    adopt(s, visitor, visitor + 1);
    pass(s, 580);
    assert_int_equal(s->sent, 1);
    pass(s, 40);
    assert_int_equal(s->sent, 2);
}

/* It was killed, or cut off, while the host was on its way. */
static void a_failure_is_forgiven_once_the_member_has_been_away(void **state)
{
    struct scene *s = *state;
    for (int restarted = 0; restarted < 2; restarted++) {
        size_t visitor = (size_t)restarted * HOSTS / 2;
        pass(s, 40);
        while (home_of(s, visitor) != 1)
            visitor++;
        const size_t before = s->sent;
        s->stays[visitor] = true;
        adopt(s, visitor, visitor + 1);
        pass(s, 65);
        assert_int_equal(s->sent, before + 1);
        s->silent[1] = !restarted;
        pass(s, 11);
        assert_string_equal(moves_failed(s->moves, s->members, host_name(visitor), s->now_ms),
                            restarted ? "c2" : "");
        s->row[1].incarnation += (uint64_t)restarted;
        s->silent[1] = false;
        pass(s, 2);
        assert_string_equal(moves_failed(s->moves, s->members, host_name(visitor), s->now_ms), "");
        pass(s, 100);
        assert_int_equal(s->sent, before + 2);
        s->stays[visitor] = false;
        (void)moves_gone(s->moves, host_name(visitor), s->now_ms);
    }
}

static void a_host_says_that_it_was_not_let_in(void **state)
{
    struct scene *s = *state;
    size_t visitor = 0;
    pass(s, 40);
    while (home_of(s, visitor) != 1)
        visitor++;
    s->stays[visitor] = true;
    adopt(s, visitor, visitor + 1);
    while (s->sent == 0)
        pass(s, 1);
    assert_int_equal(moves_adopted(s->moves, host_name(visitor), true, "c3", s->now_ms), DAQS_OK);
    assert_string_equal(moves_failed(s->moves, s->members, host_name(visitor), s->now_ms), "");
    assert_int_equal(moves_adopted(s->moves, host_name(visitor), true, "c2", s->now_ms), DAQS_OK);
    assert_string_equal(moves_failed(s->moves, s->members, host_name(visitor), s->now_ms), "c2");
    assert_false(moves_gone(s->moves, host_name(visitor), s->now_ms));
}

/* Another home than the one that did not let it in, but not within a minute. */
static void a_failed_move_is_a_move(void **state)
{
    struct scene *s = *state;
    size_t order[PLACEMENT_FIRST] = {0};
    size_t visitor = 0;
    pass(s, 40);
    while (order[0] != 1 || order[1] == 0)
        members_order(s->members, host_name(++visitor), order);
    s->stays[visitor] = true;
    adopt(s, visitor, visitor + 1);
    pass(s, 62);
    assert_int_equal(s->sent, 1);
    const int64_t sent_ms = s->sent_ms[visitor];
    s->silent[1] = true;
    pass(s, 60);
    assert_int_equal(s->sent, 2);
    assert_true(s->sent_ms[visitor] - sent_ms >= MOVES_AGAIN_MS);
}

static void no_host_moves_while_the_database_is_silent(void **state)
{
    struct scene *s = *state;
    pass(s, 100);
    adopt(s, 0, HOSTS);
    pass(s, 50);
    s->database = false;
    pass(s, 300);
    assert_int_equal(s->sent, 0);
}

static void old_agents_are_never_sent_away(void **state)
{
    struct scene *s = *state;
    pass(s, 40);
    for (size_t i = 0; i < HOSTS; i++)
        assert_int_equal(moves_adopted(s->moves, host_name(i), false, "", s->now_ms), DAQS_OK);
    assert_int_equal(moves_left(s->moves), 0);
    members_set_state(s->members, MEMBER_LEAVING);
    pass(s, 100);
    assert_int_equal(s->sent, 0);
}

static void a_leaving_member_sends_all_away(void **state)
{
    struct scene *s = *state;
    pass(s, 3); /* whether or not the others have settled, or the database answers */
    adopt(s, 0, HOSTS);
    members_set_state(s->members, MEMBER_LEAVING);
    pass(s, 3);
    assert_int_equal(s->sent, 0); /* the others may not know yet */
    pass(s, 4);
    assert_in_range(s->sent, 3 * MOVES_DRAIN_RATE, 4 * MOVES_DRAIN_RATE + MOVES_DRAIN_RATE / 10);
    assert_false(moves_over(s->moves, s->now_ms));
    pass(s, 2);
    assert_int_equal(s->sent, HOSTS);
    assert_int_equal(moves_left(s->moves), 0);
    assert_true(moves_over(s->moves, s->now_ms));
    for (size_t i = 0; i < HOSTS; i++)
        assert_true(s->reason[i] == MOVE_DRAIN && s->target[i] == home_of(s, i));
}

static void a_leaving_member_tries_the_next_one(void **state)
{
    struct scene *s = *state;
    pass(s, 3);
    s->stays[1] = true;
    adopt(s, 1, 2);
    members_set_state(s->members, MEMBER_LEAVING);
    pass(s, 4);
    const size_t first = s->target[1];
    pass(s, 11);
    assert_int_equal(s->sent, 2);
    assert_int_not_equal(s->target[1], first);
}

/* The database is slow: the others send hosts back until they have read it. */
static void the_notice_begins_when_the_database_has_it(void **state)
{
    struct scene *s = *state;
    pass(s, 3);
    adopt(s, 0, HOSTS);
    members_set_state(s->members, MEMBER_LEAVING);
    s->database = false;
    pass(s, 5);
    assert_int_equal(s->sent, 0);
    s->database = true;
    pass(s, 1 + MOVES_NOTICE_MS / 1000);
    assert_int_equal(s->sent, 0);
    pass(s, 1);
    assert_in_range(s->sent, 1, 2 * MOVES_DRAIN_RATE);
}

static void without_the_database_the_others_count_it_as_lost(void **state)
{
    struct scene *s = *state;
    pass(s, 3);
    adopt(s, 0, HOSTS);
    members_set_state(s->members, MEMBER_LEAVING);
    s->database = false;
    pass(s, 8);
    assert_int_equal(s->sent, 0);
    pass(s, 6);
    assert_int_equal(s->sent, HOSTS);
}

/* The only other member has sent the host back once, because it had not read yet. */
static void a_leaving_member_tries_the_only_other_one_again(void **state)
{
    struct scene *s = *state;
    s->rows = 2;
    pass(s, 3);
    s->stays[1] = true;
    adopt(s, 1, 2);
    members_set_state(s->members, MEMBER_LEAVING);
    pass(s, 4);
    assert_int_equal(s->sent, 1);
    assert_int_equal(moves_adopted(s->moves, host_name(1), true, "c2", s->now_ms), DAQS_OK);
    s->stays[1] = false;
    pass(s, 4);
    assert_int_equal(s->sent, 1);
    assert_string_equal(moves_failed(s->moves, s->members, host_name(1), s->now_ms), "c2");
    pass(s, 2);
    assert_int_equal(s->sent, 2);
    assert_true(moves_over(s->moves, s->now_ms));
}

static void a_leaving_member_waits_while_its_hosts_go(void **state)
{
    struct scene *s = *state;
    pass(s, 3);
    adopt(s, 0, 2);
    s->stays[0] = s->stays[1] = true;
    members_set_state(s->members, MEMBER_LEAVING);
    pass(s, MOVES_LEAVE_MS / 1000 - 3);
    assert_false(moves_over(s->moves, s->now_ms));
    (void)moves_gone(s->moves, host_name(0), s->now_ms);
    pass(s, 4);
    assert_false(moves_over(s->moves, s->now_ms)); /* one has gone lately */
    pass(s, 2);
    assert_true(moves_over(s->moves, s->now_ms));
    for (size_t i = 2; i < 20; i++) {
        adopt(s, i, i + 1);
        pass(s, 1);
    }
    assert_true(moves_over(s->moves, s->now_ms)); /* in any case */
}

static void a_leaving_member_that_is_alone_keeps_its_hosts(void **state)
{
    struct scene *s = *state;
    s->silent[1] = s->silent[2] = s->silent[3] = true;
    pass(s, 10);
    adopt(s, 0, HOSTS);
    members_set_state(s->members, MEMBER_LEAVING);
    pass(s, 10);
    assert_int_equal(s->sent, 0);
    assert_int_equal(moves_left(s->moves), HOSTS);
}

static void a_member_that_is_cut_off_sends_its_hosts_away_paced(void **state)
{
    struct scene *s = *state;
    pass(s, 40);
    adopt(s, 0, HOSTS);
    s->database = false;
    pass(s, 100);
    s->sent = s->most = 0;
    for (int i = 0; i < 30; i++) {
        for (size_t k = 1; k < ROWS; k++)
            members_peer_said(s->members, names[k], true, s->now_ms);
        pass(s, 1);
    }
    assert_true(s->sent > HOSTS * 9 / 10);
    assert_true(s->most <= RATE + 3 * RATE / 10 + 3);
    for (size_t i = 0; i < HOSTS; i++)
        assert_true(s->sent_ms[i] == 0 || (s->reason[i] == MOVE_CUT_OFF && s->target[i] != 0));
}

/* c2 is cut off as well, and c4 does not answer. */
static void a_member_that_is_cut_off_sends_hosts_to_members_that_read(void **state)
{
    struct scene *s = *state;
    pass(s, 40);
    adopt(s, 0, HOSTS);
    s->database = false;
    pass(s, 100);
    s->sent = 0;
    for (int i = 0; i < 60; i++) {
        members_peer_said(s->members, "c2", false, s->now_ms);
        members_peer_said(s->members, "c3", true, s->now_ms);
        pass(s, 1);
    }
    assert_int_equal(s->sent, HOSTS);
    for (size_t i = 0; i < HOSTS; i++)
        assert_string_equal(members_at(s->members, s->target[i])->row.name, "c3");
}

static void a_host_that_comes_and_goes_is_counted_once(void **state)
{
    struct scene *s = *state;
    adopt(s, 0, 1);
    adopt(s, 0, 1);
    assert_int_equal(moves_left(s->moves), 1);
    assert_int_equal(moves_adopted(s->moves, host_name(0), false, "", s->now_ms), DAQS_OK);
    assert_int_equal(moves_left(s->moves), 0);
    adopt(s, 0, 1);
    assert_false(moves_gone(s->moves, host_name(0), s->now_ms));
    assert_false(moves_gone(s->moves, host_name(0), s->now_ms));
    assert_false(moves_gone(s->moves, "never", s->now_ms));
    assert_int_equal(moves_left(s->moves), 0);
    assert_string_equal(move_reason_text(MOVE_DRAIN), "this member is leaving");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, make, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(hosts_stay_until_the_home_has_settled),
        CASE(a_home_that_restarts_keeps_its_hosts),
        CASE(hosts_go_home_and_no_others_do),
        CASE(the_others_share_the_rate_to_a_member),
        CASE(a_host_stays_for_a_minute),
        CASE(a_host_that_was_not_let_in_is_not_sent_there_for_ten_minutes),
        CASE(a_failure_is_forgiven_once_the_member_has_been_away),
        CASE(a_host_says_that_it_was_not_let_in),
        CASE(a_failed_move_is_a_move),
        CASE(no_host_moves_while_the_database_is_silent),
        CASE(old_agents_are_never_sent_away),
        CASE(a_leaving_member_sends_all_away),
        CASE(a_leaving_member_tries_the_next_one),
        CASE(the_notice_begins_when_the_database_has_it),
        CASE(without_the_database_the_others_count_it_as_lost),
        CASE(a_leaving_member_tries_the_only_other_one_again),
        CASE(a_leaving_member_waits_while_its_hosts_go),
        CASE(a_leaving_member_that_is_alone_keeps_its_hosts),
        CASE(a_member_that_is_cut_off_sends_its_hosts_away_paced),
        CASE(a_member_that_is_cut_off_sends_hosts_to_members_that_read),
        CASE(a_host_that_comes_and_goes_is_counted_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
