/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "controllerd/core/group/adoption.h"
#include "shared/base/error.h"
#include "tests/lib/random.h"

enum { ROWS = 3, OWN_EPOCH = 1000 };

static const char *const names[] = {"c1", "c2", "c3"};

/* Homes of these hosts, by test_placement: c1; c3, then c1; c2, then c3. */
#define OF_C1 "node1"
#define OF_C3 "node2"
#define OF_C2 "node6"

/* The observer c1, with c2 and c3 alive. */
struct scene {
    struct members *members;
    struct member_row row[ROWS];
    bool silent[ROWS];
    int64_t now_ms;
    struct adoption result;
};

static void pass(struct scene *s, int seconds)
{
    for (int i = 0; i < seconds; i++) {
        s->now_ms += 1000;
        members_tick(s->members, s->now_ms);
        for (size_t k = 0; k < ROWS; k++)
            s->row[k].beat += !s->silent[k];
        assert_int_equal(members_read(s->members, s->row, ROWS, s->now_ms), DAQS_OK);
    }
}

static int make(void **state)
{
    static struct scene scene;
    scene = (struct scene){.now_ms = 1000000};
    for (size_t i = 0; i < ROWS; i++)
        scene.row[i] = (struct member_row){.name = names[i],
                                           .bus = "",
                                           .peer = "",
                                           .version = "",
                                           .incarnation = i + 1,
                                           .weight = 1,
                                           .state = MEMBER_SERVING};
    const struct members_setup setup = {scene.row[0], 6000, 30000};
    scene.members = members_new(&setup, scene.now_ms);
    *state = &scene;
    if (!scene.members)
        return -1;
    pass(&scene, 2);
    return 0;
}

static int end(void **state)
{
    struct scene *scene = *state;
    members_free(scene->members);
    return 0;
}

static struct adoption_hello hello_of(const char *host)
{
    return (struct adoption_hello){.host = host,
                                   .epoch = 500,
                                   .redirectable = true,
                                   .left = "",
                                   .records_known = true,
                                   .failed = ""};
}

static void decide(struct scene *s, const struct adoption_hello *hello)
{
    adoption_decide(s->members, hello, OWN_EPOCH, s->now_ms, &s->result);
}

static void check(struct scene *s, const struct adoption_hello *hello, enum adoption_act act,
                  enum adoption_reason reason)
{
    decide(s, hello);
    assert_string_equal(adoption_reason_text(s->result.reason), adoption_reason_text(reason));
    assert_int_equal(s->result.act, act);
}

static void check_elsewhere(const struct scene *s, const char *expected)
{
    char text[32] = "";
    for (size_t i = 0; i < s->result.count; i++) {
        strcat(text, i ? " " : "");
        strcat(text, members_at(s->members, s->result.elsewhere[i])->row.name);
    }
    assert_string_equal(text, expected);
}

static void a_host_is_served_at_home_and_learns_its_fallbacks(void **state)
{
    struct adoption_hello hello = hello_of(OF_C1);
    check(*state, &hello, ADOPTION_SERVE, ADOPTION_HOME);
    check_elsewhere(*state, "c1 c3 c2");
}

static void a_host_whose_home_is_another_is_sent_there(void **state)
{
    struct adoption_hello hello = hello_of(OF_C3);
    check(*state, &hello, ADOPTION_ELSEWHERE, ADOPTION_HOME_ELSEWHERE);
    check_elsewhere(*state, "c3 c1 c2");
    hello = hello_of(OF_C2); /* this member is its third choice, but one that it can reach */
    check(*state, &hello, ADOPTION_ELSEWHERE, ADOPTION_HOME_ELSEWHERE);
    check_elsewhere(*state, "c2 c1 c3");
}

static void a_host_that_has_lost_its_home_is_served(void **state)
{
    struct adoption_hello hello = hello_of(OF_C3);
    hello.left = "c3";
    check(*state, &hello, ADOPTION_SERVE, ADOPTION_MEMBER_LOST);
    check_elsewhere(*state, "c1 c3 c2");
    hello.left = "c2"; /* a home that it could go to, but only after another redirect */
    check(*state, &hello, ADOPTION_SERVE, ADOPTION_MEMBER_LOST);
}

static void a_host_that_its_home_did_not_let_in_is_served(void **state)
{
    struct adoption_hello hello = hello_of(OF_C3);
    hello.failed = "c3";
    check(*state, &hello, ADOPTION_SERVE, ADOPTION_HOME_FAILED);
}

