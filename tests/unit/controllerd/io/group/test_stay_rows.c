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
                                                      .ledger = 99,
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

/* Statements of a transaction that reads. */
enum { GUARD, CLOCK, ROWS };

/* Returns the job that reads after a second. */
static struct pg_job *read_later(struct scene *s)
{
    s->now_ms += SECOND;
    stay_rows_tick(s->rows, s->now_ms);
    struct pg_job *job = fake_pg_first(s->pg);
    assert_non_null(job);
    assert_int_equal(job->access, PG_READ);
    return job;
}

/* Returns the job that writes after a second, when the one that reads is done; NULL: nothing is to
 * be written. */
static struct pg_job *write_later(struct scene *s)
{
    (void)read_later(s);
    fake_pg_done(s->pg);
    return fake_pg_first(s->pg);
}

static bool reads_one(const struct pg_job *job, size_t statement)
{
    return strncmp(job->statement[statement].sql, "SELECT member FROM", 18) == 0;
}

/* Ends the job that writes: the rows have this member then, but one keeps another. */
static void written_but(struct scene *s, const char *member, const char *locked, const char *its)
{
    struct pg_job *job = fake_pg_first(s->pg);
    for (size_t i = 0; i < job->statements; i++)
        if (reads_one(job, i))
            fake_pg_row(job, i, 1, strcmp(fake_pg_param(job, i, 0), locked) == 0 ? its : member);
    fake_pg_done(s->pg);
}

static void written(struct scene *s)
{
    written_but(s, "c1", "", "");
}

/* Statements of a transaction that writes. */
enum { FIRST = 2, OF_A_ROW = 5, ADDS_STAY = 2, DROPS_STAYS = 3, CHECKS = 4 };

static size_t rows_of(const struct pg_job *job)
{
    return (job->statements - FIRST) / OF_A_ROW;
}

static const char *host_of(const struct pg_job *job, size_t row)
{
    return fake_pg_param(job, FIRST + row * OF_A_ROW, 0);
}

static void end_guard(const struct scene *s)
{
    struct pg_job *job = fake_pg_first(s->pg);
    assert_string_equal(fake_pg_param(job, GUARD, 0), "99");
    assert_int_equal(job->statement[GUARD].rule, PG_CHANGES_ONE);
    pg_job_end(job, PG_NOT_DONE, PG_CLASS_CONFLICT, GUARD, NULL, NULL);
    fake_pg_end(s->pg);
}

/* What is to be written stays to be written. */
static void rows_of_another_fleet_are_left_alone(void **state)
{
    struct scene *s = *state;
    assert_int_equal(stay_rows_serve(s->rows, "a"), DAQS_OK);
    (void)read_later(s);
    end_guard(s);
    assert_false(stay_rows_complete(s->rows));
    assert_non_null(fake_pg_first(s->pg));
    end_guard(s);
    assert_int_equal(rows_of(write_later(s)), 1);
}

static void hosts_that_are_served_are_written_once_in_order(void **state)
{
    struct scene *s = *state;
    assert_int_equal(stay_rows_serve(s->rows, "b"), DAQS_OK);
    assert_int_equal(stay_rows_serve(s->rows, "a"), DAQS_OK);
    assert_int_equal(stay_rows_serve(s->rows, "b"), DAQS_OK);
    const struct pg_job *job = write_later(s);
    assert_int_equal(job->statements, FIRST + 2 * OF_A_ROW);
    assert_string_equal(host_of(job, 0), "a");
    assert_string_equal(fake_pg_param(job, FIRST, 1), "c1");
    assert_string_equal(fake_pg_param(job, FIRST + ADDS_STAY, 0), "a");
    assert_non_null(strstr(job->statement[FIRST + DROPS_STAYS].sql, "DELETE FROM daqs.stay"));
    assert_string_equal(fake_pg_param(job, FIRST + DROPS_STAYS, 1), "3600000");
    assert_true(reads_one(job, FIRST + CHECKS));
    assert_string_equal(host_of(job, 1), "b");
    written(s);
    assert_null(write_later(s));
}

static void what_may_not_be_stored_is_written_again(void **state)
{
    struct scene *s = *state;
    assert_int_equal(stay_rows_serve(s->rows, "a"), DAQS_OK);
    assert_non_null(write_later(s));
    fake_pg_fail(s->pg, PG_UNKNOWN, PG_CLASS_UNAVAILABLE, "");
    assert_int_equal(rows_of(write_later(s)), 1);
    assert_int_equal(stay_rows_serve(s->rows, "a"), DAQS_OK); /* it came back meanwhile */
    written(s);
    assert_int_equal(rows_of(write_later(s)), 1);
    written(s);
    assert_null(write_later(s));
}

