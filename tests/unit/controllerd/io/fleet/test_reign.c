/* SPDX-License-Identifier: Apache-2.0 */
/* The controller's epoch with a clock that is ahead, with a real database and clocks that the test
 * sets. */
#include "tests/lib/store_box.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controllerd/core/fleet/obedience.h"
#include "controllerd/io/events/events.h"
#include "controllerd/io/fleet/reign.h"

#define HOUR INT64_C(3600000)
#define DAY (24 * HOUR)
#define YEAR (365 * DAY)

/* The right time at a start. Monotonic times begin at 0. */
static const int64_t now = 56 * YEAR;

struct scene {
    struct box *box;
    struct fleet *fleet;
    struct ledger *ledger;
    struct events *events;
    struct reign *reign;
    int64_t mono;
    int64_t offset; /* of the wall clock from the right time */
    unsigned raised;
};

static int64_t wall(const struct scene *s)
{
    return now + s->mono + s->offset;
}

static void on_raised(void *arg)
{
    struct scene *s = arg;
    s->raised++;
}

/* Stores events, and runs the jobs of the store. */
static void settle(struct scene *s)
{
    bool done = false;
    struct store_events last = {.base = {.done = set_flag, .context = &done}};
    events_flush(s->events);
    assert_int_equal(store_write_events(s->box->store, &last), DAQS_OK);
    wait_for(s->box->store, &done);
}

static void tick(struct scene *s, int64_t ms)
{
    for (const int64_t end = s->mono + ms; s->mono < end; s->mono += 1000)
        reign_tick(s->reign, s->mono, wall(s));
    settle(s);
    reign_tick(s->reign, s->mono, wall(s));
    settle(s);
}

static void stop(struct scene *s)
{
    if (!s->reign)
        return;
    events_flush(s->events);
    close_store(s->box);
    reign_free(s->reign);
    events_free(s->events);
    s->reign = NULL;
}

static uint64_t epoch(const struct scene *s)
{
    return *reign_epoch(s->reign);
}

/* Starts a controller whose clock is off. */
static void start(struct scene *s, int64_t offset)
{
    struct daqs_error err = {0};
    int64_t last = 0;
    stop(s);
    s->offset = offset;
    take_store(s->box, store_open(s->box->path, wall(s), &s->box->epoch, &err));
    if (!s->box->store)
        fail_msg("%s", err.text);
    assert_int_equal(store_last_event(s->box->store, &last, &err), DAQS_OK);
    s->events = events_new(
        &(struct events_setup){.store = s->box->store, .last_id = last, .per_second = 1000});
    s->reign = reign_new(&(struct reign_setup){.store = s->box->store,
                                               .records = s->box->records,
                                               .fleet = s->fleet,
                                               .events = s->events,
                                               .epoch = s->box->epoch,
                                               .raised = on_raised,
                                               .arg = s},
                         s->mono, wall(s));
    assert_non_null(s->reign);
    tick(s, 2000);
}

static struct fleet_host *hello(struct scene *s, const char *name, uint64_t obeyed)
{
    const struct daqs_inventory inventory = {0};
    struct fleet_host *host = NULL;
    assert_int_equal(
        fleet_hello(s->fleet, s->ledger, name, "1.0", 1, 1, 100, &inventory, s->mono, &host, NULL),
        DAQS_OK);
    reign_hello(s->reign, host, obeyed);
    tick(s, 2000);
    return host;
}

static int64_t events_of(struct scene *s, const char *kind)
{
    char sql[96];
    (void)snprintf(sql, sizeof sql, "SELECT count(*) FROM event WHERE kind = '%s'", kind);
    return number(s->box, sql);
}

/* A database that was used at 'now' with a right clock. */
static int make_scene(void **state)
{
    struct scene *s = calloc(1, sizeof *s);
    *state = s;
    if (!s || make_folder((void **)&s->box) != 0)
        return -1;
    s->fleet = fleet_new(8, 8);
    s->ledger = ledger_new();
    start(s, 0);
    return s->fleet && s->ledger ? 0 : -1;
}

