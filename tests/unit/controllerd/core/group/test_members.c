/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "controllerd/core/group/members.h"
#include "shared/base/error.h"

enum { ROWS = 3, LOST_AFTER_MS = 6000, SETTLE_MS = 30000, START_MS = 1000000 };

/* The observer c1, the database with rows of c1 to c3, and a clock. */
struct scene {
    struct members *members;
    struct member_row row[ROWS + 1];
    size_t rows;
    bool beats[ROWS + 1];
    int64_t now_ms;
};

static const char *const names[] = {"c1", "c2", "c3", "c4"};

static struct member_row row_of(size_t number)
{
    return (struct member_row){.name = names[number],
                               .bus = "tcp://127.0.0.1:7420",
                               .peer = "",
                               .version = "1",
                               .incarnation = 100 + number,
                               .beat = 1,
                               .weight = 1,
                               .state = MEMBER_SERVING};
}

static int make(void **state)
{
    static struct scene scene;
    scene = (struct scene){.rows = ROWS, .now_ms = START_MS, .beats = {true, true, true, true}};
    for (size_t i = 0; i <= ROWS; i++)
        scene.row[i] = row_of(i);
    const struct members_setup setup = {scene.row[0], LOST_AFTER_MS, SETTLE_MS};
    scene.members = members_new(&setup, scene.now_ms);
    *state = &scene;
    return scene.members ? 0 : -1;
}

static int end(void **state)
{
    struct scene *scene = *state;
    members_free(scene->members);
    return 0;
}

static void read_rows(struct scene *s)
{
    members_tick(s->members, s->now_ms);
    assert_int_equal(members_read(s->members, s->row, s->rows, s->now_ms), DAQS_OK);
}

/* Members beat while the database does not answer the observer. */
static void pass_silently(struct scene *s, int seconds)
{
    for (int i = 0; i < seconds; i++) {
        s->now_ms += 1000;
        members_tick(s->members, s->now_ms);
        for (size_t k = 0; k < s->rows; k++)
            s->row[k].beat += s->beats[k];
    }
}

static void pass(struct scene *s, int seconds)
{
    for (int i = 0; i < seconds; i++) {
        pass_silently(s, 1);
        read_rows(s);
    }
}

static enum member_life life(const struct scene *s, const char *name)
{
    return members_at(s->members, members_find(s->members, name))->life;
}

static bool settled(const struct scene *s, const char *name)
{
    return members_settled(s->members, members_find(s->members, name));
}

/* Returns how many members a host may be placed on. */
static size_t homes(const struct scene *s)
{
    size_t order[PLACEMENT_FIRST];
    return members_order(s->members, "node1", order);
}

static void the_observer_is_always_alive(void **state)
{
    struct scene *s = *state;
    assert_int_equal(members_count(s->members), 1);
    assert_int_equal(homes(s), 1);
    assert_int_equal(members_find(s->members, "c1"), 0);
    s->beats[0] = false;
    pass(s, 20);
    assert_int_equal(members_count(s->members), 3);
    assert_int_equal(life(s, "c1"), MEMBER_ALIVE);
    assert_int_equal(members_find(s->members, "c9"), 3);
}

static void a_member_is_unproven_until_its_beat_changes(void **state)
{
    struct scene *s = *state;
    s->beats[2] = false;
    read_rows(s);
    assert_int_equal(life(s, "c2"), MEMBER_UNPROVEN);
    pass(s, 1);
    assert_int_equal(life(s, "c2"), MEMBER_ALIVE);
    assert_int_equal(life(s, "c3"), MEMBER_UNPROVEN);
    pass(s, 5);
    assert_int_equal(life(s, "c3"), MEMBER_LOST);
}

static void a_member_is_lost_after_the_time_without_a_change(void **state)
{
    struct scene *s = *state;
    pass(s, 10);
    s->beats[1] = false;
    pass(s, 5);
    assert_int_equal(life(s, "c2"), MEMBER_ALIVE);
    assert_int_equal(homes(s), 3);
    const uint64_t version = members_version(s->members);
    pass(s, 1);
    assert_int_equal(life(s, "c2"), MEMBER_LOST);
    assert_int_equal(homes(s), 2);
    assert_true(members_version(s->members) > version);
    s->beats[1] = true;
    pass(s, 1);
    assert_int_equal(life(s, "c2"), MEMBER_ALIVE);
    assert_false(settled(s, "c2"));
}

/* A number that is lower after a restore is a change, too. */
static void any_change_of_the_beat_counts(void **state)
{
    struct scene *s = *state;
    pass(s, 10);
    s->beats[1] = false;
    for (int i = 0; i < 20; i++) {
        pass(s, 1);
        s->row[1].beat--;
    }
    assert_int_equal(life(s, "c2"), MEMBER_ALIVE);
}

