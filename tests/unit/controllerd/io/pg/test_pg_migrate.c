/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/io/pg/pg_migrate.h"

#include <stdio.h>
#include <string.h>

#include "tests/lib/check.h"
#include "tests/lib/fake_pg.h"

static bool is_done;

static void set_done(struct pg_migrate *migrate)
{
    (void)migrate;
    is_done = true;
}

static int set_up(void **state)
{
    is_done = false;
    *state = pg_client_new("", "", NULL);
    return 0;
}

static int tear_down(void **state)
{
    pg_client_free(*state);
    return 0;
}

static void begin(struct pg_migrate *migrate, struct pg_client *client)
{
    assert_true(
        pg_migrate_begin(migrate, client, pg_migrations, pg_migrations_count, set_done, NULL));
}

/* Answers the question after the version: it is the newest one. */
static void answer_newest(struct pg_client *client)
{
    for (int i = 0; i < pg_migrations_count; i++) {
        char version[16];
        (void)snprintf(version, sizeof version, "%d", i + 1);
        fake_pg_row(fake_pg_first(client), 0, 3, version, pg_migrations[i].sha256, "1");
    }
    fake_pg_done(client);
}

static void answer_empty(struct pg_client *client)
{
    struct pg_job *job = fake_pg_first(client);
    pg_job_end(job, PG_NOT_DONE, PG_CLASS_SCHEMA, 0, "42P01", "no such table");
    fake_pg_end(client);
}

static void the_newest_schema_needs_nothing(void **state)
{
    struct pg_migrate migrate;
    begin(&migrate, *state);
    answer_newest(*state);
    assert_true(is_done);
    assert_int_equal(migrate.result, DAQS_OK);
    assert_int_equal(migrate.version, pg_migrations_count);
    assert_null(fake_pg_first(*state));
}

static void an_empty_database_gets_all_and_is_asked_again(void **state)
{
    struct pg_migrate migrate;
    begin(&migrate, *state);
    answer_empty(*state);
    assert_int_equal(fake_pg_first(*state)->access, PG_WRITE);
    fake_pg_done(*state);
    assert_false(is_done);
    answer_newest(*state);
    assert_true(is_done);
    assert_int_equal(migrate.result, DAQS_OK);
}

static void another_controller_that_is_faster_is_believed(void **state)
{
    struct pg_migrate migrate;
    begin(&migrate, *state);
    answer_empty(*state);
    fake_pg_fail(*state, PG_NOT_DONE, PG_CLASS_REFUSED, "duplicate key");
    answer_newest(*state);
    assert_true(is_done);
    assert_int_equal(migrate.result, DAQS_OK);
}

static void an_unknown_commit_is_looked_up(void **state)
{
    struct pg_migrate migrate;
    begin(&migrate, *state);
    answer_empty(*state);
    fake_pg_fail(*state, PG_UNKNOWN, PG_CLASS_UNAVAILABLE, NULL);
    answer_empty(*state);
    fake_pg_done(*state);
    answer_newest(*state);
    assert_true(is_done);
    assert_int_equal(migrate.result, DAQS_OK);
}

static void a_lasting_failure_is_given_up(void **state)
{
    struct pg_migrate migrate;
    begin(&migrate, *state);
    for (int i = 0; i < 5; i++) {
        answer_empty(*state);
        assert_false(is_done);
        fake_pg_fail(*state, PG_NOT_DONE, PG_CLASS_FORBIDDEN, "for database daqs");
    }
    assert_true(is_done);
    assert_int_equal(migrate.result, DAQS_EREFUSED);
    assert_string_equal(migrate.error.text, "permission denied: for database daqs");
    assert_null(fake_pg_first(*state));
}

static void a_client_that_takes_no_job_is_said_so(void **state)
{
    struct pg_migrate migrate;
    fake_pg_refuse(*state, DAQS_EBUSY);
    assert_false(
        pg_migrate_begin(&migrate, *state, pg_migrations, pg_migrations_count, set_done, NULL));
    assert_false(is_done);
}

/* Statements are found by the semicolon at the end of a line, and run one by one. */
static void each_statement_of_the_files_is_whole(void **state)
{
    struct pg_job job;
    (void)state;
    pg_job_init(&job, PG_WRITE);
    pg_schema_apply(&job, pg_migrations, pg_migrations_count, 0);
    assert_true(job.statements > 10);
    for (size_t i = 0; i < job.statements; i++) {
        int depth = 0;
        const char *line = job.statement[i].sql;
        for (; line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
            size_t code = strcspn(line, "\n");
            const char *comment = strstr(line, "--");
            if (comment && (size_t)(comment - line) < code)
                code = (size_t)(comment - line);
            for (size_t at = 0; at < code; at++) {
                assert_int_not_equal(line[at], ';');
                depth += (line[at] == '(') - (line[at] == ')');
            }
        }
        assert_int_equal(depth, 0);
    }
    for (int i = 0; i < pg_migrations_count; i++) {
        assert_int_equal(pg_migrations[i].length, strlen(pg_migrations[i].sql));
        assert_string_equal(pg_migrations[i].sql + pg_migrations[i].length - 2, ";\n");
        assert_int_equal(strlen(pg_migrations[i].sha256), 64);
        assert_true(pg_migrations[i].needs >= 1 && pg_migrations[i].needs <= i + 1);
    }
    pg_job_clear(&job);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_newest_schema_needs_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_empty_database_gets_all_and_is_asked_again, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(another_controller_that_is_faster_is_believed, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(an_unknown_commit_is_looked_up, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_lasting_failure_is_given_up, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_client_that_takes_no_job_is_said_so, set_up, tear_down),
        cmocka_unit_test(each_statement_of_the_files_is_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
