/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/core/records/rows.h"

#include <stdarg.h>
#include <string.h>

#include "controllerd/core/records/rows_insert.h"
#include "tests/lib/check.h"

enum { CELLS_MOST = 16 };

/* Adds a row of 'columns' texts to the result of a statement. */
static void row(struct pg_job *job, size_t statement, size_t columns, ...)
{
    const char *cell[CELLS_MOST];
    size_t length[CELLS_MOST];
    va_list args;
    va_start(args, columns);
    for (size_t i = 0; i < columns; i++) {
        cell[i] = va_arg(args, const char *);
        length[i] = cell[i] ? strlen(cell[i]) : 0;
    }
    va_end(args);
    assert_int_equal(pg_job_add_row(job, statement, columns, cell, length), DAQS_OK);
}

static const char *param(const struct pg_job *job, size_t statement, size_t index)
{
    return job->param[job->statement[statement].first_param + index].value;
}

static void names_are_quoted(void **state)
{
    static const char *const names[] = {"a", "b \"c\"", "d\\e", "{f,g}"};
    struct pg_job job;
    (void)state;
    pg_job_init(&job, PG_READ);
    assert_string_equal(rows_array(&job, names, 4), "{\"a\",\"b \\\"c\\\"\",\"d\\\\e\",\"{f,g}\"}");
    assert_string_equal(rows_array(&job, NULL, 0), "{}");
    pg_job_clear(&job);
}

static void trail_done(const struct rows_trail *trail)
{
    revisions_free((struct revisions *)trail->hosts);
    revisions_free((struct revisions *)trail->principals);
}

/* Others may commit a record with a lower number later, but not of the same name. */
static void of_the_trail_each_name_is_read_from_its_own_last_record(void **state)
{
    static const char *const names[] = {"node1", "new"};
    struct pg_job job;
    struct revisions *hosts = revisions_new();
    struct revisions *principals = revisions_new();
    (void)state;
    assert_true(revisions_saw(hosts, "node1", 17) && revisions_saw(hosts, "node2", 30) &&
                revisions_saw(hosts, "", 5) && revisions_saw(principals, "node1", 9));
    const struct rows_trail trail = {hosts, principals, 0};
    pg_job_init(&job, PG_READ);
    rows_select_names(&job, names, 2, &trail);
    assert_string_equal(param(&job, 5, 0), "{\"node1\",\"new\",\"node1\",\"new\"}");
    assert_string_equal(param(&job, 5, 1), "{f,f,t,t}");
    assert_string_equal(param(&job, 5, 2), "{17,0,9,0}");
    rows_select_audit(&job, &trail);
    assert_string_equal(param(&job, 6, 1), "{f,f,f,t}");
    rows_select_nameless(&job, &trail);
    assert_string_equal(param(&job, 7, 0), "5");
    pg_job_clear(&job);
    trail_done(&trail);
}

static void without_a_copy_the_whole_trail_is_read(void **state)
{
    struct pg_job job;
    const struct rows_trail trail = {revisions_new(), revisions_new(), 0};
    (void)state;
    pg_job_init(&job, PG_READ);
    rows_select_audit(&job, &trail);
    for (size_t i = 0; i < 3; i++)
        assert_string_equal(param(&job, 0, i), "{}");
    assert_false(job.broken);
    pg_job_clear(&job);
    trail_done(&trail);
}

