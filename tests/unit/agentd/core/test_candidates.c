/* SPDX-License-Identifier: Apache-2.0 */
/* Which controller an agent dials and when it goes on, with a clock that the test sets. */
#include "tests/lib/check.h"

#include <stdlib.h>
#include <string.h>

#include "agentd/core/candidates.h"
#include "tests/lib/random.h"

enum { POLL_MS = 500, LEASE_MS = 2000, START = 1000000, STEPS = 20000 };

static const char *const two[] = {"tcp://seed1:1", "tcp://seed2:1"};
static const struct daqs_member_info c1 = {"c1", "tcp://c1:1", {{0}}};
static const struct daqs_member_info c2 = {"c2", "tcp://c2:1", {{7}}};
static const struct daqs_member_info c3 = {"c3", "tcp://c3:1", {{0}}};

static struct candidates *make(const char *host, size_t endpoints)
{
    struct candidates *c = candidates_new(&(struct candidates_setup){
        .host = host, .endpoint = two, .endpoints = endpoints, .poll_ms = POLL_MS});
    assert_non_null(c);
    return c;
}

static int begin(void **state)
{
    struct candidates *c = make("node1", 2);
    *state = c;
    assert_int_equal(candidates_next(c, START), CANDIDATES_DIAL);
    assert_int_equal(candidates_next(c, START), CANDIDATES_WAIT);
    return 0;
}

static int end(void **state)
{
    candidates_free(*state);
    return 0;
}

static const char *at(const struct candidates *c, enum candidates_line line)
{
    const struct candidate *candidate = candidates_at(c, line);
    return candidate ? candidate->endpoint : "";
}

static void expect_current(const struct candidates *c, const char *endpoint)
{
    assert_string_equal(at(c, CANDIDATES_CURRENT), endpoint);
}

static void expect_left(const struct candidates *c, const char *name, int64_t now_ms)
{
    assert_string_equal(candidates_left(c, CANDIDATES_CURRENT, now_ms), name);
}

/* The controller on this line tells of a, b and c. */
static bool told(struct candidates *c, enum candidates_line line, const char *name,
                 const struct daqs_member_info *a, const struct daqs_member_info *b, int64_t now_ms)
{
    struct daqs_member_info member[] = {*a, *b};
    return candidates_told(c, line, name, member, 2, now_ms);
}

/* The host is served by c1, whose fallback is c2. */
static void serve(struct candidates *c, int64_t now_ms)
{
    assert_true(told(c, CANDIDATES_CURRENT, "c1", &c1, &c2, now_ms));
    candidates_heard(c, CANDIDATES_CURRENT, LEASE_MS, now_ms);
    assert_false(candidates_obeyed(c, CANDIDATES_CURRENT, LEASE_MS, now_ms));
    assert_int_equal(candidates_next(c, now_ms), CANDIDATES_WAIT);
}

/* c1 sends the host to c2. */
static void send_to_c2(struct candidates *c, int64_t now_ms)
{
    (void)told(c, CANDIDATES_CURRENT, "c1", &c2, &c1, now_ms);
    assert_int_equal(candidates_next(c, now_ms), CANDIDATES_TRY);
    assert_string_equal(at(c, CANDIDATES_TARGET), "tcp://c2:1");
}

/* --- silence and refusals --- */

static void the_configured_ones_are_dialled_in_their_order(void **state)
{
    struct candidates *c = *state;
    expect_current(c, two[0]);
    assert_int_equal(candidates_next(c, START + CANDIDATES_PATIENCE_MS - 1), CANDIDATES_WAIT);
    assert_int_equal(candidates_next(c, START + CANDIDATES_PATIENCE_MS), CANDIDATES_DIAL);
    expect_current(c, two[1]);
    assert_int_equal(candidates_next(c, START + CANDIDATES_PATIENCE_MS), CANDIDATES_WAIT);
    assert_int_equal(candidates_next(c, START + 2 * CANDIDATES_PATIENCE_MS), CANDIDATES_DIAL);
    expect_current(c, two[0]);
    assert_string_equal(candidates_left(c, CANDIDATES_CURRENT, START), "");
}

