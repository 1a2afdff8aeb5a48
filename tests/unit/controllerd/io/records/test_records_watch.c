/* SPDX-License-Identifier: Apache-2.0 */
/* What others change in a shared database, and the copy of it. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "shared/base/clock.h"
#include "tests/lib/records_scene.h"

static void what_others_change_is_reloaded(void **state)
{
    struct scene *s = *state;
    assert_true(revisions_set(s->pg->hosts, "node1", 4));
    compare(s, "b", "4");
    assert_null(fake_pg_first(s->pg->client));
    compare(s, "b", "5");
    put_host(s, "5");
    fake_pg_done(s->pg->client);
    assert_int_equal(s->reloads, 1);
    assert_int_equal(revisions_of(s->pg->hosts, "node1"), 5);
    assert_string_equal(s->news, "");
}

/* Ends a reload of the first names that are left, which have this revision there. Returns their
 * number. */
static size_t put_names(struct scene *s, const char *revision)
{
    struct pg_job *job = fake_pg_first(s->pg->client);
    const size_t name = statement_of(s, "SELECT name, revision FROM daqs.host WHERE name = ANY");
    char asked[16384];
    size_t names = 0;
    (void)snprintf(asked, sizeof asked, "%s", fake_pg_param(job, name, 0));
    for (char *word = strtok(asked, "{\",}"); word; word = strtok(NULL, "{\",}"), names++)
        fake_pg_row(job, name, 2, word, revision);
    fake_pg_done(s->pg->client);
    return names;
}

/* A million SLAs, read and believed at once, would keep the loop busy for longer than a lease. */
static void much_that_others_change_is_read_in_parts(void **state)
{
    struct scene *s = *state;
    char name[16];
    s->pg->watch.next_ms = 0;
    tick(s);
    struct pg_job *job = fake_pg_first(s->pg->client);
    fake_pg_row(job, 0, 1, "99");
    fake_pg_row(job, 1, 2, "b", "on");
    for (int i = 0; i < 1100; i++) {
        (void)snprintf(name, sizeof name, "n%d", i);
        assert_true(revisions_set(s->pg->hosts, name, i < 300 ? 3 : 1));
        fake_pg_row(job, 2, 2, name, "2");
    }
    fake_pg_done(s->pg->client);
    for (unsigned i = 0; i < 1100 / 200; i++)
        assert_int_equal(put_names(s, "2"), 200);
    assert_int_equal(s->pg->copy_ms, 0);
    assert_int_equal(put_names(s, "2"), 100);
    assert_null(fake_pg_first(s->pg->client));
    assert_int_equal(s->reloads, 6);
    assert_int_equal(revisions_of(s->pg->hosts, "n0"), 2);
    assert_int_equal(revisions_of(s->pg->hosts, "n1099"), 2);
    assert_int_equal(s->pg->copy_ms, s->pg->wall_ms);
    assert_string_equal(s->news, "2 "); /* RECORDS_WENT_BACK, once */
}

/* With clock_timestamp(), PostgreSQL reads whole tables each second. */
static void a_comparison_uses_the_index_of_times(void **state)
{
    struct scene *s = *state;
    s->pg->watch.next_ms = 0;
    tick(s);
    const struct pg_job *job = fake_pg_first(s->pg->client);
    for (size_t i = 2; i < 4; i++) {
        assert_non_null(strstr(job->statement[i].sql, " WHERE changed_ms > "));
        assert_null(strstr(job->statement[i].sql, "clock_timestamp"));
    }
}

/* Others may change a host between any two comparisons. */
static void what_was_reloaded_is_as_young_as_its_comparison(void **state)
{
    struct scene *s = *state;
    compare(s, "b", "5");
    assert_int_equal(s->pg->copy_ms, 0);
    put_host(s, "5");
    fake_pg_done(s->pg->client);
    assert_int_equal(s->pg->copy_ms, s->pg->wall_ms);
}

static void a_copy_that_lacks_something_gets_no_younger(void **state)
{
    struct scene *s = *state;
    s->pg->copy_failing = true;
    s->pg->copy_due = true;
    s->pg->copy_again_ms = INT64_MAX;
    compare(s, "b", "5");
    put_host(s, "5");
    fake_pg_done(s->pg->client);
    assert_int_equal(s->pg->copy_ms, 0);
}

