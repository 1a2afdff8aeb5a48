/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/store_box.h"

#define NOW_MS INT64_C(1800000000000)
#define DAY_MS INT64_C(86400000)

static const struct store_events_keep plenty = {1000 * DAY_MS, 1000000000};

/* Deletes what is due once. Returns true if something was deleted. */
static bool delete_once(struct box *box, struct store_events_keep keep, bool may_delete)
{
    bool done = false;
    struct store_events job = {.now_ms = NOW_MS, .keep = keep, .may_delete = may_delete};
    job.base.done = set_flag;
    job.base.context = &done;
    assert_int_equal(store_write_events(box->store, &job), DAQS_OK);
    wait_for(box->store, &done);
    assert_int_equal(job.base.result, DAQS_OK);
    assert_int_equal(job.delete_result, DAQS_OK);
    return job.deleted_some;
}

static int delete_all_due(struct box *box, struct store_events_keep keep)
{
    int steps = 0;
    while (delete_once(box, keep, true))
        steps++;
    return steps;
}

/* Adds events of an age, with 200 bytes of text each. */
static void add(const struct box *box, int count, int days, const char *kind)
{
    char sql[512];
    (void)snprintf(sql, sizeof sql,
                   "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)"
                   " INSERT INTO event (at_ms, kind, level, host, vm, text) SELECT %lld, '%s',"
                   " 'info', 'node' || i %% 50, 'vm' || i %% 97, printf('%%.200c', 'x') FROM n",
                   count, (long long)(NOW_MS - days * DAY_MS), kind);
    run(box, sql);
}

static int64_t count_of(const struct box *box)
{
    return number(box, "SELECT count(*) FROM event");
}

static int64_t bytes_of(const struct box *box)
{
    return number(box, "SELECT value FROM meta WHERE name = 'event_bytes'");
}

static void events_are_deleted_by_age_bit_by_bit(void **state)
{
    struct box *box = *state;
    add(box, 5000, 31, "host-up");
    add(box, 10, 29, "host-up");
    const struct store_events_keep keep = {30 * DAY_MS, 1000000000};
    assert_true(delete_once(box, keep, true));
    assert_in_range(count_of(box), 2000, 3500);
    assert_in_range(delete_all_due(box, keep), 1, 3);
    assert_int_equal(count_of(box), 10);
}

/* While the clock was ahead, events got times that are in the future now. */
static void events_of_a_clock_that_was_ahead_do_not_keep_older_ones(void **state)
{
    struct box *box = *state;
    add(box, 3000, -500, "host-up");
    add(box, 3000, 31, "host-up");
    delete_all_due(box, (struct store_events_keep){30 * DAY_MS, 1000000000});
    assert_int_equal(count_of(box), 3000);
    assert_int_equal(number(box, "SELECT max(id) FROM event"), 3000);
}

static void events_are_deleted_by_size_the_oldest_first(void **state)
{
    struct box *box = *state;
    add(box, 20000, 2, "tampered");
    const struct store_events_keep keep = {1000 * DAY_MS, 2000000};
    assert_true(bytes_of(box) > 2 * keep.bytes);
    assert_true(delete_once(box, keep, true));
    assert_in_range(count_of(box), 17000, 19000); /* a step */
    assert_in_range(delete_all_due(box, keep), 1, 20);
    assert_in_range(bytes_of(box), keep.bytes * 9 / 10, keep.bytes);
    assert_int_equal(number(box, "SELECT max(id) FROM event"), 20000);
    assert_int_equal(number(box, "SELECT max(id) - min(id) + 1 FROM event"), count_of(box));
}

static void nothing_is_deleted_while_that_is_not_allowed(void **state)
{
    struct box *box = *state;
    add(box, 5000, 500, "host-up");
    assert_false(delete_once(box, (struct store_events_keep){DAY_MS, 1}, false));
    assert_int_equal(count_of(box), 5000);
    assert_false(delete_once(box, plenty, true));
    assert_int_equal(count_of(box), 5000);
}

