/* SPDX-License-Identifier: Apache-2.0 */
/* Which member answers a request, and where a list over members goes on. */
#include "tests/lib/check.h"

#include <stdio.h>
#include <string.h>

#include "controllerd/core/group/routing.h"

enum { OWN = 0, OTHER = 2, MEMBERS = 4 };

static enum wire_place place_of(enum wire_verb verb)
{
    switch (verb) {
#define X(name, number, handler, changes, place, arguments)                                        \
    case WIRE_##name:                                                                              \
        return WIRE_PLACE_##place;
        WIRE_VERBS(X)
#undef X
    }
    return WIRE_PLACE_HERE;
}

static enum routing_way way(enum wire_verb verb, bool one_host, size_t answers, uint32_t hops)
{
    const struct routing_question question = {.place = place_of(verb),
                                              .one_host = one_host,
                                              .answers = answers,
                                              .members = MEMBERS,
                                              .hops = hops};
    return routing_way(&question);
}

static void what_is_about_a_host_goes_to_the_member_that_serves_it(void **state)
{
    static const enum wire_verb verbs[] = {WIRE_SET_SLA, WIRE_UNSET_SLA, WIRE_SET_POLICY,
                                           WIRE_EXPLAIN, WIRE_FORGET,    WIRE_MAINTENANCE};
    (void)state;
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
        assert_int_equal(way(verbs[i], true, OTHER, 0), ROUTING_OTHER);
        assert_int_equal(way(verbs[i], true, OWN, 0), ROUTING_HERE);
        assert_int_equal(way(verbs[i], true, MEMBERS, 0), ROUTING_HERE); /* not known yet */
    }
}

static void a_list_of_one_host_too_and_of_all_hosts_from_each_in_turn(void **state)
{
    static const enum wire_verb verbs[] = {WIRE_HOSTS, WIRE_VMS, WIRE_PROBLEMS};
    (void)state;
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
        assert_int_equal(way(verbs[i], true, OTHER, 0), ROUTING_OTHER);
        assert_int_equal(way(verbs[i], true, OWN, 0), ROUTING_HERE);
        assert_int_equal(way(verbs[i], false, OWN, 0), ROUTING_TURNS);
        assert_int_equal(way(verbs[i], false, OWN, 1), ROUTING_HERE); /* a part of it */
    }
    assert_int_equal(way(WIRE_EVENTS, true, OTHER, 0), ROUTING_TURNS); /* where they happened */
    assert_int_equal(way(WIRE_FIT, false, OWN, 0), ROUTING_TURNS);
    assert_int_equal(way(WIRE_FIT, false, OWN, 1), ROUTING_HERE);
}

static void history_comes_from_all_that_have_recorded_it(void **state)
{
    (void)state;
    assert_int_equal(way(WIRE_HISTORY, true, OWN, 0), ROUTING_PAST);
    assert_int_equal(way(WIRE_HISTORY, true, OTHER, 0), ROUTING_PAST);
    assert_int_equal(way(WIRE_HISTORY, true, OTHER, 1), ROUTING_HERE); /* a part of it */
    assert_int_equal(way(WIRE_SLA_REPORT, true, OTHER, 0), ROUTING_PAST);
    assert_int_equal(way(WIRE_SLA_REPORT, true, OTHER, 1), ROUTING_HERE);
    assert_int_equal(way(WIRE_SLA_REPORT, false, OWN, 0), ROUTING_TURNS);
    assert_int_equal(way(WIRE_SLA_REPORT, false, OWN, 1), ROUTING_HERE);
}

static void status_comes_from_all_at_once(void **state)
{
    (void)state;
    assert_int_equal(way(WIRE_STATUS, false, OWN, 0), ROUTING_ALL);
    assert_int_equal(way(WIRE_STATUS, false, OWN, 1), ROUTING_HERE);
}

static void what_every_member_has_is_answered_where_it_is_asked(void **state)
{
    static const enum wire_verb verbs[] = {WIRE_LIST_SLA, WIRE_AUDIT,    WIRE_PEERS,   WIRE_ENROLL,
                                           WIRE_REVOKE,   WIRE_MEMBERS,  WIRE_VERSION, WIRE_BACKUP,
                                           WIRE_FIGURES,  WIRE_TAKE_OVER};
    (void)state;
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++)
        assert_int_equal(way(verbs[i], true, OTHER, 0), ROUTING_HERE);
}

static void what_names_a_member_goes_to_it(void **state)
{
    (void)state;
    assert_int_equal(way(WIRE_DRAIN, false, OTHER, 0), ROUTING_OTHER);
    assert_int_equal(way(WIRE_DRAIN, false, OWN, 0), ROUTING_HERE);
    assert_int_equal(way(WIRE_DRAIN, false, OWN, 1), ROUTING_HERE);
    assert_int_equal(way(WIRE_DRAIN, false, MEMBERS, 0), ROUTING_HERE); /* there is none */
}

/* Two members that disagree about a host do not pass its requests on for ever. */
static void a_request_is_passed_on_twice_at_most(void **state)
{
    (void)state;
    assert_int_equal(way(WIRE_EXPLAIN, true, OTHER, 1), ROUTING_OTHER);
    assert_int_equal(way(WIRE_EXPLAIN, true, OTHER, 2), ROUTING_HERE);
}