static void a_host_with_an_old_agent_is_served(void **state)
{
    struct adoption_hello hello = hello_of(OF_C3);
    hello.redirectable = false;
    check(*state, &hello, ADOPTION_SERVE, ADOPTION_OLD_AGENT);
    hello.records_known = false;
    check(*state, &hello, ADOPTION_WAIT, ADOPTION_RECORDS_UNKNOWN);
}

static void a_host_that_is_here_already_is_not_sent_away_by_a_hello(void **state)
{
    struct adoption_hello hello = hello_of(OF_C3);
    hello.epoch_here = 500;
    check(*state, &hello, ADOPTION_SERVE, ADOPTION_HERE_ALREADY);
}

static void a_host_is_served_while_its_home_is_not_known(void **state)
{
    struct scene *s = *state;
    struct adoption_hello hello = hello_of(OF_C3);
    s->now_ms += MEMBERS_GAP_MS + 1; /* the database is silent */
    check(s, &hello, ADOPTION_SERVE, ADOPTION_HOME_UNKNOWN);
    pass(s, 1);
    check(s, &hello, ADOPTION_ELSEWHERE, ADOPTION_HOME_ELSEWHERE);
}

static void a_member_that_has_not_proved_to_live_gets_no_hosts(void **state)
{
    struct scene *s = *state;
    struct adoption_hello hello = hello_of(OF_C3);
    const struct members_setup setup = {s->row[0], 6000, 30000};
    members_free(s->members);
    s->members = members_new(&setup, s->now_ms);
    pass(s, 1);
    check(s, &hello, ADOPTION_SERVE, ADOPTION_HOME_UNKNOWN);
    pass(s, 1);
    check(s, &hello, ADOPTION_ELSEWHERE, ADOPTION_HOME_ELSEWHERE);
}

static void a_host_goes_to_its_next_choice_if_its_home_is_lost(void **state)
{
    struct scene *s = *state;
    struct adoption_hello hello = hello_of(OF_C3);
    s->silent[2] = true;
    pass(s, 6);
    check(s, &hello, ADOPTION_SERVE, ADOPTION_HOME);
    check_elsewhere(s, "c1 c2");
}

static void nothing_is_pushed_to_a_host_whose_slas_are_not_known(void **state)
{
    struct scene *s = *state;
    struct adoption_hello hello = hello_of(OF_C1);
    hello.records_known = false;
    check(s, &hello, ADOPTION_ELSEWHERE, ADOPTION_RECORDS_UNKNOWN); /* another may know them */
    check_elsewhere(s, "c3 c1 c2");
    hello.left = "c3";
    check(s, &hello, ADOPTION_ELSEWHERE, ADOPTION_RECORDS_UNKNOWN);
    check_elsewhere(s, "c2 c1 c3");
    s->silent[1] = true;
    pass(s, 6);
    check(s, &hello, ADOPTION_WAIT, ADOPTION_RECORDS_UNKNOWN);
    check_elsewhere(s, "c1 c3");
    hello.epoch_here = 500;
    check(s, &hello, ADOPTION_WAIT, ADOPTION_RECORDS_UNKNOWN);
}

static void a_leaving_member_is_no_home(void **state)
{
    struct scene *s = *state;
    struct adoption_hello hello = hello_of(OF_C1);
    members_set_state(s->members, MEMBER_LEAVING);
    check(s, &hello, ADOPTION_ELSEWHERE, ADOPTION_HOME_ELSEWHERE);
    check_elsewhere(s, "c3 c1 c2");
    hello.left = "c3";
    check(s, &hello, ADOPTION_SERVE, ADOPTION_MEMBER_LOST);
    s->silent[1] = s->silent[2] = true;
    pass(s, 6);
    check(s, &hello, ADOPTION_SERVE, ADOPTION_HOME_UNKNOWN);
}

static void the_epoch_is_above_what_the_agent_has_obeyed(void **state)
{
    struct scene *s = *state;
    struct adoption_hello hello = hello_of(OF_C1);
    decide(s, &hello);
    assert_int_equal(s->result.epoch, OWN_EPOCH);
    hello.epoch = OWN_EPOCH;
    decide(s, &hello);
    assert_int_equal(s->result.epoch, OWN_EPOCH + 1);
    hello.host = OF_C3; /* not to be taken for an older controller while it is sent elsewhere */
    decide(s, &hello);
    assert_int_equal(s->result.epoch, OWN_EPOCH + 1);
}

