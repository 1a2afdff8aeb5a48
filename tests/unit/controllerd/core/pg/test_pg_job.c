/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/core/pg/pg_job.h"

#include <string.h>

#include "tests/lib/check.h"

static void add(struct pg_job *job, size_t statement, const char *first, const char *second)
{
    const char *cells[] = {first, second};
    const size_t lengths[] = {first ? strlen(first) : 0, second ? strlen(second) : 0};
    assert_int_equal(pg_job_add_row(job, statement, 2, cells, lengths), DAQS_OK);
}

static void statements_keep_their_parameters_in_order(void **state)
{
    struct pg_job job;
    (void)state;
    pg_job_init(&job, PG_WRITE);
    pg_statement(&job, "one", PG_CHANGES_ONE);
    pg_text(&job, "a");
    pg_number(&job, INT64_MIN);
    pg_statement(&job, "two", PG_ANY);
    pg_statement(&job, "three", PG_ANY);
    pg_bytes(&job, "\0x", 2);
    pg_null(&job);
    pg_text(&job, NULL);
    assert_false(job.broken);
    assert_int_equal(job.statements, 3);
    assert_int_equal(job.statement[0].params, 2);
    assert_int_equal(job.statement[1].params, 0);
    assert_int_equal(job.statement[2].params, 3);
    const struct pg_param *param = &job.param[job.statement[0].first_param];
    assert_string_equal(param[0].value, "a");
    assert_string_equal(param[1].value, "-9223372036854775808");
    param = &job.param[job.statement[2].first_param];
    assert_true(param[0].binary);
    assert_int_equal(param[0].length, 2);
    assert_memory_equal(param[0].value, "\0x", 2);
    assert_null(param[1].value);
    assert_null(param[2].value);
    pg_job_clear(&job);
}

static void a_parameter_without_a_statement_breaks_the_job(void **state)
{
    struct pg_job job;
    (void)state;
    pg_job_init(&job, PG_WRITE);
    pg_text(&job, "a");
    assert_true(job.broken);
    pg_job_clear(&job);
}

static void rows_are_read_by_statement_row_and_column(void **state)
{
    struct pg_job job;
    int64_t number = 0;
    (void)state;
    pg_job_init(&job, PG_READ);
    pg_statement(&job, "one", PG_ANY);
    pg_statement(&job, "two", PG_ANY);
    add(&job, 1, "node1", "42");
    add(&job, 1, NULL, "");
    assert_int_equal(pg_result(&job, 0).rows, 0);
    assert_int_equal(pg_result(&job, 1).rows, 2);
    assert_int_equal(pg_result(&job, 1).columns, 2);
    assert_int_equal(pg_result(&job, 1).changed, 2);
    assert_string_equal(pg_cell(&job, 1, 0, 0), "node1");
    assert_null(pg_cell(&job, 1, 1, 0));
    assert_string_equal(pg_cell(&job, 1, 1, 1), "");
    assert_null(pg_cell(&job, 1, 2, 0));
    assert_null(pg_cell(&job, 1, 0, 2));
    assert_null(pg_cell(&job, 0, 0, 0));
    assert_null(pg_cell(&job, 2, 0, 0));
    assert_true(pg_cell_number(&job, 1, 0, 1, &number));
    assert_int_equal(number, 42);
    assert_false(pg_cell_number(&job, 1, 0, 0, &number));
    assert_false(pg_cell_number(&job, 1, 1, 0, &number));
    assert_false(pg_cell_number(&job, 1, 1, 1, &number));
    pg_job_clear(&job);
}

static void a_number_is_whole_and_of_64_bits(void **state)
{
    static const char *const bad[] = {
        "", "-", "1.5", " 1", "1 ", "+1", "0x1", "true", "9223372036854775808"};
    struct pg_job job;
    int64_t number = 0;
    (void)state;
    pg_job_init(&job, PG_READ);
    pg_statement(&job, "one", PG_ANY);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        add(&job, 0, bad[i], NULL);
        assert_false(pg_cell_number(&job, 0, i, 0, &number));
    }
    add(&job, 0, "-9223372036854775808", "9223372036854775807");
    assert_true(pg_cell_number(&job, 0, job.rows - 1, 0, &number));
    assert_true(number == INT64_MIN);
    assert_true(pg_cell_number(&job, 0, job.rows - 1, 1, &number));
    assert_true(number == INT64_MAX);
    pg_job_clear(&job);
}

static void results_are_bounded_in_rows_and_bytes(void **state)
{
    char long_text[1000];
    const char *cells[] = {long_text};
    const size_t lengths[] = {sizeof long_text};
    struct pg_job job;
    (void)state;
    memset(long_text, 'x', sizeof long_text);
    pg_job_init(&job, PG_READ);
    job.rows_most = 3;
    job.bytes_most = 2500;
    pg_statement(&job, "one", PG_ANY);
    assert_int_equal(pg_job_add_row(&job, 0, 1, cells, lengths), DAQS_OK);
    assert_int_equal(pg_job_add_row(&job, 0, 1, cells, lengths), DAQS_OK);
    assert_int_equal(pg_job_add_row(&job, 0, 1, cells, lengths), DAQS_ETOOBIG);
    pg_job_reset(&job);
    assert_int_equal(pg_result(&job, 0).rows, 0);
    for (int i = 0; i < 3; i++)
        add(&job, 0, "a", NULL);
    assert_int_equal(pg_job_add_row(&job, 0, 1, cells, (const size_t[]){1}), DAQS_ETOOBIG);
    pg_job_clear(&job);
}

static void an_error_says_what_it_means_in_one_clean_line(void **state)
{
    struct pg_job job;
    (void)state;
    pg_job_init(&job, PG_WRITE);
    pg_job_end(&job, PG_NOT_DONE, PG_CLASS_FORBIDDEN, 2, "42501",
               "permission denied for table \x1b[31mhost \xff\xc3\xa9\nDETAIL: secret");
    assert_int_equal(job.outcome, PG_NOT_DONE);
    assert_int_equal(job.class, PG_CLASS_FORBIDDEN);
    assert_int_equal(job.failed, 2);
    assert_string_equal(job.sqlstate, "42501");
    assert_int_equal(job.error.code, DAQS_EREFUSED);
    assert_string_equal(job.error.text,
                        "permission denied: permission denied for table ?[31mhost ?\xc3\xa9");
    pg_job_end(&job, PG_UNKNOWN, PG_CLASS_UNAVAILABLE, PG_NO_STATEMENT, NULL, NULL);
    assert_int_equal(job.error.code, DAQS_ETIMEOUT);
    assert_string_equal(job.error.text, "not available");
    assert_string_equal(job.sqlstate, "");
    pg_job_end(&job, PG_DONE, PG_CLASS_NONE, PG_NO_STATEMENT, NULL, NULL);
    assert_int_equal(job.error.code, DAQS_OK);
    assert_string_equal(job.error.text, "");
    pg_job_clear(&job);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(statements_keep_their_parameters_in_order),
        cmocka_unit_test(a_parameter_without_a_statement_breaks_the_job),
        cmocka_unit_test(rows_are_read_by_statement_row_and_column),
        cmocka_unit_test(a_number_is_whole_and_of_64_bits),
        cmocka_unit_test(results_are_bounded_in_rows_and_bytes),
        cmocka_unit_test(an_error_says_what_it_means_in_one_clean_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