/* --- tokens --- */

static void a_token_is_read_as_it_was_written(void **state)
{
    static const struct routing_part parts[] = {
        {"c2", false, ""}, {"c2", true, "112 node 7"}, {"a member", true, "c3\t0\t"}};
    char token[WIRE_FIELD_BYTES + 1];
    struct routing_part again;
    (void)state;
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        assert_true(routing_token_write(&parts[i], token));
        assert_true(routing_token_read(token, &again));
        assert_string_equal(again.member, parts[i].member);
        assert_int_equal(again.seen, parts[i].seen);
        assert_string_equal(again.token, parts[i].token);
    }
}

static void other_tokens_are_refused(void **state)
{
    static const char *const tokens[] = {"",     "112 node7", "4711",  "\t0\t",
                                         "c2\t", "c2\t2\t",   "c2\t0", "c2\t0x"};
    char name[DAQS_MEMBER_MAX + 8];
    char text[WIRE_FIELD_BYTES + 8];
    char token[WIRE_FIELD_BYTES + 1];
    struct routing_part part;
    (void)state;
    for (size_t i = 0; i < sizeof tokens / sizeof tokens[0]; i++)
        assert_false(routing_token_read(tokens[i], &part));
    memset(name, 'x', DAQS_MEMBER_MAX + 1);
    (void)snprintf(name + DAQS_MEMBER_MAX + 1, 5, "\t0\t1");
    assert_false(routing_token_read(name, &part));
    memset(text, 'x', sizeof text - 1);
    text[WIRE_FIELD_BYTES] = '\0';
    assert_false(routing_token_write(&(struct routing_part){"c2", false, text}, token));
}

/* --- whose turn it is --- */

static struct members *five_members(void)
{
    static const struct member_row rows[] = {{.name = "c4", .incarnation = 4, .beat = 1},
                                             {.name = "c1", .incarnation = 1, .beat = 1},
                                             {.name = "c3", .incarnation = 3, .beat = 1},
                                             {.name = "c2", .incarnation = 2, .beat = 1}};
    struct member_row row[4];
    struct members *m = members_new(
        &(struct members_setup){
            .own = {.name = "c2", .bus = "", .peer = "", .version = "", .incarnation = 2},
            .lost_after_ms = 3000},
        0);
    assert_non_null(m);
    for (uint64_t beat = 1; beat < 6; beat++) {
        for (size_t i = 0; i < 4; i++) {
            row[i] = rows[i];
            row[i].bus = row[i].peer = row[i].version = "";
            row[i].beat = strcmp(row[i].name, "c3") == 0 ? 1 : beat; /* c3 is lost */
        }
        assert_int_equal(members_read(m, row, 4, (int64_t)beat * 1000), DAQS_OK);
    }
    return m;
}

static void the_others_come_by_name_and_this_member_last(void **state)
{
    struct members *m = five_members();
    (void)state;
    size_t number = routing_next(m, NULL);
    assert_string_equal(members_at(m, number)->row.name, "c1");
    number = routing_next(m, "c1");
    assert_string_equal(members_at(m, number)->row.name,
                        "c4"); /* c3 is lost: others have its hosts */
    assert_int_equal(routing_next(m, "c4"), OWN);
    assert_int_equal(routing_next(m, "c2"), members_count(m));
    number = routing_next(m, "c1x"); /* it is gone meanwhile */
    assert_string_equal(members_at(m, number)->row.name, "c4");
    members_free(m);
}

static void what_is_missing_is_said(void **state)
{
    char text[ROUTING_TEXT];
    struct member member = {.row = {.name = "c3", .peer = "tcp://c3:7422"}};
    (void)state;
    assert_string_equal(routing_missing(&member, NULL, 1950, text),
                        "c3 does not answer: its 1,950 hosts are missing");
    assert_string_equal(routing_missing(&member, NULL, 1, text),
                        "c3 does not answer: its 1 host is missing");
    assert_string_equal(routing_missing(&member, "is busy", 2, text),
                        "c3 is busy: its 2 hosts are missing");
    member.row.peer = "";
    assert_string_equal(
        routing_missing(&member, NULL, 1234567, text),
        "c3 has no address for other members ([group] peer): its 1,234,567 hosts are missing");
    assert_string_equal(
        routing_lost("c3", 1950, text),
        "c3 was lost during this list: its hosts (1,950) may be missing, ask again");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_about_a_host_goes_to_the_member_that_serves_it),
        cmocka_unit_test(a_list_of_one_host_too_and_of_all_hosts_from_each_in_turn),
        cmocka_unit_test(history_comes_from_all_that_have_recorded_it),
        cmocka_unit_test(status_comes_from_all_at_once),
        cmocka_unit_test(what_every_member_has_is_answered_where_it_is_asked),
        cmocka_unit_test(what_names_a_member_goes_to_it),
        cmocka_unit_test(a_request_is_passed_on_twice_at_most),
        cmocka_unit_test(a_token_is_read_as_it_was_written),
        cmocka_unit_test(other_tokens_are_refused),
        cmocka_unit_test(the_others_come_by_name_and_this_member_last),
        cmocka_unit_test(what_is_missing_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
