/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/core/pg/pg_schema.h"

#include <string.h>

#include "tests/lib/check.h"

#define SCRIPT(text) text, sizeof text - 1

static const struct pg_migration migrations[] = {
    {SCRIPT("-- one\nCREATE TABLE a (\n    n int\n);\n\nCREATE TABLE b (t text DEFAULT ';');\n"),
     "aa", 1},
    {SCRIPT("ALTER TABLE a ADD COLUMN m int;\n"), "bb", 1},
    {SCRIPT("ALTER TABLE a ADD COLUMN l int;\n"), "cc", 3},
};

static void add_row(struct pg_job *job, const char *version, const char *sha256, const char *needs)
{
    const char *cell[] = {version, sha256, needs};
    const size_t length[] = {version ? strlen(version) : 0, sha256 ? strlen(sha256) : 0,
                             needs ? strlen(needs) : 0};
    assert_int_equal(pg_job_add_row(job, 0, 3, cell, length), DAQS_OK);
}

static void ask(struct pg_job *job)
{
    pg_job_init(job, PG_READ);
    pg_schema_ask(job);
    pg_job_end(job, PG_DONE, PG_CLASS_NONE, PG_NO_STATEMENT, NULL, NULL);
}

/* Returns the result of pg_schema_check for a program that knows 'count' migrations, and clears the
 * job. */
static int checked(struct pg_job *job, int count, int *ret_version, struct daqs_error *err)
{
    *err = (struct daqs_error){0};
    int result = pg_schema_check(job, migrations, count, ret_version, err);
    pg_job_clear(job);
    return result;
}

static void a_database_without_the_table_is_empty(void **state)
{
    struct daqs_error err;
    struct pg_job job;
    int version = 7;
    (void)state;
    ask(&job);
    pg_job_end(&job, PG_NOT_DONE, PG_CLASS_SCHEMA, 0, "42P01", "no such table");
    assert_int_equal(checked(&job, 3, &version, &err), DAQS_OK);
    assert_int_equal(version, 0);
}

static void other_failures_are_passed_on(void **state)
{
    struct daqs_error err;
    struct pg_job job;
    int version = 7;
    (void)state;
    ask(&job);
    pg_job_end(&job, PG_NOT_DONE, PG_CLASS_FORBIDDEN, 0, "42501", "for schema daqs");
    assert_int_equal(checked(&job, 3, &version, &err), DAQS_EREFUSED);
    assert_string_equal(err.text, "permission denied: for schema daqs");
}

static void a_newer_schema_is_fine_unless_it_needs_a_newer_program(void **state)
{
    struct daqs_error err;
    struct pg_job job;
    int version = 0;
    (void)state;
    ask(&job);
    add_row(&job, "1", "aa", "1");
    add_row(&job, "2", "bb", "1");
    assert_int_equal(checked(&job, 1, &version, &err), DAQS_OK);
    assert_int_equal(version, 2);
    ask(&job);
    add_row(&job, "1", "aa", "1");
    add_row(&job, "2", "bb", "1");
    add_row(&job, "3", "cc", "3");
    assert_int_equal(checked(&job, 2, &version, &err), DAQS_EVERSION);
    assert_non_null(strstr(err.text, "needs a program with version 3"));
    assert_non_null(strstr(err.text, "this one has 2"));
}

static void another_migration_under_the_same_number_is_refused(void **state)
{
    struct daqs_error err;
    struct pg_job job;
    int version = 0;
    (void)state;
    ask(&job);
    add_row(&job, "1", "aa", "1");
    add_row(&job, "2", "xx", "1");
    assert_int_equal(checked(&job, 3, &version, &err), DAQS_EREFUSED);
    assert_non_null(strstr(err.text, "migration 2"));
}

static void a_foreign_table_is_refused(void **state)
{
    static const char *const rows[][3] = {
        {"2", "aa", "1"}, {"x", "aa", "1"}, {NULL, "aa", "1"}, {"1", NULL, "1"}, {"1", "aa", NULL}};
    struct daqs_error err;
    struct pg_job job;
    int version = 0;
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        ask(&job);
        add_row(&job, rows[i][0], rows[i][1], rows[i][2]);
        assert_int_equal(checked(&job, 3, &version, &err), DAQS_EREFUSED);
    }
    ask(&job);
    assert_int_equal(checked(&job, 3, &version, &err), DAQS_EREFUSED);
}

static void missing_migrations_are_applied_in_order_under_one_lock_each(void **state)
{
    static const char *const expected[] = {
        "-- one\nCREATE TABLE a (\n    n int\n)",
        "\nCREATE TABLE b (t text DEFAULT ';')",
        "UPDATE daqs.meta",
        "INSERT INTO daqs.migration",
        "UPDATE daqs.meta",
        "ALTER TABLE a ADD COLUMN m int",
        "INSERT INTO daqs.migration",
    };
    struct pg_job job;
    (void)state;
    pg_job_init(&job, PG_WRITE);
    pg_schema_apply(&job, migrations, 2, 0);
    assert_false(job.broken);
    assert_int_equal(job.statements, sizeof expected / sizeof expected[0]);
    for (size_t i = 0; i < job.statements; i++) {
        assert_memory_equal(job.statement[i].sql, expected[i], strlen(expected[i]));
        assert_int_equal(job.statement[i].rule,
                         strstr(expected[i], "daqs.") ? PG_CHANGES_ONE : PG_ANY);
    }
    assert_string_equal(job.param[job.statement[4].first_param].value, "1");
    pg_job_clear(&job);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_database_without_the_table_is_empty),
        cmocka_unit_test(other_failures_are_passed_on),
        cmocka_unit_test(a_newer_schema_is_fine_unless_it_needs_a_newer_program),
        cmocka_unit_test(another_migration_under_the_same_number_is_refused),
        cmocka_unit_test(a_foreign_table_is_refused),
        cmocka_unit_test(missing_migrations_are_applied_in_order_under_one_lock_each),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
