/* SPDX-License-Identifier: Apache-2.0 */
/* The test plays the database. */
#include "tests/lib/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controllerd/io/group/stay_rows.h"
#include "tests/lib/fake_pg.h"

enum { SECOND = 1000 };

struct scene {
    struct pg_client *pg;
    struct stays *stays;
    struct stay_rows *rows;
    int64_t now_ms;
    unsigned changes;
    char changed[32];
};

static void on_changed(void *arg, const char *host, const char *member)
{
    struct scene *s = arg;
    s->changes++;
    (void)snprintf(s->changed, sizeof s->changed, "%s %s", host, member);
}

static int make_scene(void **state)
{
    struct scene *s = calloc(1, sizeof *s);
    if (!s)
        return -1;
    s->now_ms = 5 * SECOND;
    s->pg = pg_client_new("", "", NULL);
    s->stays = stays_new();
    s->rows = stay_rows_new(&(struct stay_rows_setup){.pg = s->pg,
                                                      .stays = s->stays,
                                                      .member = "c1",
                                                      .keep_ms = 3600 * SECOND,
                                                      .changed = on_changed,
                                                      .arg = s});
    *state = s;
    return s->pg && s->stays && s->rows ? 0 : -1;
}

static int end_scene(void **state)
{
    struct scene *s = *state;
    pg_client_free(s->pg);
    stay_rows_free(s->rows);
    stays_free(s->stays);
    free(s);
    return 0;
}

/* Returns the job of the exchange after a second. */
static struct pg_job *exchange(struct scene *s)
{
    s->now_ms += SECOND;
    stay_rows_tick(s->rows, s->now_ms);
    struct pg_job *job = fake_pg_first(s->pg);
    assert_non_null(job);
    return job;
}

static void hosts_that_are_served_are_written_once_in_order(void **state)
{
    struct scene *s = *state;
    assert_int_equal(stay_rows_serve(s->rows, "b"), DAQS_OK);
    assert_int_equal(stay_rows_serve(s->rows, "a"), DAQS_OK);
    assert_int_equal(stay_rows_serve(s->rows, "b"), DAQS_OK);
    const struct pg_job *job = exchange(s);
    assert_int_equal(job->statements, 1 + 6 + 1);
    assert_string_equal(fake_pg_param(job, 1, 0), "a");
    assert_string_equal(fake_pg_param(job, 1, 1), "c1");
    assert_string_equal(fake_pg_param(job, 2, 0), "a");
    assert_non_null(strstr(job->statement[3].sql, "DELETE FROM daqs.stay"));
    assert_string_equal(fake_pg_param(job, 3, 1), "3600000");
    assert_string_equal(fake_pg_param(job, 4, 0), "b");
    fake_pg_done(s->pg);
    assert_int_equal(exchange(s)->statements, 2);
    fake_pg_done(s->pg);
}

static void what_may_not_be_stored_is_written_again(void **state)
{
    struct scene *s = *state;
    assert_int_equal(stay_rows_serve(s->rows, "a"), DAQS_OK);
    (void)exchange(s);
    fake_pg_fail(s->pg, PG_UNKNOWN, PG_CLASS_UNAVAILABLE, "");
    assert_int_equal(exchange(s)->statements, 5);
    assert_int_equal(stay_rows_serve(s->rows, "a"), DAQS_OK); /* it came back meanwhile */
    fake_pg_done(s->pg);
    assert_int_equal(exchange(s)->statements, 5);
    fake_pg_done(s->pg);
    assert_int_equal(exchange(s)->statements, 2);
    fake_pg_done(s->pg);
}

static void changes_of_others_are_read_and_told_once(void **state)
{
    struct scene *s = *state;
    struct pg_job *job = exchange(s);
    assert_string_equal(fake_pg_param(job, 1, 0), "0");
    assert_false(stay_rows_complete(s->rows));
    fake_pg_row(job, 1, 3, "a", "c2", "50000");
    fake_pg_row(job, 1, 3, "b", "c3", "60000");
    fake_pg_done(s->pg);
    assert_true(stay_rows_complete(s->rows));
    assert_int_equal(s->changes, 2);
    job = exchange(s);
    assert_string_equal(fake_pg_param(job, 1, 0), "50000"); /* ten seconds before the newest */
    fake_pg_row(job, 1, 3, "b", "c3", "60000");
    fake_pg_row(job, 1, 3, "a", "c1", "61000");
    fake_pg_done(s->pg);
    assert_int_equal(s->changes, 3);
    assert_string_equal(s->changed, "a c1");
    assert_string_equal(stays_member(s->stays, "b"), "c3");
}

static void all_is_read_after_a_new_connection_and_every_ten_minutes(void **state)
{
    struct scene *s = *state;
    fake_pg_row(exchange(s), 1, 3, "a", "c2", "50000");
    fake_pg_done(s->pg);
    fake_pg_status(s->pg)->connects++;
    struct pg_job *job = exchange(s);
    assert_string_equal(fake_pg_param(job, 1, 0), "0");
    fake_pg_row(job, 1, 3, "a", "c2", "30000"); /* its clock is behind the other one's */
    fake_pg_done(s->pg);
    assert_string_equal(fake_pg_param(exchange(s), 1, 0), "20000");
    fake_pg_done(s->pg);
    s->now_ms += 600 * SECOND;
    assert_string_equal(fake_pg_param(exchange(s), 1, 0), "0");
    fake_pg_done(s->pg);
}

/* Whoever can write to the database can write anything there. */
static void rows_that_no_member_writes_are_left_out(void **state)
{
    struct scene *s = *state;
    struct pg_job *job = exchange(s);
    fake_pg_row(job, 1, 3, NULL, "c2", "50000");
    fake_pg_row(job, 1, 3, "a", NULL, "50000");
    fake_pg_row(job, 1, 3, "b", "c2", "soon");
    fake_pg_row(job, 1, 3, "c\n", "c2", "50000");
    fake_pg_done(s->pg);
    assert_int_equal(stays_count(s->stays), 0);
}

static void a_host_that_is_forgotten_is_served_by_none(void **state)
{
    struct scene *s = *state;
    fake_pg_row(exchange(s), 1, 3, "a", "c1", "50000");
    fake_pg_done(s->pg);
    assert_int_equal(stays_of_member(s->stays, "c1"), 1);
    assert_int_equal(stay_rows_serve(s->rows, "a"), DAQS_OK);
    assert_int_equal(stay_rows_forget(s->rows, "a"), DAQS_OK);
    struct pg_job *job = exchange(s);
    assert_int_equal(job->statements, 1 + 1 + 1);
    assert_non_null(strstr(job->statement[1].sql, "UPDATE daqs.host SET member = ''"));
    assert_string_equal(fake_pg_param(job, 1, 0), "a");
    assert_string_equal(fake_pg_param(job, 1, 1), "c1");
    fake_pg_row(job, 2, 3, "a", "", "51000");
    fake_pg_done(s->pg);
    assert_int_equal(stays_count(s->stays), 0);
    assert_int_equal(stays_of_member(s->stays, "c1"), 0);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, make_scene, end_scene)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(hosts_that_are_served_are_written_once_in_order),
        CASE(what_may_not_be_stored_is_written_again),
        CASE(a_host_that_is_forgotten_is_served_by_none),
        CASE(changes_of_others_are_read_and_told_once),
        CASE(all_is_read_after_a_new_connection_and_every_ten_minutes),
        CASE(rows_that_no_member_writes_are_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