static void no_member_is_lost_while_the_database_is_silent(void **state)
{
    struct scene *s = *state;
    pass(s, 10);
    s->beats[0] = s->beats[1] = s->beats[2] = false;
    pass_silently(s, 600);
    assert_false(members_fresh(s->members, s->now_ms));
    read_rows(s);
    assert_true(members_fresh(s->members, s->now_ms));
    assert_int_equal(life(s, "c2"), MEMBER_UNPROVEN);
    assert_int_equal(homes(s), 3);
    pass(s, 11); /* it is back at last, later than this member */
    assert_int_equal(life(s, "c2"), MEMBER_UNPROVEN);
    s->beats[1] = true;
    pass(s, 1);
    assert_int_equal(life(s, "c2"), MEMBER_ALIVE);
    assert_int_equal(life(s, "c3"), MEMBER_LOST); /* it never came back */
}

static void a_lost_member_stays_lost_over_a_gap(void **state)
{
    struct scene *s = *state;
    s->beats[1] = false;
    pass(s, 10);
    assert_int_equal(life(s, "c2"), MEMBER_LOST);
    pass_silently(s, 60);
    pass(s, 2);
    assert_int_equal(life(s, "c2"), MEMBER_LOST);
}

static void a_member_is_settled_once_it_was_steady_for_the_time(void **state)
{
    struct scene *s = *state;
    pass(s, 29);
    assert_false(settled(s, "c2"));
    pass(s, 3);
    assert_true(settled(s, "c2"));
    s->beats[1] = false; /* half of lost_after */
    pass(s, 3);
    assert_false(settled(s, "c2"));
    assert_int_equal(life(s, "c2"), MEMBER_ALIVE);
    s->beats[1] = true;
    pass(s, 29);
    assert_false(settled(s, "c2"));
    pass(s, 2);
    assert_true(settled(s, "c2"));
}

static void a_gap_neither_settles_nor_unsettles(void **state)
{
    struct scene *s = *state;
    pass(s, 10);
    pass_silently(s, 100);
    pass(s, 1);
    assert_false(settled(s, "c2"));
    pass(s, 25);
    assert_true(settled(s, "c2"));
    pass_silently(s, 100);
    pass(s, 1);
    assert_true(settled(s, "c2"));
}

/* It may have ended meanwhile: no host is moved to it. */
static void after_a_gap_only_members_that_beat_are_settled(void **state)
{
    struct scene *s = *state;
    pass(s, 40);
    assert_true(settled(s, "c2"));
    s->beats[1] = false;
    pass_silently(s, 100);
    read_rows(s);
    assert_false(settled(s, "c2"));
    assert_true(settled(s, "c3"));
    pass(s, 8);
    assert_false(settled(s, "c2"));
}

static void a_restarted_member_is_alive_and_settles_again(void **state)
{
    struct scene *s = *state;
    pass(s, 40);
    s->beats[1] = false;
    pass(s, 8);
    s->row[1].incarnation = 7777;
    s->beats[1] = true;
    read_rows(s);
    assert_int_equal(life(s, "c2"), MEMBER_ALIVE);
    assert_false(settled(s, "c2"));
    pass(s, 31);
    assert_true(settled(s, "c2"));
}

static void a_member_that_joins_is_alive_at_once(void **state)
{
    struct scene *s = *state;
    pass(s, 5);
    s->rows = ROWS + 1;
    pass(s, 1);
    assert_int_equal(life(s, "c4"), MEMBER_ALIVE);
    assert_int_equal(homes(s), 4);
    s->rows = ROWS;
    pass(s, 1);
    assert_int_equal(members_find(s->members, "c4"), 3);
    assert_int_equal(homes(s), 3);
}

static void only_members_that_serve_are_homes(void **state)
{
    struct scene *s = *state;
    pass(s, 40);
    s->row[1].state = MEMBER_LEAVING;
    pass(s, 1);
    assert_int_equal(homes(s), 2);
    assert_false(settled(s, "c2"));
    s->row[2].state = MEMBER_STARTING;
    pass(s, 1);
    assert_int_equal(homes(s), 1);
    members_set_state(s->members, MEMBER_LEAVING);
    assert_int_equal(homes(s), 0);
    pass(s, 1);
    assert_int_equal(members_at(s->members, 0)->row.state, MEMBER_LEAVING);
}

static void the_own_row_is_present_or_put_again(void **state)
{
    struct scene *s = *state;
    assert_int_equal(members_own(s->members), MEMBERS_OWN_MISSING);
    pass(s, 1);
    assert_int_equal(members_own(s->members), MEMBERS_OWN_PRESENT);
    s->rows = 0;
    pass(s, 1);
    assert_int_equal(members_own(s->members), MEMBERS_OWN_MISSING);
}

static void a_process_that_took_the_name_is_noticed_by_its_beats(void **state)
{
    struct scene *s = *state;
    pass(s, 5);
    s->row[0].incarnation = 7777;
    pass(s, 1);
    assert_int_equal(members_own(s->members), MEMBERS_OWN_DOUBTED);
    pass(s, 1);
    assert_int_equal(members_own(s->members), MEMBERS_OWN_TAKEN);
    s->row[0].incarnation = 100;
    pass(s, 1);
    assert_int_equal(members_own(s->members), MEMBERS_OWN_TAKEN);
}