static void a_single_one_is_never_left(void **state)
{
    struct candidates *c = make("node1", 1);
    (void)state;
    assert_int_equal(candidates_next(c, START), CANDIDATES_DIAL);
    candidates_refused(c, CANDIDATES_CURRENT, START);
    assert_int_equal(candidates_next(c, START + 3600000), CANDIDATES_WAIT);
    expect_current(c, two[0]);
    candidates_free(c);
}

static void one_that_is_heard_is_not_left(void **state)
{
    struct candidates *c = *state;
    candidates_heard(c, CANDIDATES_CURRENT, LEASE_MS, START + 2000);
    assert_int_equal(candidates_next(c, START + 4999), CANDIDATES_WAIT);
    assert_true(candidates_hears(c, START + 4999));
    assert_false(candidates_hears(c, START + 5000));
    assert_int_equal(candidates_next(c, START + 5000), CANDIDATES_DIAL);
}

static void silence_lasts_two_polls_or_a_lease_at_least(void **state)
{
    struct candidates *c = *state;
    candidates_heard(c, CANDIDATES_CURRENT, 9000, START);
    assert_int_equal(candidates_next(c, START + 8999), CANDIDATES_WAIT);
    assert_int_equal(candidates_next(c, START + 9000), CANDIDATES_DIAL);
    struct candidates *slow = candidates_new(&(struct candidates_setup){
        .host = "node1", .endpoint = two, .endpoints = 2, .poll_ms = 20000});
    assert_non_null(slow);
    assert_int_equal(candidates_next(slow, START), CANDIDATES_DIAL);
    assert_int_equal(candidates_next(slow, START + 39999), CANDIDATES_WAIT);
    assert_int_equal(candidates_next(slow, START + 40000), CANDIDATES_DIAL);
    candidates_free(slow);
}

static void after_a_refusal_the_next_is_dialled_at_once_but_none_twice(void **state)
{
    struct candidates *c = *state;
    candidates_refused(c, CANDIDATES_CURRENT, START + 10);
    assert_int_equal(candidates_next(c, START + 10), CANDIDATES_DIAL);
    expect_current(c, two[1]);
    candidates_refused(c, CANDIDATES_CURRENT, START + 20);
    assert_int_equal(candidates_next(c, START + 20), CANDIDATES_WAIT);
    assert_int_equal(candidates_next(c, START + 10 + CANDIDATES_AGAIN_MS - 1), CANDIDATES_WAIT);
    assert_int_equal(candidates_next(c, START + 10 + CANDIDATES_AGAIN_MS), CANDIDATES_DIAL);
    expect_current(c, two[0]);
    candidates_refused(c, CANDIDATES_CURRENT, START + 4000);
    candidates_connected(c); /* nevertheless */
    assert_int_equal(candidates_next(c, START + 6000), CANDIDATES_WAIT);
}

/* It has no SLAs of this host yet, and the host's inventory changes all the time. */
static void a_member_that_only_welcomes_is_left(void **state)
{
    struct candidates *c = *state;
    assert_true(told(c, CANDIDATES_CURRENT, "c1", &c1, &c2, START));
    for (int64_t ms = 1000; ms < 4000; ms += 500) {
        candidates_heard(c, CANDIDATES_CURRENT, LEASE_MS, START + ms);
        assert_int_equal(candidates_next(c, START + ms), CANDIDATES_WAIT);
    }
    assert_int_equal(candidates_next(c, START + 4000), CANDIDATES_DIAL);
    expect_current(c, "tcp://c2:1");
    candidates_heard(c, CANDIDATES_CURRENT, LEASE_MS, START + 4100);
    assert_int_equal(candidates_next(c, START + 7099), CANDIDATES_WAIT);
}

