/* SPDX-License-Identifier: Apache-2.0 */
/* A member of a group, with a database that the test plays. */
#include "tests/lib/check.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controllerd/io/group/group.h"
#include "controllerd/io/group/member_beat.h"
#include "shared/net/key.h"
#include "tests/lib/fake_pg.h"

enum { WRITE = 2, ROWS = 3, LEDGER = 99, SECOND = 1000, HOSTS = 64 };

struct scene {
    struct pg_client *pg;
    struct members *members;
    struct member_beat *beat;
    int64_t now_ms;
};

static int64_t scene_now(void *arg)
{
    return ((struct scene *)arg)->now_ms;
}

static int make_scene(void **state)
{
    struct scene *s = calloc(1, sizeof *s);
    if (!s)
        return -1;
    s->now_ms = 5 * SECOND;
    const struct members_setup members = {.own = {.name = "c1",
                                                  .bus = "tcp://c1:7420",
                                                  .peer = "",
                                                  .version = "1",
                                                  .incarnation = UINT64_MAX - 6, /* -7 */
                                                  .weight = 1,
                                                  .state = MEMBER_SERVING},
                                          .lost_after_ms = 6 * SECOND,
                                          .settle_ms = 30 * SECOND};
    s->pg = pg_client_new("", "", NULL);
    s->members = members_new(&members, s->now_ms);
    s->beat = member_beat_new(&(struct member_beat_setup){
        .pg = s->pg, .ledger = LEDGER, .members = s->members, .now_ms = scene_now, .arg = s});
    *state = s;
    return s->pg && s->members && s->beat ? 0 : -1;
}

static int end_scene(void **state)
{
    struct scene *s = *state;
    pg_client_free(s->pg);
    member_beat_free(s->beat);
    members_free(s->members);
    free(s);
    return 0;
}

static void beat_later(struct scene *s, int64_t after_ms)
{
    s->now_ms += after_ms;
    members_tick(s->members, s->now_ms);
    member_beat_tick(s->beat, s->now_ms);
}

static void add_row(const struct scene *s, const char *name, const char *incarnation,
                    const char *beat, const char *state)
{
    fake_pg_row(fake_pg_first(s->pg), ROWS, 9, name, incarnation, beat, "1", "tcp://x:1", "", "",
                "1", state);
}

/* Answers with the own row alone. */
static void answer(const struct scene *s)
{
    add_row(s, "c1", "-7", fake_pg_param(fake_pg_first(s->pg), WRITE, 2), "serving");
    fake_pg_done(s->pg);
}

static void the_row_is_put_first_and_then_beats_once_a_second(void **state)
{
    struct scene *s = *state;
    beat_later(s, 0);
    const struct pg_job *job = fake_pg_first(s->pg);
    assert_non_null(job);
    assert_non_null(strstr(job->statement[WRITE].sql, "INSERT INTO daqs.member"));
    assert_string_equal(fake_pg_param(job, WRITE, 0), "c1");
    assert_string_equal(fake_pg_param(job, WRITE, 1), "-7");
    assert_string_equal(fake_pg_param(job, WRITE, 4), "tcp://c1:7420");
    assert_string_equal(fake_pg_param(job, WRITE, 6), "");
    assert_string_equal(fake_pg_param(job, WRITE, 8), "serving");
    answer(s);
    beat_later(s, SECOND - 100);
    assert_null(fake_pg_first(s->pg));
    beat_later(s, 100);
    job = fake_pg_first(s->pg);
    assert_non_null(strstr(job->statement[WRITE].sql, "UPDATE daqs.member"));
    assert_string_equal(fake_pg_param(job, WRITE, 2), "2");
}

static void a_beat_waits_for_the_answer_to_the_last_one(void **state)
{
    struct scene *s = *state;
    beat_later(s, 0);
    beat_later(s, 5 * SECOND);
    assert_int_equal(fake_pg_status(s->pg)->waiting, 1);
    fake_pg_fail(s->pg, PG_NOT_DONE, PG_CLASS_SILENT, "");
    assert_int_equal(member_beat_error(s->beat)->code, DAQS_ETIMEOUT);
    beat_later(s, 0);
    assert_int_equal(fake_pg_status(s->pg)->waiting, 1);
    answer(s);
    assert_int_equal(member_beat_error(s->beat)->code, DAQS_OK);
}