static int end_scene(void **state)
{
    struct scene *s = *state;
    void *box = s->box;
    stop(s);
    fleet_free(s->fleet);
    ledger_free(s->ledger);
    free(s);
    return remove_all(&box);
}

static void a_right_clock_gives_the_epoch(void **state)
{
    struct scene *s = *state;
    assert_true(epoch(s) >= (uint64_t)now);
    assert_false(reign_doubts_clock(s->reign));
    s->mono += 2 * DAY;
    start(s, 0);
    assert_true(epoch(s) >= (uint64_t)(now + 2 * DAY));
    assert_int_equal(events_of(s, "clock-doubtful"), 0);
}

static void a_clock_that_is_ahead_gives_none_for_an_hour(void **state)
{
    static const int64_t offset[] = {8 * DAY, 3 * YEAR};
    struct scene *s = *state;
    for (size_t i = 0; i < sizeof offset / sizeof offset[0]; i++) {
        const uint64_t before = epoch(s);
        start(s, offset[i]);
        assert_int_equal(epoch(s), before + 1);
        assert_true(reign_doubts_clock(s->reign));
        assert_int_equal(events_of(s, "clock-doubtful"), i + 1);
        tick(s, HOUR - 10000);
        assert_int_equal(epoch(s), before + 1);
        tick(s, 20000);
        assert_false(reign_doubts_clock(s->reign));
        assert_true(epoch(s) >= (uint64_t)(now + offset[i]));
        assert_int_equal(s->raised, i + 1);
        assert_int_equal(events_of(s, "clock-confirmed"), i + 1);
        assert_int_equal(events_of(s, "epoch-raised"), i + 1);
    }
}

static void a_start_within_the_hour_begins_another_one(void **state)
{
    struct scene *s = *state;
    const uint64_t before = epoch(s);
    for (uint64_t i = 1; i <= 3; i++) {
        start(s, 3 * YEAR);
        tick(s, HOUR / 2);
        assert_true(reign_doubts_clock(s->reign));
        assert_int_equal(epoch(s), before + i);
    }
    start(s, 0);
    assert_false(reign_doubts_clock(s->reign));
    assert_true(epoch(s) < (uint64_t)(now + DAY));
}

static void a_clock_that_is_corrected_gives_the_epoch(void **state)
{
    struct scene *s = *state;
    start(s, 3 * YEAR);
    tick(s, HOUR / 2);
    s->offset = 0;
    tick(s, 2000);
    assert_false(reign_doubts_clock(s->reign));
    assert_true(epoch(s) >= (uint64_t)now + (uint64_t)HOUR / 2);
    assert_true(epoch(s) < (uint64_t)(now + DAY));
    assert_int_equal(events_of(s, "clock-confirmed"), 1);
}

/* The database of a spare is a month old, and the fleet's controller was started three days ago. */
static void a_hello_shows_that_a_clock_is_right(void **state)
{
    struct scene *s = *state;
    const uint64_t before = epoch(s);
    s->mono += 30 * DAY;
    start(s, 0);
    assert_int_equal(epoch(s), before + 1);
    const struct fleet_host *host = hello(s, "node1", (uint64_t)(wall(s) - 3 * DAY));
    assert_true(epoch(s) >= (uint64_t)(now + 30 * DAY));
    assert_false(host->fenced);
    assert_int_equal(s->raised, 1);
    assert_true(reign_doubts_clock(s->reign)); /* of what is deleted it is not enough */
    tick(s, HOUR);
    assert_false(reign_doubts_clock(s->reign));
    assert_int_equal(s->raised, 1);
}

static void other_hellos_do_not(void **state)
{
    struct scene *s = *state;
    start(s, YEAR);
    const uint64_t before = epoch(s);
    (void)hello(s, "node1", 0);
    (void)hello(s, "node2", before - 1);
    (void)hello(s, "node3", (uint64_t)(wall(s) - 7 * DAY - HOUR));
    (void)hello(s, "node4", (uint64_t)(wall(s) + HOUR));
    (void)hello(s, "node5", INT64_MAX);
    assert_int_equal(epoch(s), before);
    assert_int_equal(s->raised, 0);
}