static void all_kinds_of_rows_are_read(void **state)
{
    struct pg_job job;
    struct image image;
    (void)state;
    const struct rows_trail trail = {revisions_new(), revisions_new(), 41};
    pg_job_init(&job, PG_READ);
    pg_statement(&job, "SELECT 1", PG_ANY);
    rows_select_all(&job, &trail);
    assert_int_equal(job.statements, 7);
    assert_string_equal(param(&job, 6, 3), "41");
    row(&job, 1, 2, "node1", "7");
    row(&job, 2, 9, "node1", "db1", "1000", NULL, "2", "", "5", "eve", NULL);
    row(&job, 2, 9, "node1", "db2", "1000", NULL, "2", "", "5", "eve", "6");
    row(&job, 2, 9, "node1", "bad", "-1", NULL, "2", "", "5", "eve", NULL);
    row(&job, 2, 9, "node1", "bad", "x", NULL, "2", "", "5", "eve", NULL);
    row(&job, 2, 9, "node1", "bad", "1", "0", "2", "", "5", "eve", NULL);
    row(&job, 3, 5, "node1", "", "fair", "5", "eve");
    row(&job, 3, 5, "node1", "", "bad", "5", "eve");
    row(&job, 4, 3, "node1", "5", "eve");
    row(&job, 5, 6, "kim", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "operator", "5", "eve",
        "3");
    row(&job, 5, 6, "bad", "BAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB=", "agent", "5", "eve",
        "3");
    row(&job, 5, 6, "gone", NULL, "operator", "5", "eve", "4");
    row(&job, 6, 14, "42", "5", "node1", "db1", "eve", "set-sla", NULL, NULL, NULL, "1000", NULL,
        "2", NULL, "new");
    image_init(&image, true);
    rows_read(&job, 1, &image);
    assert_int_equal(image.skipped, 5);
    assert_string_equal(image.skipped_text, "an SLA of 'node1'");
    assert_int_equal(image.names, 4);
    assert_string_equal(image.name[0].name, "node1");
    assert_int_equal(image.name[0].revision, 7);
    assert_true(image.name[3].principal);
    assert_int_equal(image.name[3].revision, 4);
    assert_int_equal(image.slas, 2);
    assert_false(image.sla[0].gone);
    assert_true(image.sla[1].gone);
    assert_int_equal(image.sla[0].sla.min, 1000);
    assert_true(image.sla[0].sla.max == DAQS_UNLIMITED);
    assert_int_equal(image.policies, 1);
    assert_int_equal(image.policy[0].mode, POLICY_MODE_FAIR);
    assert_int_equal(image.maintenances, 1);
    assert_int_equal(image.principals, 1);
    assert_string_equal(image.principal[0].name, "kim");
    assert_int_equal(image.audits, 1);
    assert_int_equal(image.audit[0].id, 42);
    assert_int_equal(image.audit[0].rate[0], -1);
    assert_int_equal(image.audit[0].rate[3], 1000);
    assert_null(image.audit[0].old_text);
    image_done(&image);
    pg_job_clear(&job);
    trail_done(&trail);
}

static void an_image_is_inserted_in_few_statements(void **state)
{
    enum { ROWS = 1201 };
    struct pg_job job;
    struct image image;
    (void)state;
    image_init(&image, true);
    for (int i = 0; i < ROWS; i++)
        image_add_maintenance(&image, &(struct image_maintenance){"node1", i, "eve"});
    image_add_sla(&image, &(struct image_sla){.host = "node1",
                                              .vm = "db1",
                                              .sla = {1, DAQS_UNLIMITED, 1},
                                              .uuid = "",
                                              .updated_by = "eve"});
    pg_job_init(&job, PG_WRITE);
    rows_insert(&job, &image);
    assert_false(job.broken);
    assert_int_equal(job.statements, 1 + 3 + 1); /* SLA, maintenance, the next number */
    assert_non_null(strstr(job.statement[0].sql, "VALUES ($1,$2,$3,$4,$5,$6,$7,$8)"));
    assert_null(param(&job, 0, 3));
    assert_int_equal(job.statement[1].params, 1500);
    assert_int_equal(job.statement[3].params, 3 * (ROWS - 1000));
    assert_string_equal(param(&job, 3, 3 * (ROWS - 1000) - 2), "1200");
    image_done(&image);
    pg_job_clear(&job);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_quoted),
        cmocka_unit_test(of_the_trail_each_name_is_read_from_its_own_last_record),
        cmocka_unit_test(without_a_copy_the_whole_trail_is_read),
        cmocka_unit_test(all_kinds_of_rows_are_read),
        cmocka_unit_test(an_image_is_inserted_in_few_statements),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
