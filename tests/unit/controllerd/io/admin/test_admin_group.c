/* SPDX-License-Identifier: Apache-2.0 */
/* Requests to a member, c1, whose hosts other members serve, too. The test plays these, c2 and c3:
 * hosts b... are of c2, hosts c... of c3, and for hosts x... it is not known yet. */
#include "tests/lib/admin_scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controllerd/io/fleet/membership.h"
#include "controllerd/io/group/peer_link.h"

enum { C2 = 1, C3 = 2, HOSTS = 20, QUESTIONS_MAX = 16, LOST_AFTER_MS = 6000, HOUR_MS = 3600000 };

/* A question to another member. */
struct asked {
    struct peer_question *question; /* NULL: it has ended */
    char member[8];
    int64_t timeout_ms;
    int64_t now_ms;
};

static struct {
    struct members *members;
    int64_t read_ms; /* of the last answer of the database */
    int refuses;     /* what asking returns */
    bool finds;      /* the database says that c2, c3 and then c1 have recorded the host */
    struct asked asked[QUESTIONS_MAX];
    size_t asks;
    bool leaves; /* this member is drained */
} group;

struct membership {
    int unused;
};

struct peer_link {
    int unused;
};

static struct membership the_membership;
static struct peer_link the_link;

/* --- what is replaced --- */

const struct members *membership_members(const struct membership *m)
{
    (void)m;
    return group.members;
}

bool membership_is_claimed(const struct membership *m, const struct fleet_host *host,
                           int64_t now_ms)
{
    (void)m;
    (void)host;
    (void)now_ms;
    return false;
}

size_t membership_answers(const struct membership *m, const char *host)
{
    (void)m;
    return host[0] == 'b'   ? C2
           : host[0] == 'c' ? C3
           : host[0] == 'x' ? members_count(group.members)
                            : 0;
}

bool membership_elsewhere(const struct membership *m, const char *host)
{
    return membership_answers(m, host) != 0;
}

int membership_check_here(const struct membership *m, const char *host, struct daqs_error *err)
{
    return membership_elsewhere(m, host) ? daqs_fail(err, DAQS_EREFUSED, "%s: not here", host)
                                         : DAQS_OK;
}

const char *membership_note(const struct membership *m, const char *host, int64_t now_ms,
                            char buf[static MEMBERSHIP_NOTE_BYTES])
{
    (void)m;
    (void)host;
    (void)now_ms;
    buf[0] = '\0';
    return buf;
}

int membership_find_stays(const struct membership *m, const char *host, struct stay_find *find)
{
    (void)m;
    (void)host;
    if (!group.finds)
        return DAQS_EBUSY;
    find->stay[0] = (struct past_stay){.since_ms = 0, .member = "c2"};
    find->stay[1] = (struct past_stay){.since_ms = HOUR_MS, .member = "c3"};
    find->stay[2] = (struct past_stay){.since_ms = 2 * HOUR_MS, .member = "c1"};
    find->stays = 3;
    find->done(find, DAQS_OK);
    return DAQS_OK;
}

size_t membership_hosts_of(const struct membership *m, size_t member)
{
    (void)m;
    return member * HOSTS;
}

size_t membership_count(const struct membership *m, enum member_life life)
{
    (void)m;
    (void)life;
    return 1;
}

bool membership_has_others(const struct membership *m)
{
    (void)m;
    return true;
}

void membership_leave(struct membership *m)
{
    (void)m;
    group.leaves = true;
}

int peer_link_ask(struct peer_link *link, size_t member, const struct wire_forward *forward,
                  int64_t timeout_ms, int64_t now_ms, struct peer_question *question)
{
    (void)link;
    (void)forward;
    if (group.refuses)
        return group.refuses;
    assert_true(group.asks < QUESTIONS_MAX);
    struct asked *asked = &group.asked[group.asks++];
    *asked = (struct asked){.question = question, .timeout_ms = timeout_ms, .now_ms = now_ms};
    (void)snprintf(asked->member, sizeof asked->member, "%s",
                   members_at(group.members, member)->row.name);
    return DAQS_OK;
}