static void a_database_that_went_back_is_reported_and_believed(void **state)
{
    struct scene *s = *state;
    assert_true(revisions_set(s->pg->hosts, "node1", 4));
    compare(s, "b", "3");
    put_host(s, "3");
    fake_pg_done(s->pg->client);
    assert_string_equal(s->news, "2 "); /* RECORDS_WENT_BACK */
    assert_int_equal(revisions_of(s->pg->hosts, "node1"), 3);
}

static void a_host_that_is_being_changed_is_compared_later(void **state)
{
    struct scene *s = *state;
    struct change c;
    assert_true(revisions_set(s->pg->hosts, "node1", 4));
    s->pg->watch.next_ms = 0;
    tick(s); /* the comparison is asked first */
    submit(s, &c, "eve");
    struct pg_job *job = fake_pg_first(s->pg->client);
    fake_pg_row(job, 0, 1, "99");
    fake_pg_row(job, 2, 2, "node1", "5");
    fake_pg_done(s->pg->client);
    (void)statement_of(s, "UPDATE daqs.host SET revision"); /* no reload is before it */
    fake_pg_fail(s->pg->client, PG_NOT_DONE, PG_CLASS_OTHER, NULL);
    end_change(&c, DAQS_ESTORE);
}

static void a_new_connection_means_that_all_is_compared(void **state)
{
    struct scene *s = *state;
    assert_true(revisions_set(s->pg->hosts, "node1", 4));
    fake_pg_status(s->pg->client)->connects = 2;
    compare(s, "b", NULL); /* the host is not there */
    fake_pg_done(s->pg->client);
    assert_string_equal(s->news, "2 ");
    assert_int_equal(revisions_of(s->pg->hosts, "node1"), 0);
}

static void standbys_that_go_and_come_are_reported(void **state)
{
    struct scene *s = *state;
    compare(s, "b", NULL);
    compare(s, "", NULL);
    compare(s, "", NULL);
    compare(s, "b", NULL);
    assert_string_equal(s->news, "3 4 "); /* RECORDS_NOT_DURABLE, RECORDS_DURABLE */
}

/* --- the schema, after a start without the database --- */

static void start_away(struct scene *s)
{
    s->pg->schema_known = s->pg->loaded = false;
    s->pg->watch.next_ms = 0;
    tick(s);
    (void)statement_of(s, "SELECT version, sha256, needs FROM daqs.migration");
}

/* The database needs a program with this version, and has this number. */
static void answer_schema(struct scene *s, const char *sha256, const char *needs,
                          const char *number)
{
    struct pg_job *job = fake_pg_first(s->pg->client);
    for (int i = 0; i < pg_migrations_count; i++) {
        char version[16];
        (void)snprintf(version, sizeof version, "%d", i + 1);
        fake_pg_row(job, 0, 3, version, sha256 ? sha256 : pg_migrations[i].sha256, needs);
    }
    fake_pg_row(job, 1, 1, number);
    fake_pg_done(s->pg->client);
}

static void after_two_seconds(struct scene *s)
{
    s->pg->failing_ms -= AWAY_MS + 100;
    s->pg->watch.next_ms = INT64_MAX;
    tick(s);
}

static void the_schema_is_checked_before_anything_is_read(void **state)
{
    struct scene *s = *state;
    start_away(s);
    answer_schema(s, NULL, "1", "99");
    assert_true(s->pg->schema_known);
    tick(s);
    (void)statement_of(s, "SELECT value, ");
    fake_pg_fail(s->pg->client, PG_NOT_DONE, PG_CLASS_SILENT, NULL);
    assert_string_equal(s->news, "");
}

static void a_schema_that_is_too_new_is_reported(void **state)
{
    struct scene *s = *state;
    struct daqs_error err = {0};
    start_away(s);
    fake_pg_fail(s->pg->client, PG_NOT_DONE, PG_CLASS_UNAVAILABLE, NULL);
    assert_int_equal(s->pg->failing_ms, 0);
    s->pg->away_since_ms = 1; /* which was reported */
    start_away(s);
    answer_schema(s, NULL, "1000", "99");
    assert_false(s->pg->schema_known);
    after_two_seconds(s);
    assert_string_equal(s->news, "0 "); /* RECORDS_AWAY, with another reason */
    assert_true(records_pg_is_unknown(s->pg, &err));
    assert_non_null(strstr(err.text, "use a newer program"));
    after_two_seconds(s);
    assert_string_equal(s->news, "0 "); /* once */
}