/* Another fleet may have members of the same names. */
static void rows_of_another_fleet_are_left_alone(void **state)
{
    struct scene *s = *state;
    beat_later(s, 0);
    answer(s);
    beat_later(s, SECOND);
    struct pg_job *job = fake_pg_first(s->pg);
    assert_string_equal(fake_pg_param(job, 0, 0), "99");
    assert_int_equal(job->statement[0].rule, PG_CHANGES_ONE);
    pg_job_end(job, PG_NOT_DONE, PG_CLASS_CONFLICT, 0, NULL, NULL);
    fake_pg_end(s->pg);
    assert_int_equal(member_beat_error(s->beat)->code, DAQS_EREFUSED);
    assert_non_null(strstr(member_beat_error(s->beat)->text, "another fleet's"));
    assert_int_equal(members_own(s->members), MEMBERS_OWN_PRESENT);
    beat_later(s, SECOND);
    answer(s);
    assert_int_equal(member_beat_error(s->beat)->code, DAQS_OK);
}

static void a_row_that_is_gone_is_put_again(void **state)
{
    struct scene *s = *state;
    beat_later(s, 0);
    answer(s);
    beat_later(s, SECOND);
    fake_pg_done(s->pg); /* no rows */
    beat_later(s, SECOND);
    assert_non_null(strstr(fake_pg_first(s->pg)->statement[WRITE].sql, "INSERT INTO"));
    answer(s);
}

static void the_row_of_a_member_that_has_left_is_deleted(void **state)
{
    struct scene *s = *state;
    for (int i = 0; i < 16; i++) {
        beat_later(s, i ? SECOND : 0);
        const struct pg_job *job = fake_pg_first(s->pg);
        if (members_expired(s->members, s->now_ms) < members_count(s->members)) {
            assert_int_equal(job->statements, 5);
            assert_non_null(strstr(job->statement[4].sql, "DELETE FROM daqs.member"));
            assert_string_equal(fake_pg_param(job, 4, 0), "c2");
            assert_string_equal(fake_pg_param(job, 4, 1), "5");
            assert_string_equal(fake_pg_param(job, 4, 2), "77");
            return;
        }
        assert_int_equal(job->statements, 4);
        add_row(s, "c2", "5", "77", "leaving");
        add_row(s, "c3", "6", "77", "serving"); /* lost, but not for long */
        answer(s);
    }
    fail_msg("not deleted");
}

static void a_process_whose_place_was_taken_writes_no_more(void **state)
{
    struct scene *s = *state;
    char beat[24];
    beat_later(s, 0);
    answer(s);
    for (int i = 0; i < 4 && members_own(s->members) != MEMBERS_OWN_TAKEN; i++) {
        beat_later(s, SECOND);
        (void)snprintf(beat, sizeof beat, "%d", i);
        add_row(s, "c1", "9", beat, "serving");
        fake_pg_done(s->pg);
    }
    assert_int_equal(members_own(s->members), MEMBERS_OWN_TAKEN);
    beat_later(s, SECOND);
    assert_null(fake_pg_first(s->pg));
}

static void a_changed_state_is_written_at_once(void **state)
{
    struct scene *s = *state;
    beat_later(s, 0);
    answer(s);
    members_set_state(s->members, MEMBER_LEAVING);
    member_beat_now(s->beat);
    beat_later(s, 1);
    assert_string_equal(fake_pg_param(fake_pg_first(s->pg), WRITE, 3), "leaving");
    answer(s);
}

/* Whoever can write to the database can write anything there. */
static void rows_that_no_member_writes_are_left_out(void **state)
{
    struct scene *s = *state;
    beat_later(s, 0);
    struct pg_job *job = fake_pg_first(s->pg);
    fake_pg_row(job, ROWS, 9, "a", "x", "1", "1", "tcp://x:1", "", "", "1", "serving");
    fake_pg_row(job, ROWS, 9, "b", "1", "1", "-1", "tcp://x:1", "", "", "1", "serving");
    fake_pg_row(job, ROWS, 9, "c", "1", "1", "1001", "tcp://x:1", "", "", "1", "serving");
    fake_pg_row(job, ROWS, 9, "d", "1", "1", "1", NULL, "", "", "1", "serving");
    fake_pg_row(job, ROWS, 9, "e", "1", "1", "1", "tcp://x:1", "", "no key", "1", "serving");
    fake_pg_row(job, ROWS, 9, "g", "1", "1", "1", "tcp://x:*", "", "", "1", "serving");
    fake_pg_row(job, ROWS, 9, "h", "1", "1", "1", "ipc:///x", "", "", "1", "serving");
    fake_pg_row(job, ROWS, 9, "i\n", "1", "1", "1", "tcp://x:1", "", "", "1", "serving");
    fake_pg_row(job, ROWS, 9, "f", "1", "1", "1", "tcp://x:1", "", "", "1", "of a newer version");
    add_row(s, "c1", "-7", "1", "serving");
    fake_pg_done(s->pg);
    assert_int_equal(members_count(s->members), 2);
    assert_string_equal(members_at(s->members, 1)->row.name, "f");
    assert_int_equal(members_at(s->members, 1)->row.state, MEMBER_STARTING);
}