/* Another member changes many SLAs at once, or its COMMIT waits for a standby that is lost. */
static void a_row_that_is_locked_holds_up_no_other_row(void **state)
{
    struct scene *s = *state;
    assert_int_equal(stay_rows_serve(s->rows, "a"), DAQS_OK);
    assert_int_equal(stay_rows_serve(s->rows, "b"), DAQS_OK);
    const struct pg_job *job = write_later(s);
    assert_non_null(strstr(job->statement[FIRST].sql, "FOR UPDATE SKIP LOCKED"));
    written_but(s, "c1", "a", "c2");
    job = write_later(s);
    assert_int_equal(rows_of(job), 1);
    assert_string_equal(host_of(job, 0), "a");
    written(s);
    assert_null(write_later(s));
}

/* A lock that cannot be skipped, on a row that is about to be inserted. */
static void after_a_failure_rows_are_written_one_by_one(void **state)
{
    struct scene *s = *state;
    assert_int_equal(stay_rows_serve(s->rows, "a"), DAQS_OK);
    assert_int_equal(stay_rows_serve(s->rows, "b"), DAQS_OK);
    assert_int_equal(stay_rows_serve(s->rows, "c"), DAQS_OK);
    assert_int_equal(rows_of(write_later(s)), 3);
    fake_pg_fail(s->pg, PG_NOT_DONE, PG_CLASS_SILENT, "");
    const struct pg_job *job = write_later(s);
    assert_int_equal(rows_of(job), 1);
    assert_string_equal(host_of(job, 0), "a");
    fake_pg_fail(s->pg, PG_NOT_DONE, PG_CLASS_SILENT, "");
    job = write_later(s);
    assert_int_equal(rows_of(job), 1);
    assert_string_equal(host_of(job, 0), "b");
    written(s);
    job = write_later(s);
    assert_int_equal(rows_of(job), 2);
    assert_string_equal(host_of(job, 0), "a");
    assert_string_equal(host_of(job, 1), "c");
    written(s);
    assert_null(write_later(s));
}

/* Until then they tell which member has the history. */
static void stays_of_forgotten_hosts_are_dropped_with_their_history(void **state)
{
    struct scene *s = *state;
    assert_null(write_later(s));
    s->now_ms += 600 * SECOND;
    const struct pg_job *job = write_later(s);
    assert_non_null(job);
    assert_int_equal(job->statements, FIRST + 1);
    assert_non_null(strstr(job->statement[FIRST].sql, "DELETE FROM daqs.stay"));
    assert_string_equal(fake_pg_param(job, FIRST, 0), "3600000");
    fake_pg_done(s->pg);
    assert_null(write_later(s));
}

/* It has taken the host just before this one reported it as down. */
static void the_row_of_a_member_that_was_not_read_yet_is_kept(void **state)
{
    struct scene *s = *state;
    fake_pg_row(read_later(s), ROWS, 3, "a", "c2", "50000");
    fake_pg_done(s->pg);
    assert_int_equal(stay_rows_answer(s->rows, "a"), DAQS_OK);
    const struct pg_job *job = write_later(s);
    assert_non_null(strstr(job->statement[FIRST].sql, "AND member = $3"));
    assert_string_equal(fake_pg_param(job, FIRST, 2), "c2");
    written_but(s, "", "a", "c2"); /* it is locked */
    assert_non_null(write_later(s));
    written_but(s, "", "a", "c3");
    assert_null(write_later(s));
    assert_int_equal(stay_rows_answer(s->rows, "a"), DAQS_OK);
    assert_non_null(write_later(s));
    written(s);
    assert_null(write_later(s));
}

/* Of a member that is lost, whose hosts all come here. */
static void rows_that_are_left_are_written_without_a_pause(void **state)
{
    struct scene *s = *state;
    char host[16];
    for (int i = 0; i < 450; i++) {
        (void)snprintf(host, sizeof host, "host%d", i);
        assert_int_equal(stay_rows_serve(s->rows, host), DAQS_OK);
    }
    assert_int_equal(rows_of(write_later(s)), 200);
    written(s);
    stay_rows_tick(s->rows, s->now_ms + 100);
    assert_int_equal(rows_of(fake_pg_first(s->pg)), 200);
    written(s);
    stay_rows_tick(s->rows, s->now_ms + 200);
    assert_int_equal(rows_of(fake_pg_first(s->pg)), 50);
    written_but(s, "c2", "", ""); /* all are locked */
    stay_rows_tick(s->rows, s->now_ms + 300);
    assert_null(fake_pg_first(s->pg));
    s->now_ms += 200;
    assert_int_equal(rows_of(write_later(s)), 50);
    written(s);
}

static void others_are_read_while_nothing_can_be_written(void **state)
{
    struct scene *s = *state;
    assert_int_equal(stay_rows_serve(s->rows, "a"), DAQS_OK);
    fake_pg_row(read_later(s), ROWS, 3, "b", "c2", "50000");
    fake_pg_done(s->pg);
    fake_pg_fail(s->pg, PG_NOT_DONE, PG_CLASS_SILENT, "");
    assert_true(stay_rows_complete(s->rows));
    assert_string_equal(stays_member(s->stays, "b"), "c2");
}