static void the_epoch_stays_until_the_agent_has_obeyed_it(void **state)
{
    struct scene *s = *state;
    struct adoption_hello hello = hello_of(OF_C1);
    hello.epoch = 4000;
    hello.epoch_here = 5000;
    decide(s, &hello);
    assert_int_equal(s->result.epoch, 5000);
    hello.epoch = 5000; /* another member's may be the same */
    decide(s, &hello);
    assert_int_equal(s->result.epoch, 5001);
    hello.epoch = 6000;
    decide(s, &hello);
    assert_int_equal(s->result.epoch, 6001);
}

static void an_agent_that_has_obeyed_the_highest_epoch_disobeys(void **state)
{
    struct scene *s = *state;
    struct adoption_hello hello = hello_of(OF_C1);
    hello.epoch = ADOPTION_EPOCH_MAX - 1;
    check(s, &hello, ADOPTION_SERVE, ADOPTION_HOME);
    assert_int_equal(s->result.epoch, ADOPTION_EPOCH_MAX);
    hello.epoch = ADOPTION_EPOCH_MAX;
    check(s, &hello, ADOPTION_DISOBEYS, ADOPTION_EPOCH_BOUND);
    hello.epoch = UINT64_MAX;
    check(s, &hello, ADOPTION_DISOBEYS, ADOPTION_EPOCH_BOUND);
    assert_int_equal(s->result.epoch, ADOPTION_EPOCH_MAX);
}

/* Whatever a hello says. */
static void decisions_keep_the_rules(void **state)
{
    struct scene *s = *state;
    struct random_source random = {random_seed()};
    static const char *const names_or_none[] = {"", "c1", "c2", "c3", "another"};
    for (int i = 0; i < 20000; i++) {
        char host[32];
        struct adoption_hello hello = hello_of(host);
        (void)snprintf(host, sizeof host, "node%d", i);
        hello.epoch = random_next(&random) >> random_below(&random, 64);
        hello.redirectable = random_below(&random, 4) != 0;
        hello.records_known = random_below(&random, 2) != 0;
        hello.epoch_here = random_below(&random, 2) ? random_next(&random) >> 1 : 0;
        hello.left = names_or_none[random_below(&random, 5)];
        hello.failed = names_or_none[random_below(&random, 5)];
        for (size_t k = 1; k < ROWS; k++)
            s->silent[k] = random_below(&random, 2) != 0;
        if (i % 16 == 0)
            pass(s, 1 + (int)random_below(&random, 8));
        decide(s, &hello);
        const struct adoption *a = &s->result;
        assert_true(a->act != ADOPTION_SERVE || hello.records_known);
        assert_true(a->act != ADOPTION_SERVE || a->epoch > hello.epoch);
        assert_true(a->epoch <= ADOPTION_EPOCH_MAX && a->count > 0);
        assert_true((a->elsewhere[0] != 0) == (a->act == ADOPTION_ELSEWHERE));
        assert_true(a->act != ADOPTION_ELSEWHERE || hello.redirectable);
        const struct member *first = members_at(s->members, a->elsewhere[0]);
        assert_true(a->act != ADOPTION_ELSEWHERE ||
                    (first->life == MEMBER_ALIVE && strcmp(first->row.name, hello.left) != 0));
    }
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, make, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_host_is_served_at_home_and_learns_its_fallbacks),
        CASE(a_host_whose_home_is_another_is_sent_there),
        CASE(a_host_that_has_lost_its_home_is_served),
        CASE(a_host_that_its_home_did_not_let_in_is_served),
        CASE(a_host_with_an_old_agent_is_served),
        CASE(a_host_that_is_here_already_is_not_sent_away_by_a_hello),
        CASE(a_host_is_served_while_its_home_is_not_known),
        CASE(a_member_that_has_not_proved_to_live_gets_no_hosts),
        CASE(a_host_goes_to_its_next_choice_if_its_home_is_lost),
        CASE(nothing_is_pushed_to_a_host_whose_slas_are_not_known),
        CASE(a_leaving_member_is_no_home),
        CASE(the_epoch_is_above_what_the_agent_has_obeyed),
        CASE(the_epoch_stays_until_the_agent_has_obeyed_it),
        CASE(an_agent_that_has_obeyed_the_highest_epoch_disobeys),
        CASE(decisions_keep_the_rules),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