/* The file itself shows what its pages are used for. */
static void the_size_of_events_is_near_that_in_the_file(void **state)
{
    static const char *const kinds[] = {"host-up", "violation-end"};
    struct box *box = *state;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        add(box, 20000, 2, kinds[i]);
        int64_t pages = number(box, "SELECT sum(pgsize) FROM dbstat WHERE aggregate = true AND name"
                                    " IN ('event', 'event_at', 'event_violation')");
        if (bytes_of(box) < pages * 3 / 4 || bytes_of(box) > pages * 5 / 4)
            fail_msg("%s: %lld instead of %lld", kinds[i], (long long)bytes_of(box),
                     (long long)pages);
    }
    run(box, "DELETE FROM event");
    assert_int_equal(bytes_of(box), 0);
}

/* --- what is known of uplinks --- */

static void report(const struct box *box, const char *uplink, const char *kind, int64_t at_ms)
{
    char sql[256];
    (void)snprintf(sql, sizeof sql,
                   "INSERT INTO event (at_ms, kind, level, host, vm, text, uplink) VALUES"
                   " (%lld, '%s', 'warning', 'node1', '', 'x', '%s')",
                   (long long)at_ms, kind, uplink);
    run(box, sql);
}

static void an_uplink_is_oversubscribed_although_its_event_was_deleted(void **state)
{
    struct box *box = *state;
    int64_t since_ms = 0;
    report(box, "up0", "oversubscribed", 1000);
    report(box, "up1", "oversubscribed", 2000);
    report(box, "up1", "oversubscribed-end", 3000);
    delete_all_due(box, (struct store_events_keep){DAY_MS, 1000000000});
    assert_int_equal(count_of(box), 0);
    struct oversold *oversold = oversold_new();
    assert_int_equal(store_load_oversold(box->store, oversold, NULL), DAQS_OK);
    assert_true(oversold_take(oversold, "node1", "up0", &since_ms));
    assert_int_equal(since_ms, 1000);
    assert_false(oversold_take(oversold, "node1", "up1", &since_ms));
    oversold_free(oversold);
}

static void a_host_that_keeps_renaming_its_uplinks_does_not_fill_the_database(void **state)
{
    struct box *box = *state;
    for (int i = 0; i < 3 * DAQS_MAX_UPLINKS; i++) {
        char uplink[16];
        (void)snprintf(uplink, sizeof uplink, "up%d", i);
        report(box, uplink, "oversubscribed", 1000 + i);
    }
    assert_int_equal(number(box, "SELECT count(*) FROM oversubscribed"), DAQS_MAX_UPLINKS);
    assert_int_equal(number(box, "SELECT min(since_ms) FROM oversubscribed"),
                     1000 + 2 * DAQS_MAX_UPLINKS);
}

/* Version 10 found the uplinks in the events themselves. */
static void an_older_database_has_its_size_and_its_uplinks(void **state)
{
    struct box *box = *state;
    make_version(box, 10);
    add(box, 100, 2, "host-up");
    add(box, 100, 2, "violation-end");
    report(box, "up0", "oversubscribed-end", 1000);
    report(box, "up0", "oversubscribed", 2000);
    report(box, "up1", "oversubscribed", 3000);
    report(box, "up1", "oversubscribed-end", 4000);
    open_store(box);
    assert_int_equal(number(box, "SELECT since_ms FROM oversubscribed WHERE host = 'node1'"), 2000);
    assert_int_equal(number(box, "SELECT count(*) FROM oversubscribed"), 1);
    assert_true(bytes_of(box) > 200 * 200);
    run(box, "DELETE FROM event");
    assert_int_equal(bytes_of(box), 0);
}

#define IN_BOX(test) cmocka_unit_test_setup_teardown(test, make_store, remove_all)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_BOX(events_are_deleted_by_age_bit_by_bit),
        IN_BOX(events_of_a_clock_that_was_ahead_do_not_keep_older_ones),
        IN_BOX(events_are_deleted_by_size_the_oldest_first),
        IN_BOX(nothing_is_deleted_while_that_is_not_allowed),
        IN_BOX(the_size_of_events_is_near_that_in_the_file),
        IN_BOX(an_uplink_is_oversubscribed_although_its_event_was_deleted),
        IN_BOX(a_host_that_keeps_renaming_its_uplinks_does_not_fill_the_database),
        IN_BOX(an_older_database_has_its_size_and_its_uplinks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
