/* SPDX-License-Identifier: Apache-2.0 */
/* Changes of records in a shared database. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "shared/base/clock.h"
#include "tests/lib/records_scene.h"

static void a_change_is_stored_then_copied_then_told(void **state)
{
    struct scene *s = *state;
    struct change c;
    submit(s, &c, "eve");
    const size_t cas = statement_of(s, "UPDATE daqs.host SET revision");
    assert_int_equal(fake_pg_first(s->pg->client)->statement[cas].rule, PG_CHANGES_ONE);
    assert_string_equal(fake_pg_param(fake_pg_first(s->pg->client), cas, 1), "0");
    assert_true(statement_of(s, "INSERT INTO daqs.host") < cas);
    assert_true(statement_of(s, "UPDATE daqs.host SET changed_ms") >
                statement_of(s, "INSERT INTO daqs.audit"));
    put_host(s, "1");
    fake_pg_done(s->pg->client);
    assert_false(c.done);
    wait_for(s->box->store, &c.done);
    end_change(&c, DAQS_OK);
    assert_int_equal(revisions_of(s->pg->hosts, "node1"), 1);
    assert_int_equal(number(s->box, "SELECT min_bps FROM sla WHERE host = 'node1'"), gold.min);
    assert_int_equal(number(s->box, "SELECT id FROM audit"), 17);
    submit(s, &c, "eve"); /* now on the revision that is known */
    const size_t next = statement_of(s, "UPDATE daqs.host SET revision");
    assert_string_equal(fake_pg_param(fake_pg_first(s->pg->client), next, 1), "1");
    fake_pg_fail(s->pg->client, PG_NOT_DONE, PG_CLASS_SILENT, NULL);
    end_change(&c, DAQS_ETIMEOUT);
}

static void that_a_vm_has_left_is_stored_without_a_record(void **state)
{
    struct scene *s = *state;
    struct change c = {.job = {.at_ms = 5, .by = "controller"}};
    changeset_init(&c.job.changeset);
    for (int gone = 0; gone < 2; gone++) {
        struct ledger_change *change =
            changeset_add(&c.job.changeset, LEDGER_LEARN, "node1", gone ? "db1" : "db2", NULL);
        assert_non_null(change);
        change->has_new = true;
        change->gone = gone;
    }
    c.job.base.done = set_flag;
    c.job.base.context = &c.done;
    assert_int_equal(records_write_changeset(&s->pg->base, &c.job), DAQS_OK);
    const struct pg_job *job = fake_pg_first(s->pg->client);
    const size_t first = statement_of(s, "UPDATE daqs.sla SET uuid = $3, gone_ms = $4");
    assert_null(fake_pg_param(job, first, 3));
    assert_string_equal(fake_pg_param(job, first + 1, 3), "5");
    for (size_t i = 0; i < job->statements; i++)
        assert_null(strstr(job->statement[i].sql, "INSERT INTO daqs.audit"));
    fake_pg_fail(s->pg->client, PG_NOT_DONE, PG_CLASS_SILENT, NULL);
    end_change(&c, DAQS_ETIMEOUT);
}

static void who_asked_is_found_first(void **state)
{
    struct scene *s = *state;
    struct change c;
    submit(s, &c, "");
    assert_null(fake_pg_first(s->pg->client));
    const time_t end = time(NULL) + PATIENCE_S;
    while (!fake_pg_first(s->pg->client)) {
        assert_true(time(NULL) < end);
        store_reap(s->box->store);
    }
    assert_true(*c.job.by);
    fake_pg_fail(s->pg->client, PG_NOT_DONE, PG_CLASS_OTHER, NULL);
    end_change(&c, DAQS_ESTORE);
}

static void a_change_that_others_were_before_is_told_after_the_reload(void **state)
{
    struct scene *s = *state;
    struct change c;
    submit(s, &c, "eve");
    fake_pg_fail(s->pg->client, PG_NOT_DONE, PG_CLASS_CONFLICT, NULL);
    assert_false(c.done);
    assert_in_range(fake_pg_first(s->pg->client)->pause_ms, 0, FATE_PAUSE_STEP_MS);
    put_host(s, "8");
    fake_pg_done(s->pg->client);
    end_change(&c, DAQS_ESTALE);
    assert_int_equal(s->reloads, 1);
    assert_int_equal(revisions_of(s->pg->hosts, "node1"), 8);
}

