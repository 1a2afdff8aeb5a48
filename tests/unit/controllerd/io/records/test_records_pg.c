/* SPDX-License-Identifier: Apache-2.0 */
/* The engine with a fake client, and a real store for its copy. */
#include "tests/lib/store_box.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "controllerd/io/records/records_pg_internal.h"
#include "shared/base/clock.h"
#include "tests/lib/fake_pg.h"

static const struct sla gold = {.min = 1000000000, .max = DAQS_UNLIMITED, .weight = 1};

struct scene {
    struct box *box;
    struct records_pg *pg;
    unsigned reloads;
    char news[256];
};

static void on_reloaded(void *arg, const struct image *image)
{
    struct scene *s = arg;
    (void)image;
    s->reloads++;
}

static void on_news(void *arg, enum records_news news, int64_t since_ms, const char *text)
{
    struct scene *s = arg;
    const size_t used = strlen(s->news);
    (void)since_ms;
    (void)text;
    (void)snprintf(s->news + used, sizeof s->news - used, "%d ", (int)news);
}

static int set_up(void **state)
{
    struct scene *s = calloc(1, sizeof *s);
    *state = s;
    if (!s || make_store((void **)&s->box) != 0)
        return -1;
    s->pg = calloc(1, sizeof *s->pg);
    if (!s->pg)
        return -1;
    *s->pg = (struct records_pg){
        .base = {.engine = &records_pg_engine},
        .given = {.store = s->box->store, .local = s->box->records, .stale_ms = 1},
        .listener = {.reloaded = on_reloaded, .say = on_news, .arg = s},
        .client = pg_client_new("", "", NULL),
        .hosts = revisions_new(),
        .principals = revisions_new(),
        .ledger = 99,
        .loaded = true};
    s->pg->watch.engine = s->pg;
    s->pg->watch.connects = 1;
    s->pg->watch.full_ms = daqs_mono_ms(daqs_clock_system());
    fake_pg_status(s->pg->client)->connects = 1;
    pg_job_init(&s->pg->watch.pg, PG_READ);
    return 0;
}

static int tear_down(void **state)
{
    struct scene *s = *state;
    void *box = s->box;
    records_pg_stop(&s->pg->base);
    close_store(s->box);
    records_free(&s->pg->base);
    free(s);
    return remove_all(&box);
}

/* --- a change of one SLA --- */

struct change {
    struct records_changeset job;
    bool done;
};

static void submit(struct scene *s, struct change *c, const char *by)
{
    *c = (struct change){.job = {.at_ms = 5}};
    changeset_init(&c->job.changeset);
    struct ledger_change *change =
        changeset_add(&c->job.changeset, LEDGER_SET, "node1", "db1", NULL);
    assert_non_null(change);
    change->has_new = true;
    change->new_sla = gold;
    (void)snprintf(c->job.by, sizeof c->job.by, "%s", by);
    c->job.base.done = set_flag;
    c->job.base.context = &c->done;
    assert_int_equal(records_write_changeset(&s->pg->base, &c->job), DAQS_OK);
}

static void end_change(struct change *c, int result)
{
    assert_true(c->done);
    assert_int_equal(c->job.base.result, result);
    changeset_done(&c->job.changeset);
}

static void tick(struct scene *s)
{
    records_pg_tick(&s->pg->base, daqs_mono_ms(daqs_clock_system()), 1000000);
}

/* Returns the number of the statement that begins so in the first job. */
static size_t statement_of(const struct scene *s, const char *begin)
{
    const struct pg_job *job = fake_pg_first(s->pg->client);
    assert_non_null(job);
    for (size_t i = 0; i < job->statements; i++)
        if (strncmp(job->statement[i].sql, begin, strlen(begin)) == 0)
            return i;
    fail_msg("no statement begins with %s", begin);
    return 0;
}