static void a_schema_that_is_strange_is_reported(void **state)
{
    struct scene *s = *state;
    start_away(s);
    answer_schema(s, "abc", "1", "99");
    assert_non_null(strstr(s->pg->failure, "differs from this program's"));
    start_away(s);
    answer_schema(s, NULL, "1", "98");
    assert_non_null(strstr(s->pg->failure, "another fleet's"));
    start_away(s);
    pg_job_end(fake_pg_first(s->pg->client), PG_NOT_DONE, PG_CLASS_SCHEMA, 0, "42P01", "no table");
    fake_pg_end(s->pg->client);
    assert_non_null(strstr(s->pg->failure, "no schema of DAQS"));
    assert_null(fake_pg_first(s->pg->client)); /* none is made */
    assert_false(s->pg->schema_known);
}

/* --- keys --- */

static const char theirs[] = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="; /* of zeroes */

/* kim, with revision 2, is revoked while the database is silent. */
static void revoke_in_vain(struct scene *s, struct records_principal *job)
{
    static bool done;
    done = false;
    *job = (struct records_principal){.name = "kim", .remove = true, .by = "eve"};
    assert_true(revisions_set(s->pg->principals, "kim", 2));
    revisions_copied(s->pg->principals, "kim", 2);
    job->base.done = set_flag;
    job->base.context = &done;
    assert_int_equal(records_write_principal(&s->pg->base, job), DAQS_OK);
    fake_pg_fail(s->pg->client, PG_NOT_DONE, PG_CLASS_SILENT, NULL);
    assert_true(done);
}

static size_t left_with_key(struct scene *s, const char *key)
{
    struct image image;
    image_init(&image, false);
    image_add_name(&image, &(struct image_name){"kim", true, 3});
    image_add_principal(&image,
                        &(struct image_principal){
                            .name = "kim", .key = key, .role = ROLE_AGENT, .enrolled_by = ""});
    records_pg_leave_out_revoked(s->pg, &image);
    const size_t left = image.principals;
    image_done(&image);
    return left;
}

static void a_revocation_that_is_refused_is_stored_later(void **state)
{
    struct scene *s = *state;
    struct records_principal job;
    revoke_in_vain(s, &job);
    assert_int_equal(left_with_key(s, theirs), 0); /* it is not let in again */
    compare(s, "b", NULL);
    (void)statement_of(s, "UPDATE daqs.principal SET key = NULL");
    fake_pg_done(s->pg->client);
    const time_t end = time(NULL) + PATIENCE_S;
    while (s->pg->revoked) {
        assert_true(time(NULL) < end);
        store_reap(s->box->store);
    }
}

static void a_revocation_is_stored_although_others_change_something(void **state)
{
    struct scene *s = *state;
    struct records_principal job;
    revoke_in_vain(s, &job);
    compare(s, "b", "4");
    put_host(s, "4");
    fake_pg_done(s->pg->client);
    (void)statement_of(s, "UPDATE daqs.principal SET key = NULL");
    fake_pg_fail(s->pg->client, PG_NOT_DONE, PG_CLASS_OTHER, NULL);
}

static void a_revocation_is_of_its_key_not_of_a_later_one(void **state)
{
    struct scene *s = *state;
    struct records_principal job;
    revoke_in_vain(s, &job);
    assert_int_equal(left_with_key(s, "BBBBAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="), 1);
    assert_null(s->pg->revoked);
    compare(s, "b", NULL);
    assert_null(fake_pg_first(s->pg->client)); /* nothing is revoked */
}

/* --- the audit trail --- */