static void a_member_whose_connection_stays_down_is_left_sooner(void **state)
{
    struct candidates *c = *state;
    candidates_disconnected(c, START);
    assert_int_equal(candidates_next(c, START + 2999), CANDIDATES_WAIT); /* not in a group */
    candidates_connected(c);
    serve(c, START + 2999);
    candidates_disconnected(c, START + 3000);
    candidates_disconnected(c, START + 3900);
    candidates_connected(c);
    candidates_disconnected(c, START + 4000);
    assert_int_equal(candidates_next(c, START + 4999), CANDIDATES_WAIT);
    assert_int_equal(candidates_next(c, START + 5000), CANDIDATES_DIAL);
    expect_current(c, "tcp://c2:1");
    expect_left(c, "c1", START + 5000);
    assert_int_equal(candidates_next(c, START + 7999), CANDIDATES_WAIT);
}

/* --- lists --- */

static void members_come_before_the_configured_ones(void **state)
{
    struct candidates *c = *state;
    const struct daqs_member_info seed = {"c3", two[1], {{0}}};
    serve(c, START);
    assert_false(told(c, CANDIDATES_CURRENT, "c1", &c1, &c2, START));
    assert_int_equal(candidates_count(c), 4);
    assert_int_equal(candidates_count_told(c), 2);
    assert_string_equal(candidates_get(c, 0)->name, "c1");
    assert_string_equal(candidates_get(c, 1)->endpoint, "tcp://c2:1");
    assert_int_equal(candidates_get(c, 1)->key.byte[0], 7);
    assert_true(told(c, CANDIDATES_CURRENT, "c1", &c1, &seed, START)); /* none is listed twice */
    assert_int_equal(candidates_count(c), 3);
}

static void members_at_one_endpoint_are_listed_once(void **state)
{
    struct candidates *c = *state;
    const struct daqs_member_info same = {"c4", c1.endpoint, {{0}}};
    assert_true(told(c, CANDIDATES_CURRENT, "c1", &c1, &same, START));
    assert_false(told(c, CANDIDATES_CURRENT, "c1", &c1, &same, START));
    assert_int_equal(candidates_count_told(c), 1);
}

/* The members have got new keys while this agent was not running. */
static void a_configured_one_stays_listed_with_the_configured_key(void **state)
{
    struct candidates *c = make("node1", 1);
    const struct daqs_member_info old = {"c1", two[0], {{9}}};
    (void)state;
    candidates_restore(c, &old, 1);
    assert_int_equal(candidates_count(c), 2);
    assert_int_equal(candidates_next(c, START), CANDIDATES_DIAL);
    assert_int_equal(candidates_at(c, CANDIDATES_CURRENT)->key.byte[0], 9);
    assert_int_equal(candidates_next(c, START + 3000), CANDIDATES_DIAL);
    assert_int_equal(candidates_at(c, CANDIDATES_CURRENT)->key.byte[0], 0);
    expect_current(c, two[0]);
    candidates_free(c);
}

/* Members say their keys, also if all have the one that is configured. */
static void the_usual_key_is_listed_as_none(void **state)
{
    static const struct daqs_key own[] = {{{7}}, {{8}}};
    struct candidates *c = candidates_new(&(struct candidates_setup){.host = "node1",
                                                                     .endpoint = two,
                                                                     .endpoints = 2,
                                                                     .key = own,
                                                                     .usual_key = own[0],
                                                                     .poll_ms = POLL_MS});
    const struct daqs_member_info members[] = {{"c1", two[0], {{7}}}, {"c2", two[1], {{8}}}};
    (void)state;
    assert_int_equal(candidates_get(c, 0)->key.byte[0], 0);
    assert_int_equal(candidates_get(c, 1)->key.byte[0], 8);
    assert_true(candidates_told(c, CANDIDATES_CURRENT, "c1", members, 2, START));
    assert_int_equal(candidates_count(c), 2);
    assert_int_equal(candidates_get(c, 0)->key.byte[0], 0);
    assert_int_equal(candidates_get(c, 1)->key.byte[0], 8);
    candidates_free(c);
}

