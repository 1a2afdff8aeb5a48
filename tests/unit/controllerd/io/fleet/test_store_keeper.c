/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/io/fleet/store_keeper.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "controllerd/io/events/events.h"
#include "shared/base/clock.h"
#include "tests/lib/store_box.h"

enum { RETRY_MS = 10000 };

struct scene {
    struct box *box;
    struct events *events;
    struct store_keeper *keeper;
    char key[2 * STORE_BOX_NAME_BYTES];
    char copy[2 * STORE_BOX_NAME_BYTES];
    char fresh[3 * STORE_BOX_NAME_BYTES]; /* the copy while it is written */
};

static void begin(struct scene *s)
{
    int64_t last = 0;
    assert_int_equal(store_last_event(s->box->store, &last, NULL), DAQS_OK);
    s->events = events_new(
        &(struct events_setup){.store = s->box->store, .per_second = 1000, .last_id = last});
    assert_non_null(s->events);
    s->keeper = store_keeper_new(s->box->store, s->events, s->key);
    assert_non_null(s->keeper);
}

static void end(struct scene *s)
{
    events_flush(s->events);
    close_store(s->box);
    store_keeper_free(s->keeper);
    events_free(s->events);
}

static int make_scene(void **state)
{
    struct scene *s = calloc(1, sizeof *s);
    if (!s || make_store((void **)&s->box) != 0)
        return -1;
    *state = s;
    (void)snprintf(s->key, sizeof s->key, "%s/controller.key", s->box->folder);
    (void)snprintf(s->copy, sizeof s->copy, "%s/" STORE_SLA_FILE, s->box->folder);
    (void)snprintf(s->fresh, sizeof s->fresh, "%s.new", s->copy);
    begin(s);
    return 0;
}

static int end_scene(void **state)
{
    struct scene *s = *state;
    void *box = s->box;
    end(s);
    free(s);
    return remove_all(&box);
}

/* Waits until no write is under way: a write of names goes after it. */
static void settle(struct scene *s)
{
    struct names names;
    name_all(s->box, &names);
}

static void assert_events(struct scene *s, const char *kind, int64_t expected)
{
    char sql[128];
    (void)snprintf(sql, sizeof sql, "SELECT count(*) FROM event WHERE kind = '%s'", kind);
    time_t until = time(NULL) + PATIENCE_S;
    while (events_state(s->events).waiting > 0) {
        assert_true(time(NULL) < until);
        events_tick(s->events, daqs_mono_ms(daqs_clock_system()));
        store_reap(s->box->store);
    }
    assert_int_equal(number(s->box, sql), expected);
}

static void a_write_that_fails_is_one_event_and_so_is_the_next_that_succeeds(void **state)
{
    struct scene *s = *state;
    int64_t now_ms = daqs_mono_ms(daqs_clock_system());
    assert_int_equal(mkdir(s->fresh, 0700), 0);
    for (int i = 1; i <= 2; i++) {
        store_keeper_tick(s->keeper, now_ms + 2 * i * RETRY_MS);
        settle(s);
        assert_true(store_keeper_failing(s->keeper));
        assert_events(s, "sla-file-failing", 1);
    }
    assert_int_equal(rmdir(s->fresh), 0);
    store_keeper_tick(s->keeper, now_ms + 10 * RETRY_MS);
    settle(s);
    assert_false(store_keeper_failing(s->keeper));
    assert_events(s, "sla-file-failing", 1);
    assert_events(s, "sla-file-back", 1);
    assert_int_equal(access(s->copy, F_OK), 0);
}

static void changes_in_a_burst_are_written_together(void **state)
{
    struct scene *s = *state;
    assert_int_equal(access(s->copy, F_OK), -1);
    store_keeper_tick(s->keeper, 1000);
    settle(s);
    assert_int_equal(unlink(s->copy), 0);
    run(s->box, "SELECT 1");
    store_keeper_tick(s->keeper, 5000); /* nothing has changed */
    settle(s);
    assert_int_equal(access(s->copy, F_OK), -1);
}

static void a_new_database_where_there_was_one_is_an_event(void **state)
{
    struct scene *s = *state;
    assert_events(s, "database-new", 0); /* the first start */
    end(s);
    assert_int_equal(unlink(s->box->path), 0);
    FILE *file = fopen(s->copy, "we");
    assert_non_null(file);
    assert_true(fputs("[node1/db1]\nmin = 1Mbit\n", file) >= 0);
    assert_int_equal(fclose(file), 0);
    open_store(s->box);
    begin(s);
    assert_events(s, "database-new", 1);
    assert_int_equal(number(s->box, "SELECT count(*) FROM event WHERE text LIKE"
                                    " '%run: daqsctl apply %/slas.ini.1970-01-01T00-00-00Z'"),
                     1);
}

static void a_key_without_a_database_is_an_event(void **state)
{
    struct scene *s = *state;
    end(s);
    assert_int_equal(unlink(s->box->path), 0);
    FILE *file = fopen(s->key, "we");
    assert_non_null(file);
    assert_int_equal(fclose(file), 0);
    open_store(s->box);
    begin(s);
    assert_events(s, "database-new", 1);
    end(s);
    open_store(s->box); /* not new any more */
    begin(s);
    assert_events(s, "database-new", 1);
}

static void damage_is_one_event(void **state)
{
    struct scene *s = *state;
    end(s);
    open_store(s->box);
    box_damage(s->box, "audit");
    begin(s);
    struct store_question *question = box_question("", "", 0, 1000);
    box_ask(s->box, question, store_query_audit);
    assert_int_equal(question->base.result, DAQS_ESTORE);
    history_answered(question);
    store_keeper_tick(s->keeper, 1);
    store_keeper_tick(s->keeper, 2);
    assert_events(s, "database-damaged", 1);
}

int main(void)
{
#define CASE(test) cmocka_unit_test_setup_teardown(test, make_scene, end_scene)
    const struct CMUnitTest tests[] = {
        CASE(a_write_that_fails_is_one_event_and_so_is_the_next_that_succeeds),
        CASE(changes_in_a_burst_are_written_together),
        CASE(a_new_database_where_there_was_one_is_an_event),
        CASE(a_key_without_a_database_is_an_event),
        CASE(damage_is_one_event),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