/* --- the test's side --- */

/* The database shows all members, or all but c3, a second later. 'beats': c3 lives. */
static void read_members(size_t rows, bool beats)
{
    static uint64_t beat;
    beat++;
    const struct member_row row[] = {
        {.name = "c2", .bus = "", .peer = "tcp://c2:7422", .version = "", .beat = beat},
        {.name = "c3",
         .bus = "",
         .peer = "tcp://c3:7422",
         .version = "",
         .beat = beats ? beat : 0}};
    group.read_ms += 1000;
    assert_int_equal(members_read(group.members, row, rows, group.read_ms), DAQS_OK);
}

static int make_scene(void **state)
{
    memset(&group, 0, sizeof group);
    group.members = members_new(
        &(struct members_setup){.own = {.name = "c1", .bus = "", .peer = "", .version = ""},
                                .lost_after_ms = LOST_AFTER_MS},
        0);
    if (!group.members || admin_scene_make(state) != 0)
        return -1;
    struct admin_scene *s = *state;
    static char own[] = "c1";
    s->config.group.name = own;
    admin_scene_join(s, &the_membership, &the_link);
    read_members(2, true);
    return 0;
}

static int end_scene(void **state)
{
    const int result = admin_scene_end(state);
    members_free(group.members);
    return result;
}

/* Asks for a part of a list of hosts, or about one. */
static void ask_hosts(struct admin_scene *s, const char *host, const char *token)
{
    struct wire_request request = admin_scene_request(WIRE_HOSTS, host, "");
    request.token = token;
    admin_scene_begin(s, &request);
}

/* Returns the question that was asked last, which must be to this member. */
static const struct asked *last_asked(const char *member)
{
    assert_true(group.asks > 0);
    assert_string_equal(group.asked[group.asks - 1].member, member);
    return &group.asked[group.asks - 1];
}

/* Ends the last question without an answer. */
static void let_time_out(const char *member)
{
    struct peer_question *question = last_asked(member)->question;
    group.asked[group.asks - 1].question = NULL;
    assert_non_null(question);
    question->done(question, DAQS_ETIMEOUT, NULL, 0);
}

/* Answers the question with this number: with a list of one host, or with an error. */
static void answer(size_t number, int code, const char *text)
{
    static const struct daqs_column column[] = {{"host", DAQS_COLUMN_TEXT}};
    struct peer_question *question = group.asked[number].question;
    struct wire_reply reply = {.code = code, .text = text, .token = "", .has_table = !code};
    uint8_t *bytes = NULL;
    size_t length = 0;
    assert_non_null(question);
    group.asked[number].question = NULL;
    daqs_table_init(&reply.table, column, 1, 4096);
    daqs_table_text(&reply.table, group.asked[number].member);
    assert_int_equal(wire_encode_reply(&reply, &bytes, &length), DAQS_OK);
    daqs_table_done(&reply.table);
    question->done(question, DAQS_OK, bytes, length);
    free(bytes);
}

static void lose_c3(void)
{
    for (int ms = 0; ms <= LOST_AFTER_MS; ms += 1000)
        read_members(2, false);
    assert_int_equal(members_at(group.members, C3)->life, MEMBER_LOST);
}

/* The last reply is a part without a member. */
static void check_missing(const struct admin_scene *s, const char *member, const char *text)
{
    assert_int_equal(s->reply.code, DAQS_OK);
    for (uint32_t i = 0; i < s->reply.missing; i++)
        if (strcmp(s->reply.missing_member[i].member, member) == 0 && strstr(s->reply.text, text))
            return;
    fail_msg("%u missing: %s", s->reply.missing, s->reply.text);
}

/* --- cases --- */

static void each_member_has_its_whole_time(void **state)
{
    struct admin_scene *s = *state;
    const int64_t begun_ms = s->now_ms;
    s->now_ms -= 60000; /* the request has been waiting */
    ask_hosts(s, "", "");
    assert_true(last_asked("c2")->now_ms >= begun_ms);
    let_time_out("c2");
    assert_true(last_asked("c3")->now_ms >= begun_ms);
    assert_int_equal(s->replies, 0);
    let_time_out("c3");
    assert_int_equal(s->replies, 1);
    assert_int_equal(s->reply.code, DAQS_OK);
    assert_int_equal(s->reply.missing, 2);
    ask_hosts(s, "b1", "");
    assert_true(last_asked("c2")->now_ms >= begun_ms);
    let_time_out("c2");
}