/* It was dialled at a configured endpoint that is not the one it advertises. */
static void after_silence_the_first_fallback_is_dialled(void **state)
{
    struct candidates *c = *state;
    serve(c, START);
    assert_string_equal(candidates_at(c, CANDIDATES_CURRENT)->name, "c1");
    assert_int_equal(candidates_next(c, START + CANDIDATES_PATIENCE_MS), CANDIDATES_DIAL);
    expect_current(c, "tcp://c2:1");
    expect_left(c, "c1", START + CANDIDATES_PATIENCE_MS);
}

static void once_there_are_members_each_host_begins_at_another_configured_one(void **state)
{
    size_t first[2] = {0};
    (void)state;
    for (int i = 0; i < 100; i++) {
        char host[16];
        (void)snprintf(host, sizeof host, "node%d", i);
        struct candidates *c = make(host, 2);
        assert_string_equal(candidates_get(c, 0)->endpoint, two[0]);
        candidates_restore(c, &c1, 1);
        first[strcmp(candidates_get(c, 1)->endpoint, two[1]) == 0]++;
        candidates_free(c);
    }
    assert_in_range(first[0], 30, 70);
}

static void after_a_restart_the_home_is_dialled_first(void **state)
{
    struct candidates *c = make("node1", 2);
    const struct daqs_member_info member[] = {c2, c1};
    (void)state;
    candidates_restore(c, member, 2);
    assert_int_equal(candidates_next(c, START), CANDIDATES_DIAL);
    expect_current(c, "tcp://c2:1");
    assert_string_equal(candidates_at(c, CANDIDATES_CURRENT)->name, "c2");
    assert_int_equal(candidates_at(c, CANDIDATES_CURRENT)->key.byte[0], 7);
    candidates_free(c);
}

static void a_controller_without_a_group_ends_the_list(void **state)
{
    struct candidates *c = *state;
    assert_false(candidates_told(c, CANDIDATES_CURRENT, "", NULL, 0, START));
    serve(c, START);
    assert_false(candidates_told(c, CANDIDATES_CURRENT, "c1", NULL, 0, START)); /* no news */
    assert_int_equal(candidates_count_told(c), 2);
    assert_true(candidates_told(c, CANDIDATES_CURRENT, "", NULL, 0, START));
    assert_int_equal(candidates_count(c), 2);
    expect_current(c, two[0]);
    assert_int_equal(candidates_next(c, START), CANDIDATES_WAIT);
}

static void names_and_endpoints_of_any_length_are_bounded(void **state)
{
    struct candidates *c = *state;
    char text[512];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    const struct daqs_member_info member = {text, text, {{0}}};
    assert_true(candidates_told(c, CANDIDATES_CURRENT, text, &member, 1, START));
    assert_int_equal(strlen(candidates_get(c, 0)->name), DAQS_MEMBER_MAX);
    assert_int_equal(strlen(candidates_get(c, 0)->endpoint), DAQS_ENDPOINT_MAX);
}

/* The caller has taken away what may not be dialled. */
static void a_list_of_nothing_that_may_be_dialled_is_no_news(void **state)
{
    struct candidates *c = *state;
    const struct daqs_member_info barred = {"c2", "", {{0}}};
    serve(c, START);
    assert_false(told(c, CANDIDATES_CURRENT, "c1", &barred, &barred, START));
    assert_int_equal(candidates_count_told(c), 2);
    assert_int_equal(candidates_next(c, START), CANDIDATES_STAY);
    expect_left(c, "c2", START);
    assert_true(told(c, CANDIDATES_CURRENT, "c1", &c1, &barred, START));
    assert_int_equal(candidates_count_told(c), 1);
    assert_int_equal(candidates_next(c, START), CANDIDATES_WAIT);
}

/* --- being sent elsewhere --- */

static void it_moves_when_orders_of_the_target_are_obeyed(void **state)
{
    struct candidates *c = *state;
    serve(c, START);
    send_to_c2(c, START + 100);
    expect_current(c, two[0]);
    candidates_heard(c, CANDIDATES_TARGET, LEASE_MS, START + 200);
    assert_int_equal(candidates_next(c, START + 200), CANDIDATES_WAIT);
    expect_current(c, two[0]);
    assert_true(candidates_obeyed(c, CANDIDATES_TARGET, LEASE_MS, START + 300));
    expect_current(c, "tcp://c2:1");
    assert_string_equal(at(c, CANDIDATES_TARGET), "");
    assert_int_equal(candidates_next(c, START + 300), CANDIDATES_WAIT);
    assert_true(candidates_hears(c, START + 3299));
    expect_left(c, "", START + 300);
    assert_int_equal(candidates_tally(c).moves, 1);
}

