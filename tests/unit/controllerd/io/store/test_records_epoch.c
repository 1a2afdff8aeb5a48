/* SPDX-License-Identifier: Apache-2.0 */
/* What the store takes from the clock: the epoch, and the age of what it deletes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/store_box.h"

#define DAY_MS INT64_C(86400000)
#define YEAR_MS (365 * DAY_MS)

static const int64_t now = 56 * YEAR_MS;

static uint64_t open_at(struct box *box, int64_t wall_ms)
{
    struct daqs_error err = {0};
    close_store(box);
    take_store(box, store_open(box->path, wall_ms, &box->epoch, &err));
    if (!box->store)
        fail_msg("%s", err.text);
    return box->epoch;
}

static void write_newest(struct box *box, int64_t newest_ms)
{
    bool done = false;
    struct store_newest job = {.base = {.done = set_flag, .context = &done},
                               .newest_ms = newest_ms};
    assert_int_equal(store_write_newest(box->store, &job), DAQS_OK);
    wait_for(box->store, &done);
    assert_int_equal(job.base.result, DAQS_OK);
}

static void write_event(struct box *box, int64_t id, int64_t at_ms)
{
    bool done = false;
    struct event *event = event_new(EVENT_HOST_UP, "node1", "", "", "text");
    assert_non_null(event);
    event->id = id;
    event->at_ms = at_ms;
    struct store_events job = {.base = {.done = set_flag, .context = &done},
                               .now_ms = at_ms,
                               .keep = {2 * YEAR_MS, INT64_MAX},
                               .may_delete = true,
                               .count = 1,
                               .first = event};
    assert_int_equal(store_write_events(box->store, &job), DAQS_OK);
    wait_for(box->store, &done);
    free(event);
    if (job.delete_result != DAQS_OK)
        fail_msg("%s", job.delete_error.text);
    if (job.base.result != DAQS_OK)
        fail_msg("%s", job.base.error.text);
}

static void an_empty_database_takes_its_epoch_from_the_clock(void **state)
{
    struct box *box = *state;
    assert_int_equal(open_at(box, now), now);
    assert_int_equal(store_newest(box->store), 0);
    assert_int_equal(open_at(box, now), now + 1);
    assert_int_equal(open_at(box, now + 3 * YEAR_MS), now + 3 * YEAR_MS);
}

static void a_clock_that_is_more_than_a_week_ahead_gives_no_epoch(void **state)
{
    struct box *box = *state;
    assert_int_equal(open_at(box, now), now);
    write_newest(box, now + DAY_MS);
    assert_int_equal(open_at(box, now + 9 * DAY_MS), now + 1);
    assert_int_equal(open_at(box, now + 3 * YEAR_MS), now + 2);
    assert_int_equal(store_newest(box->store), now + DAY_MS);
    assert_int_equal(open_at(box, now + 8 * DAY_MS), now + 8 * DAY_MS);
    assert_int_equal(open_at(box, now - 3 * YEAR_MS), now + 8 * DAY_MS + 1);
}

/* A database of version 0.2.0 has only its rows. */
static void without_a_stored_time_the_rows_have_it(void **state)
{
    static const char *const row[] = {
        "INSERT INTO event (at_ms, kind, level, host, vm, text) SELECT 1000000, '', '', '', '', ''",
        "INSERT INTO audit (at_ms, by, host, vm) VALUES (2000000, '', '', '')",
        "INSERT INTO history_recent (step, time, host_id, data) VALUES (1, 3000, 1, x'')",
    };
    struct box *box = *state;
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        close_store(box);
        run(box, "PRAGMA foreign_keys = OFF");
        run(box, row[i]);
        (void)open_at(box, 1);
        assert_int_equal(store_newest(box->store), ((int64_t)i + 1) * 1000000);
    }
    write_newest(box, 500);
    (void)open_at(box, 1);
    assert_int_equal(store_newest(box->store), 500);
}