static void changes_of_others_are_read_and_told_once(void **state)
{
    struct scene *s = *state;
    struct pg_job *job = read_later(s);
    assert_string_equal(fake_pg_param(job, ROWS, 0), "0");
    assert_false(stay_rows_complete(s->rows));
    fake_pg_row(job, CLOCK, 1, "60000");
    fake_pg_row(job, ROWS, 3, "a", "c2", "50000");
    fake_pg_row(job, ROWS, 3, "b", "c3", "60000");
    fake_pg_done(s->pg);
    assert_true(stay_rows_complete(s->rows));
    assert_int_equal(s->changes, 2);
    job = read_later(s);
    assert_string_equal(fake_pg_param(job, ROWS, 0), "50000");
    fake_pg_row(job, CLOCK, 1, "61000");
    fake_pg_row(job, ROWS, 3, "b", "c3", "60000");
    fake_pg_row(job, ROWS, 3, "a", "c1", "61000");
    fake_pg_done(s->pg);
    assert_int_equal(s->changes, 3);
    assert_string_equal(s->changed, "a c1");
    assert_string_equal(stays_member(s->stays, "b"), "c3");
}

/* Returns after which time rows are read next, if the database's clock says this now. */
static const char *next_after(struct scene *s, const char *clock_ms)
{
    fake_pg_row(read_later(s), CLOCK, 1, clock_ms);
    fake_pg_done(s->pg);
    return fake_pg_param(read_later(s), ROWS, 0);
}

static void rows_are_read_by_the_clock_of_the_database(void **state)
{
    struct scene *s = *state;
    fake_pg_row(read_later(s), ROWS, 3, "a", "c2", "50000");
    assert_string_equal(next_after(s, "90000"), "80000"); /* no host has moved for a while */
    assert_string_equal(next_after(s, "30000"), "20000"); /* it was set back */
    assert_string_equal(next_after(s, "9000"), "0");
    fake_pg_done(s->pg);
}

static void all_is_read_after_a_new_connection_and_every_ten_minutes(void **state)
{
    struct scene *s = *state;
    assert_string_equal(next_after(s, "60000"), "50000");
    fake_pg_done(s->pg);
    fake_pg_status(s->pg)->connects++;
    assert_string_equal(fake_pg_param(read_later(s), ROWS, 0), "0");
    assert_string_equal(next_after(s, "60000"), "50000");
    fake_pg_done(s->pg);
    s->now_ms += 600 * SECOND;
    assert_string_equal(fake_pg_param(read_later(s), ROWS, 0), "0");
    fake_pg_done(s->pg);
}

/* Whoever can write to the database can write anything there. */
static void rows_that_no_member_writes_are_left_out(void **state)
{
    struct scene *s = *state;
    struct pg_job *job = read_later(s);
    fake_pg_row(job, ROWS, 3, NULL, "c2", "50000");
    fake_pg_row(job, ROWS, 3, "a", NULL, "50000");
    fake_pg_row(job, ROWS, 3, "c\n", "c2", "50000");
    fake_pg_done(s->pg);
    assert_int_equal(stays_count(s->stays), 0);
}

static void a_host_that_is_forgotten_is_served_by_none(void **state)
{
    struct scene *s = *state;
    fake_pg_row(read_later(s), ROWS, 3, "a", "c1", "50000");
    fake_pg_done(s->pg);
    assert_int_equal(stays_of_member(s->stays, "c1"), 1);
    assert_int_equal(stay_rows_serve(s->rows, "a"), DAQS_OK);
    assert_int_equal(stay_rows_forget(s->rows, "a"), DAQS_OK);
    for (int i = 0; i < 2; i++) {
        const struct pg_job *job = write_later(s);
        assert_int_equal(job->statements, FIRST + 2);
        assert_non_null(strstr(job->statement[FIRST].sql, "UPDATE daqs.host SET member = ''"));
        assert_string_equal(fake_pg_param(job, FIRST, 0), "a");
        assert_string_equal(fake_pg_param(job, FIRST, 1), "c1");
        written_but(s, "", "a", i == 0 ? "c1" : ""); /* it is locked at first */
    }
    assert_null(write_later(s));
    fake_pg_row(read_later(s), ROWS, 3, "a", "", "51000");
    fake_pg_done(s->pg);
    assert_int_equal(stays_count(s->stays), 0);
    assert_int_equal(stays_of_member(s->stays, "c1"), 0);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, make_scene, end_scene)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(rows_of_another_fleet_are_left_alone),
        CASE(hosts_that_are_served_are_written_once_in_order),
        CASE(what_may_not_be_stored_is_written_again),
        CASE(a_row_that_is_locked_holds_up_no_other_row),
        CASE(after_a_failure_rows_are_written_one_by_one),
        CASE(stays_of_forgotten_hosts_are_dropped_with_their_history),
        CASE(the_row_of_a_member_that_was_not_read_yet_is_kept),
        CASE(rows_that_are_left_are_written_without_a_pause),
        CASE(others_are_read_while_nothing_can_be_written),
        CASE(a_host_that_is_forgotten_is_served_by_none),
        CASE(changes_of_others_are_read_and_told_once),
        CASE(rows_are_read_by_the_clock_of_the_database),
        CASE(all_is_read_after_a_new_connection_and_every_ten_minutes),
        CASE(rows_that_no_member_writes_are_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
