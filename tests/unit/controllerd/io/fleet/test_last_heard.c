/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/store_box.h"

#include <stdlib.h>

#include "controllerd/io/fleet/last_heard.h"

/* UTC is ahead of the monotonic clock by this. */
#define UTC 1800000000000
enum { MINUTE_MS = 60000 };

struct scene {
    struct box *box;
    struct fleet *fleet;
    struct ledger *ledger;
    struct last_heard *last_heard;
};

static int make_scene(void **state)
{
    struct scene *s = calloc(1, sizeof *s);
    *state = s;
    if (!s || make_store((void **)&s->box) != 0)
        return -1;
    s->fleet = fleet_new(8, 8);
    s->ledger = ledger_new();
    s->last_heard = last_heard_new(s->box->store, s->fleet);
    run(s->box, "INSERT INTO peer VALUES ('a', 'key a', 'agent', 1, 'bob');"
                "INSERT INTO sla (host, vm, min_bps, max_bps, weight, updated_ms, updated_by)"
                " VALUES ('b', 'vm', 1, NULL, 1, 1, 'bob')");
    return s->fleet && s->ledger && s->last_heard ? 0 : -1;
}

static int end_scene(void **state)
{
    struct scene *s = *state;
    void *box = s->box;
    close_store(s->box);
    last_heard_free(s->last_heard);
    fleet_free(s->fleet);
    ledger_free(s->ledger);
    free(s);
    return remove_all(&box);
}

static void hear(struct scene *s, const char *name, int64_t now_ms)
{
    const struct daqs_inventory inventory = {0};
    struct fleet_host *host = NULL;
    struct daqs_error err = {0};
    if (fleet_hello(s->fleet, s->ledger, name, "1", 1, 1, 100, &inventory, now_ms, &host, &err) !=
        DAQS_OK)
        fail_msg("%s", err.text);
}

static void tick(struct scene *s, int64_t now_ms)
{
    struct names names;
    last_heard_tick(s->last_heard, now_ms, UTC + now_ms);
    name_all(s->box, &names); /* a write that goes after it */
}

/* Returns what the next start of the controller says of a host with this name, which is listed at
 * the time 'listed_ms' of the clock. */
static int64_t away_since(struct scene *s, const char *name, int64_t listed_ms)
{
    struct daqs_error err = {0};
    struct roster *roster = roster_new();
    assert_non_null(roster);
    roster_set(roster, name, ROSTER_HAS_KEY, true, listed_ms);
    if (store_load_heard(s->box->store, roster, &err) != DAQS_OK)
        fail_msg("%s", err.text);
    int64_t since_ms =
        roster_away_since(roster_find(roster, name), listed_ms, UTC + 10 * MINUTE_MS);
    roster_free(roster);
    return since_ms;
}

static void a_restart_does_not_change_since_when_a_host_is_away(void **state)
{
    struct scene *s = *state;
    hear(s, "a", 1000);
    hear(s, "b", 2000);
    last_heard_stop(s->last_heard, 5000, UTC + 5000);
    close_store(s->box);
    open_store(s->box);
    assert_int_equal(away_since(s, "a", 7), UTC + 1000);
    assert_int_equal(away_since(s, "b", 7), UTC + 2000);
    assert_int_equal(away_since(s, "c", 7), UTC + 10 * MINUTE_MS); /* since it is listed */
}

static void the_times_are_written_once_a_minute(void **state)
{
    struct scene *s = *state;
    hear(s, "a", 1000);
    hear(s, "b", 1000);
    tick(s, 1000);
    tick(s, MINUTE_MS);
    assert_int_equal(number(s->box, "SELECT count(*) FROM heard"), 0);
    tick(s, MINUTE_MS + 1000);
    assert_int_equal(number(s->box, "SELECT count(*) FROM heard"), 2);
    hear(s, "b", MINUTE_MS + 2000);
    run(s->box, "DELETE FROM heard");
    tick(s, 2 * MINUTE_MS + 1000);
    assert_int_equal(number(s->box, "SELECT count(*) FROM heard"), 1); /* heard since the last */
    assert_int_equal(away_since(s, "b", 7), UTC + MINUTE_MS + 2000);
}

static void what_could_not_be_written_is_written_a_minute_later(void **state)
{
    struct scene *s = *state;
    hear(s, "a", 1000);
    tick(s, 1);
    run(s->box, "CREATE TRIGGER full BEFORE INSERT ON heard"
                " BEGIN SELECT raise(ABORT, 'the disk is full'); END");
    tick(s, MINUTE_MS + 1);
    run(s->box, "DROP TRIGGER full");
    assert_int_equal(number(s->box, "SELECT count(*) FROM heard"), 0);
    tick(s, 2 * MINUTE_MS + 1);
    assert_int_equal(away_since(s, "a", 7), UTC + 1000);
}

static void hosts_without_an_sla_and_a_key_leave_nothing(void **state)
{
    struct scene *s = *state;
    hear(s, "a", 1000);
    hear(s, "stranger", 1000);
    last_heard_stop(s->last_heard, 2000, UTC + 2000);
    tick(s, 2000);
    assert_int_equal(number(s->box, "SELECT count(*) FROM heard WHERE host = 'a'"), 1);
    assert_int_equal(number(s->box, "SELECT count(*) FROM heard"), 1);
    run(s->box, "DELETE FROM peer");
    hear(s, "b", 3000);
    last_heard_stop(s->last_heard, 4000, UTC + 4000);
    tick(s, 4000);
    assert_int_equal(number(s->box, "SELECT count(*) FROM heard WHERE host = 'b'"), 1);
    assert_int_equal(number(s->box, "SELECT count(*) FROM heard"), 1);
}

int main(void)
{
#define CASE(test) cmocka_unit_test_setup_teardown(test, make_scene, end_scene)
    const struct CMUnitTest tests[] = {
        CASE(a_restart_does_not_change_since_when_a_host_is_away),
        CASE(the_times_are_written_once_a_minute),
        CASE(what_could_not_be_written_is_written_a_minute_later),
        CASE(hosts_without_an_sla_and_a_key_leave_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