/* Answers what reads the host back. */
static void put_host(struct scene *s, const char *revision)
{
    struct pg_job *job = fake_pg_first(s->pg->client);
    const size_t name = statement_of(s, "SELECT name, revision FROM daqs.host");
    fake_pg_row(job, name, 2, "node1", revision);
    fake_pg_row(job, name + 1, 9, "node1", "db1", "1000000000", NULL, "1", "", "5", "eve", NULL);
    fake_pg_row(job, name + 5, 14, "17", "5", "node1", "db1", "eve", "set-sla", NULL, NULL, NULL,
                "1000000000", NULL, "1", NULL, NULL);
}

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
    assert_string_equal(fake_pg_param(fake_pg_first(s->pg->client), 0, 1), "1");
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
    assert_int_equal(statement_of(s, "INSERT INTO daqs.host"), 0);
    fake_pg_fail(s->pg->client, PG_NOT_DONE, PG_CLASS_OTHER, NULL);
    end_change(&c, DAQS_ESTORE);
}

/* --- a COMMIT without an answer --- */

static void doubt(struct scene *s, struct change *c, enum pg_class class)
{
    submit(s, c, "eve");
    fake_pg_fail(s->pg->client, PG_UNKNOWN, class, NULL);
    assert_false(c->done);
    (void)statement_of(s, "SELECT 1 FROM daqs.host");
}

/* Others may have changed the same host since, so all is read before the next change. */
static void what_is_found_is_stored(void **state)
{
    struct scene *s = *state;
    struct change c;
    doubt(s, &c, PG_CLASS_UNAVAILABLE);
    fake_pg_row(fake_pg_first(s->pg->client), statement_of(s, "SELECT 1 FROM daqs.audit"), 1, "1");
    fake_pg_done(s->pg->client);
    end_change(&c, DAQS_OK);
    assert_false(s->pg->loaded);
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
    assert_false(s->pg->loaded); /* all is compared */
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

/* --- others --- */

/* Answers a comparison: the host has this revision there. */
static void compare(struct scene *s, const char *standbys, const char *revision)
{
    s->pg->watch.next_ms = 0;
    tick(s);
    struct pg_job *job = fake_pg_first(s->pg->client);
    fake_pg_row(job, 0, 1, "99");
    fake_pg_row(job, 1, 1, standbys);
    if (revision)
        fake_pg_row(job, 2, 2, "node1", revision);
    fake_pg_done(s->pg->client);
}

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

/* --- keys --- */

static void a_revocation_that_is_refused_is_stored_later(void **state)
{
    struct scene *s = *state;
    bool done = false;
    struct records_principal job = {.name = "kim", .remove = true, .by = "eve"};
    struct image image;
    assert_true(revisions_set(s->pg->principals, "kim", 2));
    job.base.done = set_flag;
    job.base.context = &done;
    assert_int_equal(records_write_principal(&s->pg->base, &job), DAQS_OK);
    fake_pg_fail(s->pg->client, PG_NOT_DONE, PG_CLASS_SILENT, NULL);
    assert_true(done);
    image_init(&image, false);
    image_add_principal(&image,
                        &(struct image_principal){
                            .name = "kim", .key = "k", .role = ROLE_AGENT, .enrolled_by = ""});
    records_pg_leave_out_revoked(s->pg, &image);
    assert_int_equal(image.principals, 0); /* it is not let in again */
    image_done(&image);
    compare(s, "b", NULL);
    (void)statement_of(s, "UPDATE daqs.principal SET key = NULL");
    fake_pg_done(s->pg->client);
    const time_t end = time(NULL) + PATIENCE_S;
    while (s->pg->revoked) {
        assert_true(time(NULL) < end);
        store_reap(s->box->store);
    }
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_change_is_stored_then_copied_then_told),
        CASE(that_a_vm_has_left_is_stored_without_a_record),
        CASE(who_asked_is_found_first),
        CASE(a_change_that_others_were_before_is_told_after_the_reload),
        CASE(a_collision_is_sent_again),
        CASE(what_is_found_is_stored),
        CASE(what_is_not_found_is_not_stored),
        CASE(a_look_without_an_answer_is_repeated_and_then_unknown),
        CASE(with_quorum_one_server_is_not_enough),
        CASE(a_silent_database_refuses_at_once),
        CASE(a_long_change_is_no_silence),
        CASE(quorum_refuses_while_there_is_no_standby),
        CASE(nothing_is_stored_before_all_is_read),
        CASE(what_others_change_is_reloaded),
        CASE(a_database_that_went_back_is_reported_and_believed),
        CASE(a_host_that_is_being_changed_is_compared_later),
        CASE(a_new_connection_means_that_all_is_compared),
        CASE(standbys_that_go_and_come_are_reported),
        CASE(a_revocation_that_is_refused_is_stored_later),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