/* --- the group --- */

struct sent {
    char host[16];
    char first[16];
    char second[16];
    size_t count;
};

struct group_scene {
    struct pg_client *pg;
    struct group *group;
    int64_t now_ms;
    size_t sent;
    struct sent last;
};

static int64_t group_now(void *arg)
{
    return ((struct group_scene *)arg)->now_ms;
}

static void on_send_away(void *arg, const char *host, const struct daqs_member_info *member,
                         size_t count, enum move_reason reason)
{
    struct group_scene *s = arg;
    (void)reason;
    s->sent++;
    s->last.count = count;
    (void)snprintf(s->last.host, sizeof s->last.host, "%s", host);
    (void)snprintf(s->last.first, sizeof s->last.first, "%s", member[0].name);
    (void)snprintf(s->last.second, sizeof s->last.second, "%s", member[1].name);
}

static int make_group(void **state)
{
    struct group_scene *s = calloc(1, sizeof *s);
    if (!s)
        return -1;
    s->now_ms = 5 * SECOND;
    s->pg = pg_client_new("", "", NULL);
    const struct group_setup setup = {.pg = s->pg,
                                      .name = "c1",
                                      .advertise = "tcp://c1:7420",
                                      .peer = "",
                                      .key = {{1, 2, 3}},
                                      .version = "1",
                                      .weight = 1,
                                      .lost_after_ms = 6 * SECOND,
                                      .settle_ms = 30 * SECOND,
                                      .move_rate = 100,
                                      .send_away = on_send_away,
                                      .now_ms = group_now,
                                      .arg = s};
    s->group = group_new(&setup, NULL);
    *state = s;
    return s->group ? 0 : -1;
}

static int end_group(void **state)
{
    struct group_scene *s = *state;
    pg_client_free(s->pg);
    group_free(s->group);
    free(s);
    return 0;
}