static void a_collision_is_sent_again(void **state)
{
    struct scene *s = *state;
    struct change c;
    submit(s, &c, "eve");
    fake_pg_fail(s->pg->client, PG_NOT_DONE, PG_CLASS_AGAIN, NULL);
    assert_int_equal(statement_of(s, "INSERT INTO daqs.host"), 1);
    fake_pg_fail(s->pg->client, PG_NOT_DONE, PG_CLASS_OTHER, NULL);
    end_change(&c, DAQS_ESTORE);
}

/* a is known, b and c are new. Returns the begin of the statements that lock rows of hosts. */
static const char *locks_of(const struct scene *s)
{
    static char text[128];
    const struct pg_job *job = fake_pg_first(s->pg->client);
    text[0] = '\0';
    for (size_t i = 0; i < job->statements; i++) {
        const char *sql = job->statement[i].sql;
        const size_t used = strlen(text);
        if (strncmp(sql, "INSERT INTO daqs.host", 21) == 0 ||
            strncmp(sql, "UPDATE daqs.host SET revision", 29) == 0 || strstr(sql, "FOR UPDATE"))
            (void)snprintf(text + used, sizeof text - used, "%.6s %s ", sql,
                           fake_pg_param(job, i, 0));
    }
    return text;
}

/* The order of the names is that of all locks: also a row that is made is one. */
static void hosts_are_locked_one_after_another_also_new_ones(void **state)
{
    static const char *const host[] = {"c", "a", "b"};
    struct scene *s = *state;
    struct change c = {.job = {.at_ms = 5, .by = "eve"}};
    changeset_init(&c.job.changeset);
    for (size_t i = 0; i < 3; i++) {
        struct ledger_change *change =
            changeset_add(&c.job.changeset, LEDGER_SET, host[i], "db1", NULL);
        assert_non_null(change);
        change->has_new = true;
        change->new_sla = gold;
    }
    c.job.base.done = set_flag;
    c.job.base.context = &c.done;
    assert_true(revisions_set(s->pg->hosts, "a", 7));
    assert_int_equal(records_write_changeset(&s->pg->base, &c.job), DAQS_OK);
    assert_string_equal(locks_of(s), "UPDATE a INSERT b UPDATE b INSERT c UPDATE c ");
    fake_pg_fail(s->pg->client, PG_UNKNOWN, PG_CLASS_UNAVAILABLE, NULL);
    assert_string_equal(locks_of(s), "SELECT a INSERT b SELECT b INSERT c SELECT c ");
    fake_pg_row(fake_pg_first(s->pg->client), statement_of(s, "SELECT 1 FROM daqs.audit"), 1, "1");
    fake_pg_done(s->pg->client);
    end_change(&c, DAQS_OK);
}

/* --- a COMMIT without an answer --- */

static void doubt(struct scene *s, struct change *c, enum pg_class class)
{
    submit(s, c, "eve");
    fake_pg_fail(s->pg->client, PG_UNKNOWN, class, NULL);
    assert_false(c->done);
    (void)statement_of(s, "SELECT 1 FROM daqs.host");
}

/* Others may have changed the same host since: that is found by the revision. */
static void what_is_found_is_stored(void **state)
{
    struct scene *s = *state;
    struct change c;
    doubt(s, &c, PG_CLASS_UNAVAILABLE);
    fake_pg_row(fake_pg_first(s->pg->client), statement_of(s, "SELECT 1 FROM daqs.audit"), 1, "1");
    fake_pg_done(s->pg->client);
    end_change(&c, DAQS_OK);
    assert_true(s->pg->loaded);
    assert_int_equal(s->pg->watch.connects, 0); /* all is compared */
}

static void what_is_not_found_is_not_stored(void **state)
{
    struct scene *s = *state;
    struct change c;
    doubt(s, &c, PG_CLASS_UNAVAILABLE);
    struct pg_job *job = fake_pg_first(s->pg->client);
    pg_job_end(job, PG_DONE, PG_CLASS_NONE, PG_NO_STATEMENT, NULL, NULL);
    fake_pg_end(s->pg->client);
    end_change(&c, DAQS_EIO);
    assert_false(c.job.base.unknown);
}