static void a_member_that_is_lost_during_a_list_is_named(void **state)
{
    struct admin_scene *s = *state;
    lose_c3();
    ask_hosts(s, "", "c3\t1\tx"); /* in its middle */
    assert_int_equal(s->replies, 1);
    assert_int_equal(group.asks, 0);
    check_missing(s, "c3", "c3 was lost during this list: its hosts (40) may be missing");
    ask_hosts(s, "", "c3x\t1\t"); /* it is gone */
    assert_int_equal(s->replies, 2);
    check_missing(s, "c3x", "c3x was lost");
    ask_hosts(s, "", ""); /* it was lost before */
    let_time_out("c2");
    assert_int_equal(s->replies, 3);
    assert_int_equal(s->reply.missing, 1);
}

static void a_member_that_is_lost_before_its_turn_is_named(void **state)
{
    struct admin_scene *s = *state;
    ask_hosts(s, "", "");
    lose_c3();
    let_time_out("c2");
    assert_int_equal(s->replies, 1);
    assert_int_equal(s->reply.missing, 2);
    check_missing(s, "c3", "c3 was lost during this list");
}

static void a_host_may_be_known_to_others_only(void **state)
{
    struct admin_scene *s = *state;
    static const enum wire_verb verbs[] = {WIRE_HOSTS, WIRE_VMS, WIRE_PROBLEMS, WIRE_EXPLAIN,
                                           WIRE_FORGET};
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
        const struct wire_request request = admin_scene_request(verbs[i], "x1", "");
        admin_scene_ask(s, &request, DAQS_EBUSY, "x1: not here");
    }
    struct wire_request change = admin_scene_request(WIRE_SET_SLA, "x1", "gold");
    change.set_sla.min = MBIT;
    admin_scene_ask(s, &change, DAQS_EBUSY, "x1: not here");
    change.set_sla.force = true; /* it is stored by any member */
    admin_scene_ask(s, &change, DAQS_OK, "x1/gold");
    (void)admin_scene_host(s, "x2"); /* it is connected here */
    ask_hosts(s, "x2", "");
    assert_int_equal(s->reply.code, DAQS_OK);
    ask_hosts(s, "a1", "");
    assert_int_equal(s->reply.code, DAQS_ENOTFOUND);
}

static void a_change_has_more_time_than_a_question(void **state)
{
    struct admin_scene *s = *state;
    ask_hosts(s, "b1", "");
    assert_int_equal(last_asked("c2")->timeout_ms, 3000);
    let_time_out("c2");
    assert_int_equal(s->reply.code, DAQS_EBUSY);
    struct wire_request change = admin_scene_request(WIRE_SET_SLA, "b1", "gold");
    change.set_sla.min = MBIT;
    admin_scene_begin(s, &change);
    assert_int_equal(last_asked("c2")->timeout_ms, 15000);
    let_time_out("c2");
    assert_int_equal(s->reply.code, DAQS_ETIMEOUT);
    assert_non_null(strstr(s->reply.text, "has not answered within 1 s: it is not known whether"));
}

static void a_dry_run_changes_nothing_in_any_case(void **state)
{
    struct admin_scene *s = *state;
    struct wire_request change = admin_scene_request(WIRE_SET_SLA, "b1", "gold");
    change.set_sla.min = MBIT;
    change.set_sla.dry_run = true;
    admin_scene_begin(s, &change);
    let_time_out("c2");
    assert_int_equal(s->reply.code, DAQS_EBUSY);
    assert_null(strstr(s->reply.text, "not known"));
    struct wire_request forget = admin_scene_request(WIRE_FORGET, "b1", "");
    forget.forget.dry_run = true;
    admin_scene_begin(s, &forget);
    let_time_out("c2");
    assert_int_equal(s->reply.code, DAQS_EBUSY);
}

