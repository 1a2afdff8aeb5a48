/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include <stdlib.h>
#include <string.h>

#include "controllerd/core/group/stays.h"

enum { SECOND = 1000 };

struct scene {
    struct members *members;
    struct stays *stays;
    int64_t now_ms;
    uint64_t beat;
    const char *peer; /* address of c2 for members */
};

static int make_scene(void **state)
{
    struct scene *s = calloc(1, sizeof *s);
    if (!s)
        return -1;
    const struct members_setup setup = {.own = {.name = "c1",
                                                .bus = "",
                                                .peer = "tcp://c1:1",
                                                .version = "",
                                                .incarnation = 1,
                                                .weight = 1,
                                                .state = MEMBER_SERVING},
                                        .lost_after_ms = 6 * SECOND,
                                        .settle_ms = 30 * SECOND};
    s->members = members_new(&setup, 0);
    s->stays = stays_new();
    s->peer = "";
    *state = s;
    return s->members && s->stays ? 0 : -1;
}

static int end_scene(void **state)
{
    struct scene *s = *state;
    members_free(s->members);
    stays_free(s->stays);
    free(s);
    return 0;
}

/* Ten seconds, in which c1 beats, and c2 and c3 as told. */
static void pass(struct scene *s, bool c2_beats)
{
    for (int i = 0; i < 10; i++) {
        s->now_ms += SECOND;
        s->beat++;
        const struct member_row row[] = {{.name = "c1",
                                          .bus = "",
                                          .peer = "",
                                          .version = "",
                                          .incarnation = 1,
                                          .beat = s->beat,
                                          .weight = 1,
                                          .state = MEMBER_SERVING},
                                         {.name = "c2",
                                          .bus = "",
                                          .peer = s->peer,
                                          .version = "",
                                          .incarnation = 2,
                                          .beat = c2_beats ? s->beat : 0,
                                          .weight = 1,
                                          .state = MEMBER_SERVING}};
        members_tick(s->members, s->now_ms);
        assert_int_equal(members_read(s->members, row, 2, s->now_ms), DAQS_OK);
    }
}

/* Returns a name of a host whose home is this member, or another one. */
static const char *host_of(const struct scene *s, bool own)
{
    static char name[2] = "a";
    size_t order[PLACEMENT_FIRST];
    for (*name = 'a'; *name <= 'z'; (*name)++)
        if (members_order(s->members, name, order) > 0 && (order[0] == 0) == own)
            return name;
    fail();
    return NULL;
}

static void the_member_that_serves_a_host_answers_for_it(void **state)
{
    struct scene *s = *state;
    pass(s, true);
    const char *host = host_of(s, true);
    assert_int_equal(stays_read(s->stays, host, "c2", s->now_ms), DAQS_OK);
    assert_int_not_equal(stays_answers(s->stays, s->members, host), 0);
    assert_int_equal(stays_read(s->stays, host, "c1", s->now_ms), DAQS_OK);
    assert_int_equal(stays_answers(s->stays, s->members, host), 0);
    assert_string_equal(stays_member(s->stays, host), "c1");
    assert_int_equal(stays_count(s->stays), 1);
    assert_int_equal(stays_of_member(s->stays, "c1"), 1);
    assert_int_equal(stays_of_member(s->stays, "c2"), 0);
    assert_int_equal(stays_of_member(s->stays, "c3"), 0);
}

static void the_home_answers_for_a_host_that_no_member_serves(void **state)
{
    struct scene *s = *state;
    pass(s, true);
    assert_int_equal(stays_answers(s->stays, s->members, host_of(s, true)), 0);
    assert_int_not_equal(stays_answers(s->stays, s->members, host_of(s, false)), 0);
    assert_int_equal(stays_read(s->stays, host_of(s, true), "", s->now_ms), DAQS_OK);
    assert_int_equal(stays_answers(s->stays, s->members, host_of(s, true)), 0);
    assert_int_equal(stays_read(s->stays, host_of(s, true), "of another fleet", s->now_ms),
                     DAQS_OK);
    assert_int_equal(stays_answers(s->stays, s->members, host_of(s, true)), 0);
    assert_string_equal(stays_member(s->stays, "unknown"), "");
}