static void a_look_without_an_answer_is_repeated_and_then_unknown(void **state)
{
    struct scene *s = *state;
    struct change c;
    doubt(s, &c, PG_CLASS_UNAVAILABLE);
    fake_pg_fail(s->pg->client, PG_NOT_DONE, PG_CLASS_UNAVAILABLE, NULL);
    assert_false(c.done);
    s->pg->ops->fate.doubt_ms -= FATE_LOOK_MS;
    fake_pg_fail(s->pg->client, PG_NOT_DONE, PG_CLASS_UNAVAILABLE, NULL);
    end_change(&c, DAQS_ETIMEOUT);
    assert_true(c.job.base.unknown);
    assert_int_equal(s->pg->watch.connects, 0); /* all is compared */
}

static void with_quorum_one_server_is_not_enough(void **state)
{
    struct scene *s = *state;
    struct change c;
    s->pg->given.quorum = true;
    doubt(s, &c, PG_CLASS_NOT_REPLICATED);
    fake_pg_row(fake_pg_first(s->pg->client), statement_of(s, "SELECT 1 FROM daqs.audit"), 1, "1");
    fake_pg_done(s->pg->client);
    end_change(&c, DAQS_ETIMEOUT);
    assert_true(c.job.base.unknown);
}

/* --- refusals --- */

static void a_silent_database_refuses_at_once(void **state)
{
    struct scene *s = *state;
    struct change c;
    fake_pg_status(s->pg->client)->asked_ms = daqs_mono_ms(daqs_clock_system()) - 12500;
    submit(s, &c, "eve");
    assert_null(fake_pg_first(s->pg->client));
    assert_false(c.done);
    tick(s);
    end_change(&c, DAQS_EIO);
    assert_string_equal(c.job.base.error.text,
                        "the shared database does not answer (12 s now); limits in force stay");
    tick(s);
    assert_string_equal(s->news, "0 "); /* RECORDS_AWAY, once */
}

/* The database works on a change of many SLAs. */
static void a_long_change_is_no_silence(void **state)
{
    struct scene *s = *state;
    struct change c = {.job = {.at_ms = 5, .by = "eve"}};
    changeset_init(&c.job.changeset);
    for (int i = 0; i <= MANY; i++) {
        char vm[16];
        (void)snprintf(vm, sizeof vm, "vm%d", i);
        struct ledger_change *change =
            changeset_add(&c.job.changeset, LEDGER_SET, "node1", vm, NULL);
        assert_non_null(change);
        change->has_new = true;
        change->new_sla = gold;
    }
    c.job.base.done = set_flag;
    c.job.base.context = &c.done;
    assert_int_equal(records_write_changeset(&s->pg->base, &c.job), DAQS_OK);
    assert_true(fake_pg_first(s->pg->client)->statements < 30); /* many rows in each */
    fake_pg_status(s->pg->client)->asked_ms = daqs_mono_ms(daqs_clock_system()) - 12500;
    s->pg->watch.step = WATCH_COMPARE; /* none is begun */
    tick(s);
    assert_string_equal(s->news, "");
    s->pg->watch.step = WATCH_IDLE;
    fake_pg_fail(s->pg->client, PG_NOT_DONE, PG_CLASS_OTHER, NULL);
    end_change(&c, DAQS_ESTORE);
}

static void quorum_refuses_while_there_is_no_standby(void **state)
{
    struct scene *s = *state;
    struct change c;
    s->pg->given.quorum = s->pg->durable_known = true;
    submit(s, &c, "eve");
    tick(s);
    end_change(&c, DAQS_EIO);
    assert_non_null(strstr(c.job.base.error.text, "quorum"));
}

static void nothing_is_stored_before_all_is_read(void **state)
{
    struct scene *s = *state;
    struct change c;
    s->pg->loaded = false;
    submit(s, &c, "eve");
    tick(s);
    end_change(&c, DAQS_EIO);
}

/* --- its turn --- */

/* What is decided on is compared, even if more is known when it is sent. */
static void a_change_is_compared_with_what_it_was_decided_on(void **state)
{
    struct scene *s = *state;
    struct change first;
    struct change second;
    submit(s, &first, "eve");
    submit(s, &second, "eve");
    put_host(s, "1");
    fake_pg_done(s->pg->client);
    wait_for(s->box->store, &first.done);
    end_change(&first, DAQS_OK);
    const size_t cas = statement_of(s, "UPDATE daqs.host SET revision");
    assert_string_equal(fake_pg_param(fake_pg_first(s->pg->client), cas, 1), "0");
    fake_pg_fail(s->pg->client, PG_NOT_DONE, PG_CLASS_OTHER, NULL);
    end_change(&second, DAQS_ESTORE);
}