static void it_stays_if_nothing_listens_there(void **state)
{
    struct candidates *c = *state;
    serve(c, START);
    send_to_c2(c, START + 100);
    assert_false(told(c, CANDIDATES_CURRENT, "c1", &c2, &c1, START + 1000)); /* said again */
    assert_int_equal(candidates_next(c, START + 2099), CANDIDATES_WAIT);
    assert_int_equal(candidates_next(c, START + 2100), CANDIDATES_STAY);
    assert_int_equal(candidates_next(c, START + 2100), CANDIDATES_WAIT);
    expect_current(c, two[0]);
    expect_left(c, "c2", START + 2100);
    assert_int_equal(candidates_tally(c).moves_failed, 1);
    assert_false(candidates_obeyed(c, CANDIDATES_TARGET, LEASE_MS, START + 2100)); /* too late */
    expect_current(c, two[0]);
}

static void it_stays_at_once_if_it_is_refused_there(void **state)
{
    struct candidates *c = *state;
    serve(c, START);
    send_to_c2(c, START + 100);
    candidates_refused(c, CANDIDATES_TARGET, START + 150);
    assert_int_equal(candidates_next(c, START + 150), CANDIDATES_STAY);
    expect_left(c, "c2", START + 150);
}

static void a_target_that_welcomes_but_does_not_command_is_left(void **state)
{
    struct candidates *c = *state;
    serve(c, START);
    send_to_c2(c, START);
    candidates_heard(c, CANDIDATES_TARGET, LEASE_MS, START + 1900);
    candidates_heard(c, CANDIDATES_TARGET, LEASE_MS, START + 3000); /* again: no more time */
    assert_false(candidates_obeyed(c, CANDIDATES_CURRENT, LEASE_MS, START + 4800));
    assert_int_equal(candidates_next(c, START + 4899), CANDIDATES_WAIT);
    assert_int_equal(candidates_next(c, START + 4900), CANDIDATES_STAY);
    expect_left(c, "c2", START + 4900);
}

static void a_target_that_sends_it_on_is_left_for_the_third(void **state)
{
    struct candidates *c = *state;
    serve(c, START);
    send_to_c2(c, START);
    (void)told(c, CANDIDATES_TARGET, "c2", &c3, &c2, START + 100);
    assert_int_equal(candidates_next(c, START + 100), CANDIDATES_TRY);
    assert_string_equal(at(c, CANDIDATES_TARGET), "tcp://c3:1");
    expect_current(c, two[0]);
    assert_int_equal(candidates_next(c, START + 2100), CANDIDATES_STAY);
    expect_left(c, "c2", START + 2100); /* to which the current one sent it */
}

static void a_target_that_sends_it_back_counts_as_lost(void **state)
{
    struct candidates *c = *state;
    serve(c, START);
    send_to_c2(c, START);
    (void)told(c, CANDIDATES_TARGET, "c2", &c1, &c2, START + 100);
    assert_int_equal(candidates_next(c, START + 100), CANDIDATES_STAY);
    expect_left(c, "c2", START + 100);
    expect_current(c, two[0]);
}

