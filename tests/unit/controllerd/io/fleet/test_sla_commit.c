/* SPDX-License-Identifier: Apache-2.0 */
/* The queue of the ledger's changes, with a real store and nothing else of a controller. */
#include "tests/lib/store_box.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "controllerd/io/fleet/sla_commit.h"

struct scene {
    struct box *box;
    struct ledger *ledger;
    struct commit_queue *queue;
    struct sla_commits *commits;
    unsigned applied; /* changes */
    char hosts[64];   /* that were reported as changed */
    unsigned finished;
    int result; /* of the last one */
    char text[sizeof((struct daqs_error *)NULL)->text];
};

static void on_applied(void *arg, const struct ledger_change *change)
{
    struct scene *s = arg;
    (void)change;
    s->applied++;
}

static void on_host(void *arg, const char *host)
{
    struct scene *s = arg;
    size_t used = strlen(s->hosts);
    (void)snprintf(s->hosts + used, sizeof s->hosts - used, "%s ", host);
}

static int make_scene(void **state)
{
    struct scene *s = calloc(1, sizeof *s);
    *state = s;
    if (!s || make_store((void **)&s->box) != 0)
        return -1;
    s->ledger = ledger_new();
    s->queue = commit_queue_new(s->box->records);
    s->commits = sla_commits_new(&(struct sla_commits_setup){.queue = s->queue,
                                                             .ledger = s->ledger,
                                                             .applied = on_applied,
                                                             .host_changed = on_host,
                                                             .arg = s});
    return s->ledger && s->commits ? 0 : -1;
}

static int end_scene(void **state)
{
    struct scene *s = *state;
    void *box = s->box;
    close_store(s->box);
    sla_commits_free(s->commits);
    commit_queue_free(s->queue);
    ledger_free(s->ledger);
    free(s);
    return remove_all(&box);
}

/* Adds to the guarantee that a VM has when its turn comes; 0: it is refused. */
enum { NOTHING = 999 };

struct request {
    struct sla_commit base;
    struct scene *scene;
    const char *host;
    daqs_bps more;
};

static int decide(void *arg, struct sla_commit *base, struct daqs_error *err)
{
    struct scene *s = arg;
    const struct request *r = (struct request *)base;
    if (r->more == 0)
        return daqs_fail(err, DAQS_EREFUSED, "not this one");
    if (r->more == NOTHING)
        return DAQS_OK;
    const struct ledger_entry *old = ledger_find(s->ledger, r->host, "db1");
    struct ledger_change *change =
        changeset_add(&base->write.changeset, LEDGER_SET, r->host, "db1", old);
    if (!change)
        return DAQS_ENOMEM;
    change->has_new = true;
    change->new_sla = old ? old->sla : SLA_NONE;
    change->new_sla.min += r->more;
    return DAQS_OK;
}

static void finish(void *arg, struct sla_commit *base, int result, const struct daqs_error *err)
{
    struct scene *s = arg;
    s->finished++;
    s->result = result;
    (void)snprintf(s->text, sizeof s->text, "%s", err->text);
    changeset_done(&base->write.changeset);
    free(base);
}

static int submit(struct scene *s, const char *host, daqs_bps more, bool dry_run)
{
    struct request *r = calloc(1, sizeof *r);
    assert_non_null(r);
    r->host = host;
    r->more = more;
    r->base.decide = decide;
    r->base.finish = finish;
    r->base.arg = s;
    r->base.dry_run = dry_run;
    r->base.confirms = true;
    (void)snprintf(r->base.write.by, sizeof r->base.write.by, "eve");
    int result = sla_commit_submit(s->commits, &r->base);
    if (result != DAQS_OK)
        free(r);
    return result;
}

static void wait_until_finished(struct scene *s, unsigned count)
{
    time_t end = time(NULL) + PATIENCE_S;
    while (s->finished < count) {
        assert_true(time(NULL) < end);
        store_reap(s->box->store);
    }
}

static daqs_bps min_of(const struct scene *s, const char *host)
{
    return ledger_sla(s->ledger, host, "db1").min;
}

static void a_change_is_on_disk_before_it_is_applied(void **state)
{
    struct scene *s = *state;
    assert_int_equal(submit(s, "node1", GBIT, false), DAQS_OK);
    assert_int_equal(s->finished, 0);
    assert_int_equal(min_of(s, "node1"), 0);
    wait_until_finished(s, 1);
    assert_int_equal(s->result, DAQS_OK);
    assert_int_equal(min_of(s, "node1"), GBIT);
    assert_int_equal(number(s->box, "SELECT min_bps FROM sla WHERE host = 'node1'"), GBIT);
    assert_int_equal(number(s->box, "SELECT count(*) FROM audit WHERE by = 'eve'"), 1);
    assert_int_equal(s->applied, 1);
    assert_string_equal(s->hosts, "node1 ");
}

static void each_is_decided_on_the_result_of_the_one_before(void **state)
{
    struct scene *s = *state;
    for (int i = 0; i < 20; i++)
        assert_int_equal(submit(s, "node1", MBIT, false), DAQS_OK);
    assert_int_equal(sla_commits_waiting(s->commits), 20);
    wait_until_finished(s, 20);
    assert_int_equal(min_of(s, "node1"), 20 * MBIT);
    assert_int_equal(sla_commits_waiting(s->commits), 0);
}

