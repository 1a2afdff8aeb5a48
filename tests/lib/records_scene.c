/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/records_scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/clock.h"

static void on_reloaded(void *arg, const struct image *image)
{
    struct scene *s = arg;
    (void)image;
    s->reloads++;
}

static void on_read(void *arg, struct image *image)
{
    struct scene *s = arg;
    s->reads++;
    for (size_t i = 0; i < image->invalids; i++)
        image_add_sla(image, &(struct image_sla){.host = image->invalid[i].host,
                                                 .vm = image->invalid[i].vm,
                                                 .sla = gold,
                                                 .uuid = "",
                                                 .updated_by = "kim"});
}

static void on_news(void *arg, enum records_news news, int64_t since_ms, const char *text)
{
    struct scene *s = arg;
    const size_t used = strlen(s->news);
    (void)since_ms;
    (void)text;
    (void)snprintf(s->news + used, sizeof s->news - used, "%d ", (int)news);
}

int set_up_records(void **state)
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
        .listener = {.read = on_read, .reloaded = on_reloaded, .say = on_news, .arg = s},
        .client = pg_client_new("", "", NULL),
        .hosts = revisions_new(),
        .principals = revisions_new(),
        .ledger = 99,
        .schema_known = true,
        .loaded = true};
    s->pg->watch.engine = s->pg;
    s->pg->watch.connects = 1;
    s->pg->watch.full_ms = daqs_mono_ms(daqs_clock_system());
    fake_pg_status(s->pg->client)->connects = 1;
    pg_job_init(&s->pg->watch.pg, PG_READ);
    return 0;
}

int tear_down_records(void **state)
{
    struct scene *s = *state;
    void *box = s->box;
    records_pg_stop(&s->pg->base);
    close_store(s->box);
    records_free(&s->pg->base);
    free(s);
    return remove_all(&box);
}

static void submit_as(struct scene *s, struct change *c, const char *by, int64_t asked_ms)
{
    *c = (struct change){.job = {.at_ms = 5}};
    c->job.base.asked_ms = asked_ms;
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

void submit(struct scene *s, struct change *c, const char *by)
{
    submit_as(s, c, by, 0);
}

void submit_late(struct scene *s, struct change *c, int64_t asked_ms_ago)
{
    submit_as(s, c, "eve", daqs_mono_ms(daqs_clock_system()) - asked_ms_ago);
}

void end_change(struct change *c, int result)
{
    assert_true(c->done);
    assert_int_equal(c->job.base.result, result);
    changeset_done(&c->job.changeset);
}

void tick(struct scene *s)
{
    records_pg_tick(&s->pg->base, daqs_mono_ms(daqs_clock_system()), 1000000);
}

/* Returns the number of the statement that begins so in the first job. */
size_t statement_of(const struct scene *s, const char *begin)
{
    const struct pg_job *job = fake_pg_first(s->pg->client);
    assert_non_null(job);
    for (size_t i = 0; i < job->statements; i++)
        if (strncmp(job->statement[i].sql, begin, strlen(begin)) == 0)
            return i;
    fail_msg("no statement begins with %s", begin);
    return 0;
}

void put_host_weight(struct scene *s, const char *revision, const char *weight)
{
    struct pg_job *job = fake_pg_first(s->pg->client);
    const size_t name = statement_of(s, "SELECT name, revision FROM daqs.host");
    fake_pg_row(job, name, 2, "node1", revision);
    fake_pg_row(job, name + 1, 9, "node1", "db1", "1000000000", NULL, weight, "", "5", "eve", NULL);
    fake_pg_row(job, name + 5, 14, "17", "5", "node1", "db1", "eve", "set-sla", NULL, NULL, NULL,
                "1000000000", NULL, "1", NULL, NULL);
}

void put_host(struct scene *s, const char *revision)
{
    put_host_weight(s, revision, "1");
}

/* Answers a comparison: the host has this revision there. */
void compare(struct scene *s, const char *standbys, const char *revision)
{
    s->pg->watch.next_ms = 0;
    tick(s);
    struct pg_job *job = fake_pg_first(s->pg->client);
    fake_pg_row(job, 0, 1, "99");
    fake_pg_row(job, 1, 2, standbys, "on");
    if (revision)
        fake_pg_row(job, 2, 2, "node1", revision);
    fake_pg_done(s->pg->client);
}