static void a_change_is_refused_when_its_turn_comes(void **state)
{
    struct scene *s = *state;
    struct change first;
    struct change second;
    submit(s, &first, "eve");
    submit(s, &second, "eve");
    fake_pg_status(s->pg->client)->asked_ms = daqs_mono_ms(daqs_clock_system()) - 2500;
    fake_pg_fail(s->pg->client, PG_NOT_DONE, PG_CLASS_SILENT, NULL);
    assert_null(fake_pg_first(s->pg->client));
    end_change(&first, DAQS_ETIMEOUT);
    end_change(&second, DAQS_EIO);
}

static void a_change_is_bounded_from_when_it_was_asked_for(void **state)
{
    struct scene *s = *state;
    struct change c;
    submit_late(s, &c, 1500);
    const struct pg_job *job = fake_pg_first(s->pg->client);
    assert_in_range(job->limit_ms, 100, LIMIT_MS - 1500);
    fake_pg_fail(s->pg->client, PG_NOT_DONE, PG_CLASS_CONFLICT, NULL);
    assert_in_range(fake_pg_first(s->pg->client)->limit_ms, 100, LIMIT_MS - 1500); /* the reload */
    put_host(s, "8");
    fake_pg_done(s->pg->client);
    end_change(&c, DAQS_ESTALE);
    submit_late(s, &c, LIMIT_MS);
    assert_null(fake_pg_first(s->pg->client));
    end_change(&c, DAQS_EBUSY);
    fake_pg_status(s->pg->client)->asked_ms = daqs_mono_ms(daqs_clock_system()) - 1850;
    submit_late(s, &c, LIMIT_MS);
    end_change(&c, DAQS_ETIMEOUT);
    assert_string_equal(c.job.base.error.text,
                        "the shared database does not answer (1 s now); limits in force stay");
}

static void one_that_met_others_until_its_time_was_over_says_so(void **state)
{
    struct scene *s = *state;
    struct change first;
    struct change c;
    submit(s, &first, "eve");
    submit_late(s, &c, LIMIT_MS);
    c.job.base.tries = 3;
    fake_pg_fail(s->pg->client, PG_NOT_DONE, PG_CLASS_OTHER, NULL);
    end_change(&first, DAQS_ESTORE);
    end_change(&c, DAQS_EBUSY);
    assert_string_equal(c.job.base.error.text, FATE_BUSY_TEXT);
}

static void a_change_of_many_rows_takes_no_time_of_the_next_one(void **state)
{
    struct scene *s = *state;
    struct change c;
    s->pg->long_ms = daqs_mono_ms(daqs_clock_system()) - 100;
    submit_late(s, &c, 20000);
    assert_in_range(fake_pg_first(s->pg->client)->limit_ms, LIMIT_MS / 2, LIMIT_MS - 100);
    fake_pg_fail(s->pg->client, PG_NOT_DONE, PG_CLASS_OTHER, NULL);
    end_change(&c, DAQS_ESTORE);
}

/* One may be in doubt for long. */
static void changes_that_wait_are_refused_once_the_database_is_away(void **state)
{
    struct scene *s = *state;
    struct change first;
    struct change second;
    submit(s, &first, "eve");
    submit(s, &second, "eve");
    tick(s);
    assert_false(second.done);
    fake_pg_status(s->pg->client)->asked_ms = daqs_mono_ms(daqs_clock_system()) - AWAY_MS - 500;
    tick(s);
    end_change(&second, DAQS_EIO);
    assert_false(first.done);
    fake_pg_fail(s->pg->client, PG_NOT_DONE, PG_CLASS_SILENT, NULL);
    end_change(&first, DAQS_ETIMEOUT);
}

/* --- another database --- */

static void end_guard(struct scene *s)
{
    struct pg_job *job = fake_pg_first(s->pg->client);
    assert_int_equal(statement_of(s, "SELECT 1 FROM daqs.meta"), 0);
    assert_int_equal(job->statement[0].rule, PG_CHANGES_ONE);
    assert_string_equal(fake_pg_param(job, 0, 0), "99");
    pg_job_end(job, PG_NOT_DONE, PG_CLASS_CONFLICT, 0, NULL, NULL);
    fake_pg_end(s->pg->client);
}