static void one_that_is_refused_keeps_nobody_waiting(void **state)
{
    struct scene *s = *state;
    assert_int_equal(submit(s, "node1", 0, false), DAQS_OK);
    assert_int_equal(s->finished, 1); /* at once: nothing is written */
    assert_int_equal(s->result, DAQS_EREFUSED);
    assert_string_equal(s->text, "not this one");
    assert_int_equal(submit(s, "node2", MBIT, false), DAQS_OK);
    assert_int_equal(submit(s, "node2", 0, false), DAQS_OK);
    assert_int_equal(submit(s, "node3", MBIT, false), DAQS_OK);
    wait_until_finished(s, 4);
    assert_string_equal(s->hosts, "node2 node3 ");
}

static void a_dry_run_changes_nothing(void **state)
{
    struct scene *s = *state;
    assert_int_equal(submit(s, "node1", GBIT, true), DAQS_OK);
    assert_int_equal(s->finished, 1);
    assert_int_equal(s->result, DAQS_OK);
    assert_int_equal(min_of(s, "node1"), 0);
    assert_int_equal(number(s->box, "SELECT count(*) FROM sla"), 0);
}

/* The table is renamed away: no write succeeds until it is back. */
static void a_change_that_cannot_be_stored_is_not_applied(void **state)
{
    struct scene *s = *state;
    run(s->box, "ALTER TABLE audit RENAME TO elsewhere");
    assert_int_equal(submit(s, "node1", GBIT, false), DAQS_OK);
    wait_until_finished(s, 1);
    assert_int_equal(s->result, DAQS_ESTORE);
    assert_non_null(strstr(s->text, "not stored, nothing changed"));
    assert_int_equal(min_of(s, "node1"), 0);
    assert_int_equal(s->applied, 0);
    run(s->box, "ALTER TABLE elsewhere RENAME TO audit");
    assert_int_equal(submit(s, "node1", GBIT, false), DAQS_OK);
    wait_until_finished(s, 2);
    assert_int_equal(min_of(s, "node1"), GBIT);
}

/* An outage may last for days. */
static void an_outage_is_logged_once(void **state)
{
    struct scene *s = *state;
    char text[4096];
    FILE *caught = tmpfile();
    const int real = dup(STDERR_FILENO);
    assert_non_null(caught);
    run(s->box, "ALTER TABLE audit RENAME TO elsewhere");
    assert_return_code(dup2(fileno(caught), STDERR_FILENO), 0);
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(submit(s, "node1", GBIT, false), DAQS_OK);
    wait_until_finished(s, 3);
    run(s->box, "ALTER TABLE elsewhere RENAME TO audit");
    for (unsigned i = 0; i < 2; i++)
        assert_int_equal(submit(s, "node1", GBIT, false), DAQS_OK);
    wait_until_finished(s, 5);
    dup2(real, STDERR_FILENO);
    close(real);
    rewind(caught);
    text[fread(text, 1, sizeof text - 1, caught)] = '\0';
    (void)fclose(caught);
    const char *line = strstr(text, "a change of SLAs could not be stored");
    assert_non_null(line);
    assert_null(strstr(line + 1, "a change of SLAs could not be stored"));
    line = strstr(text, "changes of SLAs are stored again");
    assert_non_null(line);
    assert_null(strstr(line + 1, "changes of SLAs are stored again"));
}

static void a_full_queue_is_busy(void **state)
{
    struct scene *s = *state;
    for (int i = 0; i < COMMITS_WAITING_MAX; i++)
        assert_int_equal(submit(s, "node1", 1, false), DAQS_OK);
    assert_int_equal(submit(s, "node1", 1, false), DAQS_EBUSY);
    wait_until_finished(s, COMMITS_WAITING_MAX);
    assert_int_equal(submit(s, "node1", 1, false), DAQS_OK);
    wait_until_finished(s, COMMITS_WAITING_MAX + 1);
    assert_int_equal(min_of(s, "node1"), COMMITS_WAITING_MAX + 1);
}

/* --- an engine that is away --- */

static int away(struct records *records, struct daqs_error *err)
{
    (void)records;
    return daqs_fail(err, DAQS_EIO, "it is away");
}

static void nothing_is_confirmed_that_others_may_have_changed(void **state)
{
    struct scene *s = *state;
    const struct records_engine *usual = s->box->records->engine;
    struct records_engine engine = *usual;
    engine.current = away;
    s->box->records->engine = &engine;
    assert_int_equal(submit(s, "node1", NOTHING, false), DAQS_OK);
    wait_until_finished(s, 1);
    assert_int_equal(s->result, DAQS_EIO);
    assert_non_null(strstr(s->text, "others may have changed it: it is away"));
    assert_int_equal(submit(s, "node1", 0, false), DAQS_OK);
    wait_until_finished(s, 2);
    assert_int_equal(s->result, DAQS_EREFUSED);
    assert_string_equal(s->text, "not this one; that is what was known last: it is away");
    assert_int_equal(submit(s, "node1", NOTHING, true), DAQS_OK); /* a dry run */
    wait_until_finished(s, 3);
    assert_int_equal(s->result, DAQS_OK);
    s->box->records->engine = usual;
    assert_int_equal(submit(s, "node1", NOTHING, false), DAQS_OK);
    wait_until_finished(s, 4);
    assert_int_equal(s->result, DAQS_OK);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, make_scene, end_scene)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(nothing_is_confirmed_that_others_may_have_changed),
        CASE(a_change_is_on_disk_before_it_is_applied),
        CASE(each_is_decided_on_the_result_of_the_one_before),
        CASE(one_that_is_refused_keeps_nobody_waiting),
        CASE(a_dry_run_changes_nothing),
        CASE(a_change_that_cannot_be_stored_is_not_applied),
        CASE(an_outage_is_logged_once),
        CASE(a_full_queue_is_busy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