static void at_a_time_that_is_not_trusted_no_event_is_deleted(void **state)
{
    struct box *box = *state;
    (void)open_at(box, now);
    write_event(box, 1, now);
    write_newest(box, now);
    (void)open_at(box, now + 3 * YEAR_MS);
    write_event(box, 2, now + 3 * YEAR_MS);
    assert_int_equal(number(box, "SELECT count(*) FROM event"), 2);
    store_trust_clock(box->store, now + 3 * YEAR_MS);
    write_event(box, 3, now + 3 * YEAR_MS + 1);
    assert_int_equal(number(box, "SELECT count(*) FROM event"), 3);
    write_event(box, 4, now + 3 * YEAR_MS);
    assert_int_equal(number(box, "SELECT min(id) FROM event"), 2);
}

static void at_a_time_that_is_not_trusted_no_history_is_deleted(void **state)
{
    struct box *box = *state;
    struct names names;
    int64_t now_s = now / 1000;
    (void)open_at(box, now);
    name_all(box, &names);
    assert_int_equal(write_second(box, now_s, &names, 0, 1000, 0, 0, NULL), DAQS_OK);
    write_newest(box, now);
    (void)open_at(box, now + YEAR_MS);
    for (int i = 0; i < 10; i++) /* packs a little at a time */
        assert_int_equal(write_points(box, new_points((now + YEAR_MS) / 1000), NULL), DAQS_OK);
    assert_int_equal(number(box, "SELECT count(*) FROM history WHERE step = 1"), 1);
    assert_int_equal(number(box, "SELECT count(*) FROM history_from WHERE time > 0"), 0);
    store_trust_clock(box->store, INT64_MAX);
    assert_int_equal(write_points(box, new_points((now + YEAR_MS) / 1000), NULL), DAQS_OK);
    assert_int_equal(number(box, "SELECT count(*) FROM history WHERE step = 1"), 0);
}

static uint64_t raise_epoch(struct box *box, struct records_epoch *job)
{
    bool done = false;
    job->base.done = set_flag;
    job->base.context = &done;
    assert_int_equal(records_write_epoch(box->records, job), DAQS_OK);
    wait_for(box->store, &done);
    assert_int_equal(job->base.result, DAQS_OK);
    assert_int_equal(number(box, "SELECT value FROM meta WHERE name = 'epoch'"), job->epoch);
    return job->epoch;
}

static void an_epoch_is_raised_and_never_lowered(void **state)
{
    struct box *box = *state;
    struct records_epoch ahead = {.least = 5000};
    struct records_epoch behind = {.least = 10};
    struct records_epoch highest = {.least = INT64_MAX / 2};
    assert_int_equal(raise_epoch(box, &ahead), 5000);
    assert_int_equal(raise_epoch(box, &behind), 5001);
    assert_int_equal(raise_epoch(box, &highest), INT64_MAX / 2);
    assert_int_equal(raise_epoch(box, &behind), INT64_MAX / 2 + 1);
    assert_int_equal(number(box, "SELECT count(*) FROM audit"), 0);
    assert_int_equal(open_at(box, now), INT64_MAX / 2 + 2);
}

static void a_take_over_is_in_the_audit_trail(void **state)
{
    struct box *box = *state;
    struct records_epoch job = {
        .least = 5000, .take_over = true, .before = 7, .by = "alice", .at_ms = 4321};
    assert_int_equal(raise_epoch(box, &job), 5000);
    assert_int_equal(number(box, "SELECT count(*) FROM audit WHERE what = 'take-over'"
                                 " AND by = 'alice' AND at_ms = 4321 AND old_text = '7'"
                                 " AND new_text = '5000'"),
                     1);
}

int main(void)
{
#define BOX_TEST(name) cmocka_unit_test_setup_teardown(name, make_store, remove_all)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_empty_database_takes_its_epoch_from_the_clock,
                                        make_folder, remove_all),
        cmocka_unit_test_setup_teardown(a_clock_that_is_more_than_a_week_ahead_gives_no_epoch,
                                        make_folder, remove_all),
        BOX_TEST(without_a_stored_time_the_rows_have_it),
        cmocka_unit_test_setup_teardown(at_a_time_that_is_not_trusted_no_event_is_deleted,
                                        make_folder, remove_all),
        cmocka_unit_test_setup_teardown(at_a_time_that_is_not_trusted_no_history_is_deleted,
                                        make_folder, remove_all),
        BOX_TEST(an_epoch_is_raised_and_never_lowered),
        BOX_TEST(a_take_over_is_in_the_audit_trail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