static void a_step_while_running_raises_nothing(void **state)
{
    struct scene *s = *state;
    const uint64_t before = epoch(s);
    s->offset = 8 * DAY;
    tick(s, 2000);
    assert_true(reign_doubts_clock(s->reign));
    assert_int_equal(events_of(s, "clock-doubtful"), 1);
    (void)hello(s, "node1", (uint64_t)(wall(s) - 1));
    tick(s, 2 * HOUR);
    assert_int_equal(epoch(s), before);
}

static void a_take_over_confirms_the_clock(void **state)
{
    struct scene *s = *state;
    start(s, 3 * YEAR);
    struct fleet_host *host = hello(s, "node1", (uint64_t)(now + 4 * YEAR));
    assert_true(host->fenced);
    reign_taken_over(s->reign, host->obeyed + 1, "eve", s->mono, wall(s));
    tick(s, 2000);
    assert_false(host->fenced);
    assert_false(reign_doubts_clock(s->reign));
    assert_int_equal(epoch(s), now + 4 * YEAR + 1);
    assert_int_equal(events_of(s, "clock-confirmed"), 1);
    assert_int_equal(s->raised, 1);
    reign_taken_over(s->reign, 5, "eve", s->mono, wall(s)); /* overtaken by another raise */
    assert_int_equal(epoch(s), now + 4 * YEAR + 1);
}

static void a_clock_that_was_confirmed_is_believed_by_the_next_start(void **state)
{
    struct scene *s = *state;
    start(s, 3 * YEAR);
    reign_taken_over(s->reign, epoch(s) + 1, "eve", s->mono, wall(s));
    tick(s, 2000);
    start(s, 3 * YEAR);
    assert_false(reign_doubts_clock(s->reign));
    start(s, 6 * YEAR);
    tick(s, HOUR + 10000);
    assert_false(reign_doubts_clock(s->reign)); /* it has lasted */
    start(s, 6 * YEAR);
    assert_false(reign_doubts_clock(s->reign));
}

static void the_hosts_that_disobey_are_known(void **state)
{
    struct scene *s = *state;
    const uint64_t highest = (uint64_t)(now + 50 * YEAR);
    (void)hello(s, "node1", epoch(s));
    const struct fleet_host *newer = hello(s, "node2", epoch(s) + 1000);
    const struct fleet_host *ahead = hello(s, "node3", highest);
    (void)hello(s, "node4", (uint64_t)(wall(s) + OBEDIENCE_AHEAD_MS + DAY));
    (void)hello(s, "node5", INT64_MAX);
    const struct obedience obedience = obedience_of(s->fleet, wall(s));
    assert_int_equal(obedience.disobey, 4);
    assert_int_equal(obedience.left_out, 2);
    assert_int_equal(obedience.highest, highest);
    assert_string_equal(obedience.of->name, "node5");
    assert_false(obedience_is_ahead(newer, wall(s)));
    assert_true(obedience_is_ahead(ahead, wall(s)));
    assert_true(obedience_is_ahead(newer, -YEAR * 100));
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, make_scene, end_scene)
    const struct CMUnitTest tests[] = {
        CASE(a_right_clock_gives_the_epoch),
        CASE(a_clock_that_is_ahead_gives_none_for_an_hour),
        CASE(a_start_within_the_hour_begins_another_one),
        CASE(a_clock_that_is_corrected_gives_the_epoch),
        CASE(a_hello_shows_that_a_clock_is_right),
        CASE(other_hellos_do_not),
        CASE(a_step_while_running_raises_nothing),
        CASE(a_take_over_confirms_the_clock),
        CASE(a_clock_that_was_confirmed_is_believed_by_the_next_start),
        CASE(the_hosts_that_disobey_are_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