/* Runs for a while; the other member, c2, beats as well. */
static void pass(struct group_scene *s, int64_t seconds)
{
    for (int64_t i = 0; i < 10 * seconds; i++) {
        s->now_ms += 100;
        group_tick(s->group, s->now_ms);
        for (struct pg_job *job; (job = fake_pg_first(s->pg)) != NULL; fake_pg_done(s->pg)) {
            char beat[24];
            if (!strstr(job->statement[job->statements - 1].sql, "FROM daqs.member"))
                continue;
            (void)snprintf(beat, sizeof beat, "%" PRId64, s->now_ms);
            const bool put = strstr(job->statement[WRITE].sql, "INSERT INTO") != NULL;
            fake_pg_row(job, ROWS, 9, "c1", fake_pg_param(job, WRITE, 1), beat, "1",
                        "tcp://c1:7420", "", "", "1", fake_pg_param(job, WRITE, put ? 8 : 3));
            fake_pg_row(job, ROWS, 9, "c2", "5", beat, "1", "tcp://c2:7420", "",
                        "/wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "1", "serving");
        }
    }
}

static struct adoption hello(struct group_scene *s, const char *host)
{
    struct adoption_hello hello = {.host = host, .epoch = 70, .redirectable = true, .left = ""};
    struct adoption adoption;
    group_hello(s->group, &hello, 10, s->now_ms, &adoption);
    return adoption;
}

static const char *name_of(char buf[static 16], int host)
{
    (void)snprintf(buf, 16, "host%d", host);
    return buf;
}

static void while_the_slas_are_not_known_nothing_is_pushed_and_nobody_is_sent_here(void **state)
{
    struct group_scene *s = *state;
    char name[16];
    pass(s, 40);
    assert_int_equal(members_at(group_members(s->group), 0)->row.state, MEMBER_STARTING);
    for (int i = 0; i < HOSTS; i++)
        assert_int_equal(hello(s, name_of(name, i)).act, ADOPTION_ELSEWHERE);
    struct adoption_hello old = {.host = "old", .left = ""};
    struct adoption adoption;
    group_hello(s->group, &old, 10, s->now_ms, &adoption);
    assert_int_equal(adoption.act, ADOPTION_WAIT);
}

static void hosts_are_served_at_home_above_the_epoch_that_they_obeyed(void **state)
{
    struct group_scene *s = *state;
    struct daqs_member_info info[DAQS_MAX_MEMBERS];
    char name[16];
    int here = 0;
    group_records_known(s->group);
    pass(s, 40);
    for (int i = 0; i < HOSTS; i++) {
        const struct adoption adoption = hello(s, name_of(name, i));
        here += adoption.act == ADOPTION_SERVE;
        assert_int_equal(adoption.epoch, 71);
        assert_int_equal(group_infos(s->group, adoption.elsewhere, adoption.count, info), 2);
        assert_string_equal(info[0].name, adoption.act == ADOPTION_SERVE ? "c1" : "c2");
        assert_string_equal(info[1].name, adoption.act == ADOPTION_SERVE ? "c2" : "c1");
    }
    assert_in_range(here, HOSTS / 4, 3 * HOSTS / 4);
}

static void each_member_publishes_its_key_and_agents_are_told_of_all(void **state)
{
    struct group_scene *s = *state;
    struct daqs_member_info info[DAQS_MAX_MEMBERS];
    const size_t both[] = {0, 1};
    struct daqs_key published;
    group_records_known(s->group);
    group_tick(s->group, s->now_ms);
    const struct pg_job *job = fake_pg_first(s->pg);
    assert_int_equal(key_parse(fake_pg_param(job, WRITE, 6), &published, NULL), DAQS_OK);
    assert_int_equal(published.byte[2], 3);
    pass(s, 40);
    assert_int_equal(group_infos(s->group, both, 2, info), 2);
    assert_int_equal(info[0].key.byte[2], 3);
    assert_int_equal(info[1].key.byte[0], 0xff);
}

static void a_member_that_leaves_sends_all_hosts_away(void **state)
{
    struct group_scene *s = *state;
    char name[16];
    group_records_known(s->group);
    pass(s, 40);
    for (int i = 0; i < HOSTS; i++)
        assert_int_equal(group_adopted(s->group, name_of(name, i), i > 0, "", s->now_ms), DAQS_OK);
    group_leave(s->group);
    pass(s, 2 + MOVES_NOTICE_MS / 1000);
    assert_int_equal(s->sent, HOSTS - 1); /* one agent is too old */
    assert_string_equal(s->last.first, "c2");
    assert_string_equal(s->last.second, "c1");
    assert_true(group_gone(s->group, s->last.host, s->now_ms));
    assert_int_equal(group_staying(s->group), HOSTS - 2);
    assert_int_equal(hello(s, "late").act, ADOPTION_ELSEWHERE);
}

/* The database answers c2 alone. */
static void a_member_that_is_cut_off_sends_all_hosts_away(void **state)
{
    struct group_scene *s = *state;
    char name[16];
    group_records_known(s->group);
    pass(s, 40);
    for (int i = 0; i < HOSTS; i++)
        assert_int_equal(group_adopted(s->group, name_of(name, i), true, "", s->now_ms), DAQS_OK);
    for (int64_t i = 0; i < 10 * 62; i++) {
        s->now_ms += 100;
        group_peer_said(s->group, "c2", i >= 10 * 61, s->now_ms);
        group_tick(s->group, s->now_ms);
        while (fake_pg_first(s->pg))
            fake_pg_fail(s->pg, PG_NOT_DONE, PG_CLASS_SILENT, "");
        assert_true(i >= 10 * 61 || s->sent == 0);
    }
    assert_int_equal(s->sent, HOSTS);
    assert_string_equal(s->last.first, "c2");
}

#define BEAT(f) cmocka_unit_test_setup_teardown(f, make_scene, end_scene)
#define GROUP(f) cmocka_unit_test_setup_teardown(f, make_group, end_group)

int main(void)
{
    const struct CMUnitTest tests[] = {
        BEAT(the_row_is_put_first_and_then_beats_once_a_second),
        BEAT(a_beat_waits_for_the_answer_to_the_last_one),
        BEAT(rows_of_another_fleet_are_left_alone),
        BEAT(a_row_that_is_gone_is_put_again),
        BEAT(the_row_of_a_member_that_has_left_is_deleted),
        BEAT(a_process_whose_place_was_taken_writes_no_more),
        BEAT(a_changed_state_is_written_at_once),
        BEAT(rows_that_no_member_writes_are_left_out),
        GROUP(while_the_slas_are_not_known_nothing_is_pushed_and_nobody_is_sent_here),
        GROUP(hosts_are_served_at_home_above_the_epoch_that_they_obeyed),
        GROUP(each_member_publishes_its_key_and_agents_are_told_of_all),
        GROUP(a_member_that_leaves_sends_all_hosts_away),
        GROUP(a_member_that_is_cut_off_sends_all_hosts_away),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