/* Another member's record has a lower number, and is committed later. */
static void what_is_read_of_the_trail_does_not_depend_on_other_names(void **state)
{
    struct scene *s = *state;
    struct change c;
    submit(s, &c, "eve");
    put_host(s, "1");
    fake_pg_done(s->pg->client);
    wait_for(s->box->store, &c.done);
    end_change(&c, DAQS_OK);
    s->pg->watch.next_ms = 0;
    tick(s);
    fake_pg_row(fake_pg_first(s->pg->client), 0, 1, "99");
    fake_pg_row(fake_pg_first(s->pg->client), 2, 2, "node2", "1");
    fake_pg_done(s->pg->client);
    const struct pg_job *job = fake_pg_first(s->pg->client);
    const size_t trail = statement_of(s, "SELECT a.id");
    assert_string_equal(fake_pg_param(job, trail, 0), "{\"node2\",\"node2\"}");
    assert_string_equal(fake_pg_param(job, trail, 2), "{0,0}");
    assert_int_equal(revisions_seen(s->pg->hosts, "node1"), 17);
}

/* What was reloaded of the name is not in the copy yet when a change of it is. */
static void a_change_after_a_reload_leaves_no_hole(void **state)
{
    struct scene *s = *state;
    struct change c;
    compare(s, "b", "4");
    put_host(s, "4");
    fake_pg_done(s->pg->client); /* its copy is under way */
    submit(s, &c, "eve");
    struct pg_job *job = fake_pg_first(s->pg->client);
    const size_t name = statement_of(s, "SELECT name, revision FROM daqs.host");
    fake_pg_row(job, name, 2, "node1", "5");
    fake_pg_row(job, name + 5, 14, "21", "5", "node1", "db1", "eve", "set-sla", NULL, NULL, NULL,
                "1000000000", NULL, "1", NULL, NULL);
    fake_pg_done(s->pg->client);
    wait_for(s->box->store, &c.done);
    end_change(&c, DAQS_OK);
    assert_int_equal(revisions_seen(s->pg->hosts, "node1"), 17);
    assert_false(revisions_is_copied(s->pg->hosts, "node1"));
    compare(s, "b", "5");
    assert_string_equal(
        fake_pg_param(fake_pg_first(s->pg->client), statement_of(s, "SELECT a.id"), 2), "{17,0}");
}

static void records_of_no_name_are_copied(void **state)
{
    struct scene *s = *state;
    s->pg->watch.next_ms = 0;
    tick(s);
    struct pg_job *job = fake_pg_first(s->pg->client);
    fake_pg_row(job, 0, 1, "99");
    fake_pg_row(job, statement_of(s, "SELECT a.id"), 14, "21", "5", "", "", "eve", "take-over",
                NULL, NULL, NULL, NULL, NULL, NULL, "1", "2");
    fake_pg_done(s->pg->client);
    const time_t end = time(NULL) + PATIENCE_S;
    while (revisions_seen(s->pg->hosts, "") != 21) {
        assert_true(time(NULL) < end);
        store_reap(s->box->store);
    }
    assert_int_equal(number(s->box, "SELECT id FROM audit WHERE what = 'take-over'"), 21);
}

/* The disk was full when all was read. */
static void a_copy_that_lacks_much_is_completed_in_parts(void **state)
{
    struct scene *s = *state;
    char name[16];
    for (int i = 0; i < 1500; i++) {
        (void)snprintf(name, sizeof name, "n%d", i);
        assert_true(revisions_set(s->pg->hosts, name, 1));
    }
    s->pg->copy_due = true;
    compare(s, "b", NULL);
    assert_int_equal(s->pg->watch.step, WATCH_RELOAD);
    assert_false(s->pg->watch.whole);
    assert_int_equal(s->pg->watch.names, 1000);
    assert_true(s->pg->copy_due);
}

/* --- what is not valid --- */

static void a_name_that_is_not_valid_is_not_read_again_and_again(void **state)
{
    struct scene *s = *state;
    s->pg->watch.next_ms = 0;
    tick(s);
    fake_pg_row(fake_pg_first(s->pg->client), 0, 1, "99");
    fake_pg_row(fake_pg_first(s->pg->client), 2, 2, "no\nname", "1");
    fake_pg_done(s->pg->client);
    assert_null(fake_pg_first(s->pg->client));
    assert_string_equal(s->pg->skipped_text, "the revision of 'no?name'");
}