static void a_member_with_many_requests_is_not_called_silent(void **state)
{
    struct admin_scene *s = *state;
    group.refuses = DAQS_EBUSY;
    ask_hosts(s, "b1", "");
    assert_int_equal(s->reply.code, DAQS_EBUSY);
    assert_non_null(strstr(s->reply.text, "c2 of the group, which has not answered many requests"));
    ask_hosts(s, "", "");
    check_missing(s, "c3", "c3 has not answered many requests yet: its 40 hosts are missing");
    const struct wire_request status = admin_scene_request(WIRE_STATUS, "", "");
    admin_scene_begin(s, &status);
    check_missing(s, "c2", "c2 has not answered many requests yet: its 20 hosts are missing");
}

static void a_member_that_cannot_answer_does_not_end_a_list(void **state)
{
    struct admin_scene *s = *state;
    ask_hosts(s, "", "");
    answer(0, DAQS_EBUSY, "too many queries are waiting");
    assert_int_equal(s->replies, 0);
    answer(1, DAQS_OK, ""); /* of c3 */
    assert_int_equal(s->replies, 1);
    assert_string_equal(admin_scene_text(s, 0, "host"), "c3");
    check_missing(s, "c2", "c2 says \"too many queries are waiting\": its 20 hosts are missing");
}

static void an_older_member_that_does_not_know_the_verb_does_not_end_a_list(void **state)
{
    struct admin_scene *s = *state;
    ask_hosts(s, "", "");
    answer(0, DAQS_EVERSION, "verb 99 is not known");
    answer(1, DAQS_OK, ""); /* of c3 */
    assert_int_equal(s->replies, 1);
    check_missing(s, "c2", "c2 says \"verb 99 is not known\": its 20 hosts are missing");
}

static void ask_report(struct admin_scene *s)
{
    struct wire_request report = admin_scene_request(WIRE_SLA_REPORT, "d1", "");
    report.period.until_ms = 3 * HOUR_MS;
    admin_scene_begin(s, &report);
}

static void a_report_says_why_a_part_is_missing(void **state)
{
    struct admin_scene *s = *state;
    group.finds = true;
    ask_report(s);
    assert_int_equal(group.asks, 2);
    answer(0, DAQS_EVERSION, "verb 99 is not known");
    let_time_out("c3");
    admin_scene_wait(s, 1);
    check_missing(s, "c2", "1970-01-01T01:00:00Z is on c2, which says \"verb 99 is not known\"");
    check_missing(s, "c3", "1970-01-01T02:00:00Z is on c3, which does not answer");
    group.refuses = DAQS_EBUSY;
    ask_report(s);
    admin_scene_wait(s, 2);
    check_missing(s, "c3", "is on c3, which has not answered many requests yet");
    group.finds = false; /* all are asked */
    ask_report(s);
    admin_scene_wait(s, 3);
    check_missing(s, "c2", "c2, which may have a part, has not answered many requests yet");
}

static void drain(struct admin_scene *s, const char *member)
{
    struct wire_request request = wire_request_of(WIRE_DRAIN);
    request.drain.member = member;
    admin_scene_begin(s, &request);
}

static void any_member_can_be_drained_from_any_other(void **state)
{
    struct admin_scene *s = *state;
    drain(s, "c3");
    assert_int_equal(last_asked("c3")->timeout_ms, 15000);
    let_time_out("c3");
    assert_int_equal(s->reply.code, DAQS_ETIMEOUT);
    assert_non_null(strstr(s->reply.text, "member c3 has not answered within 1 s: it is not"));
    group.refuses = DAQS_ETIMEOUT;
    drain(s, "c3");
    assert_non_null(strstr(s->reply.text, "this is for member c3 of the group, which does not"));
    drain(s, "c4");
    assert_int_equal(s->reply.code, DAQS_ENOTFOUND);
    assert_string_equal(s->reply.text, "the group has no member c4 (daqsctl members)");
    assert_false(group.leaves);
    drain(s, "c1");
    assert_int_equal(s->reply.code, DAQS_OK);
    assert_true(group.leaves);
}