static void when_its_member_is_lost_the_home_answers(void **state)
{
    struct scene *s = *state;
    pass(s, true);
    assert_int_equal(stays_read(s->stays, host_of(s, false), "c2", s->now_ms), DAQS_OK);
    char host[2];
    memcpy(host, host_of(s, false), sizeof host);
    assert_int_not_equal(stays_answers(s->stays, s->members, host), 0);
    pass(s, false);
    assert_int_equal(stays_answers(s->stays, s->members, host), 0);
}

/* c2 is lost, and its hosts may be there all the same. */
static void a_host_of_a_lost_member_is_in_doubt_until_another_one_has_come(void **state)
{
    struct scene *s = *state;
    const size_t none = 2;
    pass(s, true);
    assert_int_equal(stays_read(s->stays, "a", "c2", s->now_ms), DAQS_OK);
    assert_int_equal(stays_read(s->stays, "b", "c2", s->now_ms), DAQS_OK);
    assert_int_equal(stays_read(s->stays, "moved", "c2", s->now_ms), DAQS_OK);
    assert_int_equal(stays_read(s->stays, "moved", "c1", s->now_ms), DAQS_OK); /* before that */
    assert_int_equal(stays_in_doubt(s->stays, s->members, "a", s->now_ms), none);
    pass(s, false);
    assert_int_equal(members_at(s->members, 1)->life, MEMBER_LOST);
    assert_int_equal(stays_in_doubt(s->stays, s->members, "a", s->now_ms), 1);
    assert_int_equal(stays_in_doubt(s->stays, s->members, "moved", s->now_ms), none);
    assert_int_equal(stays_in_doubt(s->stays, s->members, "unknown", s->now_ms), none);
    assert_int_equal(stays_in_doubt(s->stays, s->members, "a", s->now_ms + STAYS_DOUBT_MS), none);
    assert_int_equal(stays_read(s->stays, "b", "c1", s->now_ms), DAQS_OK);
    assert_int_equal(stays_in_doubt(s->stays, s->members, "a", s->now_ms), none);
}

static void a_host_of_a_lost_member_is_in_doubt_while_that_answers(void **state)
{
    struct scene *s = *state;
    const size_t none = 2;
    s->peer = "tcp://c2:1";
    pass(s, true);
    assert_int_equal(stays_read(s->stays, "a", "c2", s->now_ms), DAQS_OK);
    assert_int_equal(stays_read(s->stays, "b", "c2", s->now_ms), DAQS_OK);
    members_peer_said(s->members, "c2", true, s->now_ms);
    pass(s, false);
    assert_int_equal(members_at(s->members, 1)->life, MEMBER_LOST);
    assert_int_equal(members_in_touch(s->members, s->now_ms), 0);
    assert_int_equal(stays_in_doubt(s->stays, s->members, "a", s->now_ms), none); /* it is dead */
    s->now_ms += STAYS_DOUBT_MS;
    assert_int_equal(stays_read(s->stays, "b", "c1", s->now_ms), DAQS_OK);
    members_peer_said(s->members, "c2", false, s->now_ms);
    assert_int_equal(members_in_touch(s->members, s->now_ms), 1);
    assert_int_equal(stays_in_doubt(s->stays, s->members, "a", s->now_ms), 1);
    assert_int_equal(stays_in_doubt(s->stays, s->members, "b", s->now_ms), none);
    s->now_ms += MEMBERS_SILENT_MS;
    members_tick(s->members, s->now_ms); /* this process slept */
    assert_int_equal(stays_in_doubt(s->stays, s->members, "a", s->now_ms), 1);
    for (int64_t i = 0; i < MEMBERS_SILENT_MS; i += 500)
        members_tick(s->members, s->now_ms += 500);
    assert_int_equal(stays_in_doubt(s->stays, s->members, "a", s->now_ms), none);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, make_scene, end_scene)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(the_member_that_serves_a_host_answers_for_it),
        CASE(the_home_answers_for_a_host_that_no_member_serves),
        CASE(when_its_member_is_lost_the_home_answers),
        CASE(a_host_of_a_lost_member_is_in_doubt_until_another_one_has_come),
        CASE(a_host_of_a_lost_member_is_in_doubt_while_that_answers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