static void the_third_time_in_ten_seconds_it_stays(void **state)
{
    struct candidates *c = *state;
    serve(c, START);
    send_to_c2(c, START);
    assert_true(candidates_obeyed(c, CANDIDATES_TARGET, LEASE_MS, START + 100));
    (void)told(c, CANDIDATES_CURRENT, "c2", &c3, &c2, START + 200);
    assert_int_equal(candidates_next(c, START + 200), CANDIDATES_TRY);
    assert_true(candidates_obeyed(c, CANDIDATES_TARGET, LEASE_MS, START + 300));
    (void)told(c, CANDIDATES_CURRENT, "c3", &c1, &c3, START + 400);
    assert_int_equal(candidates_next(c, START + 400), CANDIDATES_STAY);
    expect_current(c, "tcp://c3:1");
    expect_left(c, "c1", START + 400);
    (void)told(c, CANDIDATES_CURRENT, "c3", &c1, &c3, START + 500);
    assert_int_equal(candidates_next(c, START + 500), CANDIDATES_WAIT); /* it has said so */
    (void)told(c, CANDIDATES_CURRENT, "c3", &c1, &c3, START + 10400);
    assert_int_equal(candidates_next(c, START + 10400), CANDIDATES_TRY);
}

/* Until then it says to each controller that sends it elsewhere that it stays: otherwise one that
 * it comes to meanwhile would wait for it to go. */
static void it_says_so_to_each_controller_that_it_dials(void **state)
{
    struct candidates *c = *state;
    serve(c, START);
    for (int64_t ms = 0; ms < 2000; ms += 1000) {
        send_to_c2(c, START + ms);
        candidates_refused(c, CANDIDATES_TARGET, START + ms);
        assert_int_equal(candidates_next(c, START + ms), CANDIDATES_STAY);
    }
    (void)told(c, CANDIDATES_CURRENT, "c1", &c2, &c1, START + 2000);
    assert_int_equal(candidates_next(c, START + 2000), CANDIDATES_STAY);
    (void)told(c, CANDIDATES_CURRENT, "c1", &c3, &c1, START + 3000);
    assert_int_equal(candidates_next(c, START + 3000), CANDIDATES_WAIT);
    assert_int_equal(candidates_next(c, START + 6000), CANDIDATES_DIAL);
    (void)told(c, CANDIDATES_CURRENT, "c2", &c3, &c1, START + 6100);
    assert_int_equal(candidates_next(c, START + 6100), CANDIDATES_STAY);
    expect_left(c, "c3", START + 6100);
    (void)told(c, CANDIDATES_CURRENT, "c2", &c1, &c3, START + 6200);
    assert_int_equal(candidates_next(c, START + 6200), CANDIDATES_WAIT);
}

static void while_it_tries_the_current_one_may_be_silent(void **state)
{
    struct candidates *c = *state;
    serve(c, START);
    send_to_c2(c, START + 2000);
    assert_int_equal(candidates_next(c, START + 3999), CANDIDATES_WAIT);
    assert_int_equal(candidates_next(c, START + 4000), CANDIDATES_STAY);
    assert_int_equal(candidates_next(c, START + 6999), CANDIDATES_WAIT);
    assert_int_equal(candidates_next(c, START + 7000), CANDIDATES_DIAL);
    expect_left(c, "c1", START + 7000);
}

static void if_neither_lets_it_in_it_goes_on(void **state)
{
    struct candidates *c = *state;
    serve(c, START);
    send_to_c2(c, START);
    candidates_refused(c, CANDIDATES_CURRENT, START + 100);
    assert_int_equal(candidates_next(c, START + 100), CANDIDATES_WAIT);
    assert_int_equal(candidates_next(c, START + 2000), CANDIDATES_STAY);
    assert_int_equal(candidates_next(c, START + 2000), CANDIDATES_DIAL);
    expect_current(c, two[1]); /* c2 was tried just now */
}

/* --- the member that was lost --- */

static void it_is_named_for_a_minute_and_not_to_itself(void **state)
{
    struct candidates *c = *state;
    serve(c, START);
    assert_int_equal(candidates_next(c, START + 3000), CANDIDATES_DIAL);
    expect_left(c, "c1", START + 3000 + CANDIDATES_LEFT_MS - 1);
    expect_left(c, "", START + 3000 + CANDIDATES_LEFT_MS);
    (void)told(c, CANDIDATES_CURRENT, "c2", &c1, &c2, START + 3100);
    assert_int_equal(candidates_next(c, START + 3100), CANDIDATES_TRY);
    assert_string_equal(candidates_left(c, CANDIDATES_TARGET, START + 3100), "");
    expect_left(c, "c1", START + 3100);
}