static void a_member_is_drained_for_another_one_if_it_is_named(void **state)
{
    struct admin_scene *s = *state;
    const struct principal by = {.name = "kim", .role = ROLE_OPERATOR};
    s->caller.by = &by;
    s->caller.hops = 1;
    drain(s, "");
    assert_int_equal(s->reply.code, DAQS_EREFUSED);
    assert_false(group.leaves);
    drain(s, "c1");
    assert_int_equal(s->reply.code, DAQS_OK);
    assert_true(group.leaves);
}

static void events_of_one_member_are_followed_at_any(void **state)
{
    struct admin_scene *s = *state;
    struct wire_request request = wire_request_of(WIRE_EVENTS);
    request.events.follow = true;
    request.events.member = "c3";
    admin_scene_begin(s, &request);
    assert_int_equal(group.asks, 1);
    let_time_out("c3");
    assert_non_null(strstr(s->reply.text, "member c3 does not answer"));
    request.events.member = "c4";
    admin_scene_begin(s, &request);
    assert_int_equal(s->reply.code, DAQS_ENOTFOUND);
    request.events.member = "c1";
    admin_scene_begin(s, &request);
    assert_int_equal(group.asks, 1);
}

static void an_error_of_the_request_ends_a_list(void **state)
{
    struct admin_scene *s = *state;
    ask_hosts(s, "", "");
    answer(0, DAQS_EINVALID, "no such range");
    assert_int_equal(s->replies, 1);
    assert_int_equal(s->reply.code, DAQS_EINVALID);
    assert_string_equal(s->reply.text, "no such range");
}

static void the_status_has_the_errors_of_others(void **state)
{
    struct admin_scene *s = *state;
    const struct wire_request status = admin_scene_request(WIRE_STATUS, "", "");
    admin_scene_begin(s, &status);
    assert_int_equal(group.asks, 2);
    answer(0, DAQS_ENOMEM, "out of memory");
    answer(1, DAQS_EBUSY, "too many requests");
    assert_int_equal(s->replies, 1);
    check_missing(s, "c2", "c2 says \"out of memory\": its 20 hosts are missing");
    check_missing(s, "c3", "c3 says \"too many requests\": its 40 hosts are missing");
}

/* Hosts d... have been served here last, and are away. */
static void a_host_that_is_away_has_known_vms_only(void **state)
{
    struct admin_scene *s = *state;
    struct wire_request change = admin_scene_request(WIRE_SET_SLA, "d1", "gold");
    change.set_sla.min = MBIT;
    change.set_sla.force = true;
    admin_scene_ask(s, &change, DAQS_OK, "d1/gold");
    const struct wire_request events = admin_scene_request(WIRE_EVENTS, "d1", "typo");
    admin_scene_begin(s, &events);
    let_time_out("c2");
    let_time_out("c3");
    admin_scene_wait(s, 2);
    assert_int_equal(s->reply.code, DAQS_ENOTFOUND);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, make_scene, end_scene)
    const struct CMUnitTest tests[] = {
        CASE(each_member_has_its_whole_time),
        CASE(a_member_that_is_lost_during_a_list_is_named),
        CASE(a_member_that_is_lost_before_its_turn_is_named),
        CASE(a_host_may_be_known_to_others_only),
        CASE(a_change_has_more_time_than_a_question),
        CASE(a_dry_run_changes_nothing_in_any_case),
        CASE(a_member_with_many_requests_is_not_called_silent),
        CASE(a_member_that_cannot_answer_does_not_end_a_list),
        CASE(an_older_member_that_does_not_know_the_verb_does_not_end_a_list),
        CASE(a_report_says_why_a_part_is_missing),
        CASE(an_error_of_the_request_ends_a_list),
        CASE(events_of_one_member_are_followed_at_any),
        CASE(any_member_can_be_drained_from_any_other),
        CASE(a_member_is_drained_for_another_one_if_it_is_named),
        CASE(the_status_has_the_errors_of_others),
        CASE(a_host_that_is_away_has_known_vms_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