/* A restored backup has the row of this member's former process. */
static void an_old_row_that_is_back_is_put_again(void **state)
{
    struct scene *s = *state;
    pass(s, 5);
    s->row[0].incarnation = 7777;
    s->beats[0] = false;
    pass(s, 3);
    assert_int_equal(members_own(s->members), MEMBERS_OWN_DOUBTED);
    pass(s, 1);
    assert_int_equal(members_own(s->members), MEMBERS_OWN_MISSING);
    s->row[0].incarnation = 100;
    pass(s, 1);
    assert_int_equal(members_own(s->members), MEMBERS_OWN_PRESENT);
    s->row[0].incarnation = 7777; /* once more */
    pass(s, 3);
    assert_int_equal(members_own(s->members), MEMBERS_OWN_DOUBTED);
}

static void a_member_is_cut_off_if_another_one_reads(void **state)
{
    struct scene *s = *state;
    pass(s, 5);
    pass_silently(s, 60);
    assert_false(members_cut_off(s->members, s->now_ms)); /* the database may be down */
    members_peer_said(s->members, "c2", false, s->now_ms);
    members_peer_said(s->members, "stranger", true, s->now_ms);
    assert_false(members_cut_off(s->members, s->now_ms));
    members_peer_said(s->members, "c2", true, s->now_ms);
    assert_true(members_cut_off(s->members, s->now_ms));
    assert_true(members_reads(s->members, members_find(s->members, "c2"), s->now_ms));
    assert_false(members_reads(s->members, members_find(s->members, "c3"), s->now_ms));
    pass_silently(s, 4);
    assert_false(members_cut_off(s->members, s->now_ms));
    members_peer_said(s->members, "c2", true, s->now_ms);
    pass(s, 1);
    assert_true(members_reads(s->members, members_find(s->members, "c2"), s->now_ms));
    assert_false(members_cut_off(s->members, s->now_ms));
    members_peer_said(s->members, "c2", false, s->now_ms);
    assert_false(members_reads(s->members, members_find(s->members, "c2"), s->now_ms));
}

static void a_pause_of_the_observer_is_none_of_the_database(void **state)
{
    struct scene *s = *state;
    pass(s, 5);
    s->now_ms += 60000;
    members_tick(s->members, s->now_ms);
    members_peer_said(s->members, "c2", true, s->now_ms);
    assert_false(members_cut_off(s->members, s->now_ms));
}

static void hostile_rows_are_bounded(void **state)
{
    struct scene *s = *state;
    static struct member_row row[MEMBERS_MAX + 10];
    static char name[MEMBERS_MAX + 10][16];
    char text[400];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    for (size_t i = 0; i < MEMBERS_MAX + 10; i++) {
        (void)snprintf(name[i], sizeof name[i], "m%zu", i);
        row[i] = row_of(1);
        row[i].name = name[i];
    }
    row[0].name = row[0].version = row[0].bus = row[0].peer = text;
    row[1].name = "";
    row[2].name = row[3].name;
    assert_int_equal(members_read(s->members, row, MEMBERS_MAX + 10, s->now_ms), DAQS_OK);
    assert_int_equal(members_count(s->members), MEMBERS_MAX - 1);
    assert_int_equal(strlen(members_at(s->members, 1)->row.name), DAQS_MEMBER_MAX);
    assert_int_equal(members_read(s->members, row, 1, s->now_ms), DAQS_OK);
    assert_int_equal(members_read(s->members, row, 1, s->now_ms), DAQS_OK);
    assert_int_equal(members_count(s->members), 2);
}

static void states_have_texts(void **state)
{
    (void)state;
    assert_string_equal(member_state_text(MEMBER_LEAVING), "leaving");
    assert_int_equal(member_state_parse("serving"), MEMBER_SERVING);
    assert_int_equal(member_state_parse("leaving"), MEMBER_LEAVING);
    assert_int_equal(member_state_parse("of a newer version"), MEMBER_STARTING);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, make, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(the_observer_is_always_alive),
        CASE(a_member_is_unproven_until_its_beat_changes),
        CASE(a_member_is_lost_after_the_time_without_a_change),
        CASE(any_change_of_the_beat_counts),
        CASE(no_member_is_lost_while_the_database_is_silent),
        CASE(a_lost_member_stays_lost_over_a_gap),
        CASE(a_member_is_settled_once_it_was_steady_for_the_time),
        CASE(a_gap_neither_settles_nor_unsettles),
        CASE(after_a_gap_only_members_that_beat_are_settled),
        CASE(a_restarted_member_is_alive_and_settles_again),
        CASE(a_member_that_joins_is_alive_at_once),
        CASE(only_members_that_serve_are_homes),
        CASE(the_own_row_is_present_or_put_again),
        CASE(a_process_that_took_the_name_is_noticed_by_its_beats),
        CASE(an_old_row_that_is_back_is_put_again),
        CASE(a_member_is_cut_off_if_another_one_reads),
        CASE(a_pause_of_the_observer_is_none_of_the_database),
        CASE(hostile_rows_are_bounded),
        CASE(states_have_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