/* --- any order of events --- */

static void happen(struct candidates *c, struct random_source *random, int64_t now_ms)
{
    static const char *const names[] = {"c1", "c2", "c3", ""};
    const struct daqs_member_info member[] = {c1, c2, c3, c1, c2};
    enum candidates_line line = random_below(random, 2) ? CANDIDATES_TARGET : CANDIDATES_CURRENT;
    switch (random_below(random, 6)) {
    case 0:
        candidates_refused(c, line, now_ms);
        break;
    case 1:
        candidates_heard(c, line, LEASE_MS, now_ms);
        break;
    case 2:
        (void)candidates_obeyed(c, line, LEASE_MS, now_ms);
        break;
    case 3:
        if (line == CANDIDATES_CURRENT)
            candidates_connected(c);
        else
            candidates_disconnected(c, now_ms);
        break;
    default:
        (void)candidates_told(c, line, names[random_below(random, 4)],
                              &member[random_below(random, 3)], random_below(random, 3), now_ms);
    }
}

/* Whatever peers say: there is always one current controller, it changes only for a reason, and the
 * agent dials a bounded number of times. */
static void dials_are_bounded(void **state)
{
    struct candidates *c = *state;
    struct random_source random = {random_seed()};
    size_t dials = 0;
    int64_t now_ms = START;
    for (int i = 0; i < STEPS; i++) {
        now_ms += (int64_t)random_below(&random, 20);
        happen(c, &random, now_ms);
        enum candidates_step step = candidates_next(c, now_ms);
        dials += step == CANDIDATES_DIAL || step == CANDIDATES_TRY;
        assert_true(*at(c, CANDIDATES_CURRENT));
        assert_true((candidates_at(c, CANDIDATES_TARGET) != NULL) >= (step == CANDIDATES_TRY));
        assert_true(candidates_count(c) <= CANDIDATES_MOST);
    }
    const size_t spans = (size_t)(now_ms - START) / CANDIDATES_AGAIN_MS + 1;
    assert_true(dials <= spans * 2 * CANDIDATES_MOST);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(the_configured_ones_are_dialled_in_their_order),
        CASE(a_single_one_is_never_left),
        CASE(one_that_is_heard_is_not_left),
        CASE(silence_lasts_two_polls_or_a_lease_at_least),
        CASE(after_a_refusal_the_next_is_dialled_at_once_but_none_twice),
        CASE(a_member_that_only_welcomes_is_left),
        CASE(a_member_whose_connection_stays_down_is_left_sooner),
        CASE(members_come_before_the_configured_ones),
        CASE(members_at_one_endpoint_are_listed_once),
        CASE(a_configured_one_stays_listed_with_the_configured_key),
        CASE(the_usual_key_is_listed_as_none),
        CASE(after_silence_the_first_fallback_is_dialled),
        CASE(once_there_are_members_each_host_begins_at_another_configured_one),
        CASE(after_a_restart_the_home_is_dialled_first),
        CASE(a_controller_without_a_group_ends_the_list),
        CASE(names_and_endpoints_of_any_length_are_bounded),
        CASE(a_list_of_nothing_that_may_be_dialled_is_no_news),
        CASE(it_moves_when_orders_of_the_target_are_obeyed),
        CASE(it_stays_if_nothing_listens_there),
        CASE(it_stays_at_once_if_it_is_refused_there),
        CASE(a_target_that_welcomes_but_does_not_command_is_left),
        CASE(a_target_that_sends_it_on_is_left_for_the_third),
        CASE(a_target_that_sends_it_back_counts_as_lost),
        CASE(the_third_time_in_ten_seconds_it_stays),
        CASE(it_says_so_to_each_controller_that_it_dials),
        CASE(while_it_tries_the_current_one_may_be_silent),
        CASE(if_neither_lets_it_in_it_goes_on),
        CASE(it_is_named_for_a_minute_and_not_to_itself),
        CASE(dials_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