static void another_database_is_not_written(void **state)
{
    struct scene *s = *state;
    struct change c;
    submit(s, &c, "eve");
    end_guard(s);
    end_change(&c, DAQS_EREFUSED);
    assert_null(fake_pg_first(s->pg->client)); /* nor read */
    submit(s, &c, "eve");
    tick(s);
    end_change(&c, DAQS_EIO);
    assert_non_null(strstr(c.job.base.error.text, "another one now"));
}

static void another_database_does_not_know_whether_it_is_stored(void **state)
{
    struct scene *s = *state;
    struct change c;
    doubt(s, &c, PG_CLASS_UNAVAILABLE);
    end_guard(s);
    end_change(&c, DAQS_ETIMEOUT);
    assert_true(c.job.base.unknown);
}

/* --- the copy --- */

static void a_copy_that_is_not_written_refuses_nothing(void **state)
{
    struct scene *s = *state;
    struct change c;
    compare(s, "b", NULL);
    run(s->box, "CREATE TRIGGER full BEFORE INSERT ON sla BEGIN SELECT RAISE(ABORT, 'full'); END");
    for (int i = 1; i <= 3; i++) {
        if (i == 3)
            run(s->box, "DROP TRIGGER full");
        submit(s, &c, "eve");
        put_host(s, i == 1 ? "1" : i == 2 ? "2" : "3");
        fake_pg_done(s->pg->client);
        wait_for(s->box->store, &c.done);
        end_change(&c, DAQS_OK);
    }
    assert_int_equal(number(s->box, "SELECT min_bps FROM sla WHERE host = 'node1'"), gold.min);
    assert_int_equal(number(s->box, "SELECT count(*) FROM audit"), 0); /* all together, later */
    compare(s, "b", "3"); /* not before some seconds have passed */
    assert_null(fake_pg_first(s->pg->client));
    s->pg->copy_again_ms = 0;
    compare(s, "b", "3");
    assert_string_equal(
        fake_pg_param(fake_pg_first(s->pg->client), statement_of(s, "SELECT a.id"), 2), "{0,0}");
    put_host(s, "3");
    fake_pg_done(s->pg->client);
    const time_t end = time(NULL) + PATIENCE_S;
    while (!revisions_is_copied(s->pg->hosts, "node1")) {
        assert_true(time(NULL) < end);
        store_reap(s->box->store);
    }
    assert_int_equal(number(s->box, "SELECT count(*) FROM audit"), 1);
    assert_int_equal(revisions_seen(s->pg->hosts, "node1"), 17);
    compare(s, "b", "3");
    assert_null(fake_pg_first(s->pg->client));
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up_records, tear_down_records)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_change_is_stored_then_copied_then_told),
        CASE(that_a_vm_has_left_is_stored_without_a_record),
        CASE(who_asked_is_found_first),
        CASE(a_change_that_others_were_before_is_told_after_the_reload),
        CASE(a_collision_is_sent_again),
        CASE(hosts_are_locked_one_after_another_also_new_ones),
        CASE(what_is_found_is_stored),
        CASE(what_is_not_found_is_not_stored),
        CASE(a_look_without_an_answer_is_repeated_and_then_unknown),
        CASE(with_quorum_one_server_is_not_enough),
        CASE(a_silent_database_refuses_at_once),
        CASE(a_long_change_is_no_silence),
        CASE(quorum_refuses_while_there_is_no_standby),
        CASE(nothing_is_stored_before_all_is_read),
        CASE(a_change_is_compared_with_what_it_was_decided_on),
        CASE(a_change_is_refused_when_its_turn_comes),
        CASE(a_change_is_bounded_from_when_it_was_asked_for),
        CASE(one_that_met_others_until_its_time_was_over_says_so),
        CASE(a_change_of_many_rows_takes_no_time_of_the_next_one),
        CASE(changes_that_wait_are_refused_once_the_database_is_away),
        CASE(another_database_is_not_written),
        CASE(another_database_does_not_know_whether_it_is_stored),
        CASE(a_copy_that_is_not_written_refuses_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