/* In what is believed, and in the copy, of which the next start makes the ledger. */
static void an_sla_that_is_not_valid_is_kept(void **state)
{
    struct scene *s = *state;
    struct change c;
    compare(s, "b", "4");
    put_host_weight(s, "4", "0");
    fake_pg_done(s->pg->client);
    assert_int_equal(s->reads, 1);
    assert_int_equal(s->reloads, 1);
    submit(s, &c, "eve");
    put_host_weight(s, "5", "0");
    fake_pg_done(s->pg->client);
    wait_for(s->box->store, &c.done);
    end_change(&c, DAQS_OK);
    assert_int_equal(s->reads, 2);
    assert_int_equal(number(s->box, "SELECT count(*) FROM sla WHERE updated_by = 'kim'"), 1);
    assert_string_equal(s->pg->skipped_text, "an SLA of 'node1'");
}

/* --- all of it --- */

/* Changes neither delay it for good nor are they refused meanwhile. */
static void all_is_read_between_two_changes(void **state)
{
    struct scene *s = *state;
    struct change first;
    struct change second;
    s->pg->whole_due = true;
    s->pg->watch.next_ms = 0;
    tick(s); /* the comparison is asked first */
    submit(s, &first, "eve");
    submit(s, &second, "eve");
    fake_pg_row(fake_pg_first(s->pg->client), 0, 1, "99");
    fake_pg_done(s->pg->client);
    assert_int_equal(s->pg->watch.step, WATCH_HELD);
    fake_pg_fail(s->pg->client, PG_NOT_DONE, PG_CLASS_OTHER, NULL);
    end_change(&first, DAQS_ESTORE);
    tick(s);
    assert_int_equal(s->pg->watch.step, WATCH_RELOAD);
    assert_false(second.done);
    put_host(s, "3");
    fake_pg_done(s->pg->client);
    assert_false(s->pg->whole_due);
    assert_int_equal(s->reloads, 1);
    tick(s);
    (void)statement_of(s, "UPDATE daqs.host SET revision"); /* it has its turn */
    fake_pg_fail(s->pg->client, PG_NOT_DONE, PG_CLASS_OTHER, NULL);
    end_change(&second, DAQS_ESTORE);
}

static void without_waiting_for_a_standby_nothing_is_durable(void **state)
{
    struct scene *s = *state;
    records_pg_note_standbys(s->pg, "b", "on");
    records_pg_note_standbys(s->pg, "b", "local");
    assert_false(s->pg->durable);
    records_pg_note_standbys(s->pg, "b", "remote_apply");
    records_pg_note_standbys(s->pg, "b", "off");
    assert_string_equal(s->news, "3 4 3 ");
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up_records, tear_down_records)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(what_others_change_is_reloaded),
        CASE(much_that_others_change_is_read_in_parts),
        CASE(a_comparison_uses_the_index_of_times),
        CASE(what_was_reloaded_is_as_young_as_its_comparison),
        CASE(a_copy_that_lacks_something_gets_no_younger),
        CASE(a_database_that_went_back_is_reported_and_believed),
        CASE(a_host_that_is_being_changed_is_compared_later),
        CASE(a_new_connection_means_that_all_is_compared),
        CASE(standbys_that_go_and_come_are_reported),
        CASE(the_schema_is_checked_before_anything_is_read),
        CASE(a_schema_that_is_too_new_is_reported),
        CASE(a_schema_that_is_strange_is_reported),
        CASE(a_revocation_that_is_refused_is_stored_later),
        CASE(a_revocation_is_stored_although_others_change_something),
        CASE(a_revocation_is_of_its_key_not_of_a_later_one),
        CASE(what_is_read_of_the_trail_does_not_depend_on_other_names),
        CASE(a_change_after_a_reload_leaves_no_hole),
        CASE(records_of_no_name_are_copied),
        CASE(a_copy_that_lacks_much_is_completed_in_parts),
        CASE(a_name_that_is_not_valid_is_not_read_again_and_again),
        CASE(an_sla_that_is_not_valid_is_kept),
        CASE(all_is_read_between_two_changes),
        CASE(without_waiting_for_a_standby_nothing_is_durable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
