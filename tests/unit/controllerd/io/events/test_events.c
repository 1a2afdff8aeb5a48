/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/store_box.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "controllerd/core/fleet/maintenance.h"
#include "controllerd/io/events/alerts.h"
#include "controllerd/io/events/events.h"
#include "shared/base/clock.h"

struct scene {
    struct box *box;
    struct events *events;
};

enum { A_SECOND = 1000 };

static int make_scene(void **state)
{
    struct scene *s = calloc(1, sizeof *s);
    if (!s || make_store((void **)&s->box) != 0)
        return -1;
    *state = s;
    s->events = events_new(&(struct events_setup){.store = s->box->store, .per_second = A_SECOND});
    return s->events ? 0 : -1;
}

static int end_scene(void **state)
{
    struct scene *s = *state;
    void *box = s->box;
    close_store(s->box);
    events_free(s->events);
    free(s);
    return remove_all(&box);
}

static void turn(struct scene *s, time_t end)
{
    assert_true(time(NULL) < end);
    events_tick(s->events, daqs_mono_ms(daqs_clock_system()));
    store_reap(s->box->store);
}

/* Until nothing waits and the file has so many. */
static void wait_for_rows(struct scene *s, int64_t rows)
{
    time_t end = time(NULL) + PATIENCE_S;
    while (events_state(s->events).waiting > 0)
        turn(s, end);
    while (number(s->box, "SELECT count(*) FROM event") < rows)
        turn(s, end);
}

/* Of so many hosts, one each. */
static void emit_of_hosts(struct scene *s, enum event_kind kind, int count)
{
    for (int i = 0; i < count; i++) {
        char host[16];
        (void)snprintf(host, sizeof host, "host%d", i);
        (void)events_emit(s->events, kind, host, "", 0, "number %d", i);
    }
}

/* The events of a kind whose text is like this. */
static int64_t count_like(struct scene *s, const char *kind, const char *text)
{
    char sql[256];
    (void)snprintf(sql, sizeof sql,
                   "SELECT count(*) FROM event WHERE kind = '%s' AND text LIKE '%s'", kind, text);
    return number(s->box, sql);
}

static void recorded_values_are_kept(void **state)
{
    struct scene *s = *state;
    int64_t before_ms = daqs_wall_ms(daqs_clock_system());
    events_emit(s->events, EVENT_RECOVERED, "node1", "db1", 4321, "it answers again after %d s", 5);
    events_emit(s->events, EVENT_CONTROLLER_STARTED, "", "", 0, "well");
    wait_for_rows(s, 2);
    assert_int_equal(number(s->box, "SELECT count(*) FROM event WHERE id = 1 AND kind = 'recovered'"
                                    " AND level = 'info' AND host = 'node1' AND vm = 'db1'"
                                    " AND since_ms = 4321 AND text = 'it answers again after 5 s'"),
                     1);
    assert_int_equal(number(s->box, "SELECT count(*) FROM event WHERE id = 2 AND since_ms IS NULL"
                                    " AND kind = 'controller-started' AND host = '' AND vm = ''"),
                     1);
    assert_true(number(s->box, "SELECT min(at_ms) FROM event") >= before_ms);
}

static void without_a_place_to_keep_them_events_are_only_logged(void **state)
{
    (void)state;
    events_emit(NULL, EVENT_HOST_DOWN, "node1", "", 0, "nobody keeps this");
    events_flush(NULL);
}

static void numbers_go_on_after_a_restart(void **state)
{
    struct scene *s = *state;
    int64_t last = 0;
    events_emit(s->events, EVENT_HOST_UP, "node1", "", 0, "one");
    events_emit(s->events, EVENT_HOST_UP, "node1", "", 0, "two");
    wait_for_rows(s, 2);
    close_store(s->box);
    open_store(s->box);
    assert_int_equal(store_last_event(s->box->store, &last, NULL), DAQS_OK);
    assert_int_equal(last, 2);
}

static void waiting_events_are_written_at_the_end(void **state)
{
    struct scene *s = *state;
    for (int i = 0; i < 900; i++) /* more than one batch */
        events_emit(s->events, EVENT_HOST_UP, "node1", "", 0, "number %d", i);
    events_flush(s->events);
    close_store(s->box);
    open_store(s->box);
    assert_int_equal(number(s->box, "SELECT count(*) FROM event"), 900);
    assert_int_equal(number(s->box, "SELECT max(id) FROM event"), 900);
}

static void a_host_with_3000_flapping_vms_does_not_hide_another_one(void **state)
{
    struct scene *s = *state;
    for (int round = 0; round < 5; round++)
        for (int i = 0; i < 3000; i++) {
            char vm[16];
            (void)snprintf(vm, sizeof vm, "vm%d", i);
            (void)events_emit(s->events, round % 2 ? EVENT_RECOVERED : EVENT_TAMPERED, "bad", vm, 0,
                              "x");
        }
    assert_true(events_emit(s->events, EVENT_VIOLATION_START, "bad", "vm1", 0, "x"));
    assert_true(events_emit(s->events, EVENT_TAMPERED, "good", "db1", 0, "x"));
    assert_true(events_emit(s->events, EVENT_HOST_DOWN, "good", "", 0, "x"));
    assert_true(events_emit(s->events, EVENT_PEER_ENROLLED, "new", "", 0, "x"));
    struct events_state after = events_state(s->events);
    assert_in_range(after.lost, 14490, 14500);
    assert_int_equal(after.lost + after.waiting, 15004);
    assert_false(events_have_room(s->events, EVENT_TAMPERED, "bad", "vm1"));
    assert_true(events_have_room(s->events, EVENT_TAMPERED, "good", "vm1"));
    wait_for_rows(s, (int64_t)after.waiting + 1);
    assert_int_equal(count_like(s, "events-lost", "%"), 1);
    assert_int_equal(number(s->box, "SELECT CAST(substr(text, instr(text, ': ') + 2) AS INTEGER)"
                                    " FROM event WHERE kind = 'events-lost' AND host = 'bad'"),
                     (int64_t)after.lost);
}

static void
ordinary_events_of_all_hosts_are_limited_in_a_second_and_the_others_are_not(void **state)
{
    struct scene *s = *state;
    emit_of_hosts(s, EVENT_CAPACITY_CHANGED, 2 * A_SECOND);
    uint64_t lost = events_state(s->events).lost;
    assert_in_range(lost, 1, A_SECOND);
    emit_of_hosts(s, EVENT_HOST_DOWN, A_SECOND);
    emit_of_hosts(s, EVENT_PEER_ENROLLED, A_SECOND);
    assert_int_equal(events_state(s->events).lost, lost);
    assert_int_equal(events_state(s->events).waiting, 4 * A_SECOND - lost);
}

/* The table is renamed away: no write succeeds until it is back. */
static void while_nothing_can_be_written_events_wait_and_go_in_afterwards(void **state)
{
    struct scene *s = *state;
    time_t end = time(NULL) + PATIENCE_S;
    run(s->box, "ALTER TABLE event RENAME TO elsewhere");
    for (int i = 0; i < 10; i++)
        events_emit(s->events, EVENT_HOST_UP, "node1", "", 0, "number %d", i);
    while (!events_state(s->events).failing)
        turn(s, end);
    assert_int_equal(events_state(s->events).waiting, 10);
    run(s->box, "ALTER TABLE elsewhere RENAME TO event");
    wait_for_rows(s, 10);
    assert_int_equal(events_state(s->events).lost, 0);
    assert_int_equal(number(s->box, "SELECT count(*) FROM event WHERE id = rowid"
                                    " AND text = 'number ' || (id - 1)"),
                     10);
}

static void the_host_with_most_events_gives_way_when_the_queue_is_full(void **state)
{
    struct scene *s = *state;
    run(s->box, "ALTER TABLE event RENAME TO elsewhere");
    emit_of_hosts(s, EVENT_HOST_DOWN, EVENTS_WAITING_MAX - 400);
    for (int i = 0; i < 900; i++)
        (void)events_emit(s->events, EVENT_HOST_DISOBEYS, "bad", "", 0, "number %d", i);
    (void)events_emit(s->events, EVENT_CONTROLLER_STARTED, "", "", 0, "x");
    struct events_state full = events_state(s->events);
    assert_int_equal(full.waiting, EVENTS_WAITING_MAX);
    assert_int_equal(full.lost, 501);
    run(s->box, "ALTER TABLE elsewhere RENAME TO event");
    wait_for_rows(s, EVENTS_WAITING_MAX + 1);
    assert_int_equal(count_like(s, "host-down", "%"), EVENTS_WAITING_MAX - 400);
    assert_int_equal(count_like(s, "controller-started", "%"), 1);
    assert_int_equal(count_like(s, "host-disobeys", "number 899"), 1);
    assert_int_equal(number(s->box, "SELECT count(*) FROM event WHERE kind = 'events-lost'"
                                    " AND host = 'bad' AND text LIKE '%: 501'"),
                     1);
}

static void what_was_lost_is_reported_at_the_end_too(void **state)
{
    struct scene *s = *state;
    for (int i = 0; i < 30; i++)
        (void)events_emit(s->events, EVENT_TAMPERED, "node1", "db1", 0, "x");
    (void)events_emit(s->events, EVENT_TAMPERED, "node1", "db2", 0, "x");
    events_flush(s->events);
    close_store(s->box);
    open_store(s->box);
    assert_int_equal(count_like(s, "tampered", "%"), 21);
    assert_int_equal(count_like(s, "events-lost", "%: 10"), 1);
}

static void a_long_text_is_cut(void **state)
{
    struct scene *s = *state;
    char text[2 * EVENT_TEXT_BYTES];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    events_emit(s->events, EVENT_HOST_UP, "node1", "", 0, "%s", text);
    wait_for_rows(s, 1);
    assert_int_equal(number(s->box, "SELECT length(text) FROM event"), EVENT_TEXT_BYTES - 1);
}

/* up0's end was reported, up1's was not; the uplink of node2's event is not known. */
static void reported_states_of_uplinks_are_known_after_a_restart(void **state)
{
    struct scene *s = *state;
    const char *const host = "node1";
    const char *const up0 = "up0";
    const char *const up1 = "up1";
    int64_t since_ms = 0;
    struct oversold *oversold = oversold_new();
    assert_non_null(oversold);
    events_emit_uplink(s->events, EVENT_OVERSUBSCRIBED, host, "", up0, 0, "too much");
    events_emit_uplink(s->events, EVENT_OVERSUBSCRIBED, host, "", up1, 0, "too much");
    events_emit_uplink(s->events, EVENT_OVERSUBSCRIBED_END, host, "", up1, 5, "no more");
    events_emit_uplink(s->events, EVENT_OVERSUBSCRIBED_END, host, "", up0, 5, "no more");
    events_emit_uplink(s->events, EVENT_OVERSUBSCRIBED, host, "", up1, 0, "again");
    events_emit_uplink(s->events, EVENT_CAPACITY_CHANGED, host, "", up1, 0, "another speed");
    events_emit(s->events, EVENT_OVERSUBSCRIBED, "node2", "", 0, "of before");
    wait_for_rows(s, 7);
    close_store(s->box);
    open_store(s->box);
    assert_int_equal(store_load_oversold(s->box->store, oversold, NULL), DAQS_OK);
    assert_false(oversold_take(oversold, host, up0, &since_ms));
    assert_true(oversold_take(oversold, host, up1, &since_ms));
    oversold_free(oversold);
    assert_int_equal(since_ms, number(s->box, "SELECT at_ms FROM event WHERE id = 5"));
}

/* --- the table --- */

static bool refused(struct scene *s, const char *sql)
{
    sqlite3 *db = open_file(s->box);
    bool failed = sqlite_run(db, sql, NULL) != DAQS_OK;
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    return failed;
}

static void events_are_not_changed(void **state)
{
    struct scene *s = *state;
    events_emit(s->events, EVENT_HOST_UP, "node1", "", 0, "one");
    wait_for_rows(s, 1);
    assert_true(refused(s, "UPDATE event SET text = 'other'"));
    assert_int_equal(number(s->box, "SELECT count(*) FROM event WHERE text = 'one'"), 1);
}

/* Nothing is emitted meanwhile. */
static void old_events_are_deleted_although_no_new_ones_come(void **state)
{
    struct scene *s = *state;
    time_t end = time(NULL) + PATIENCE_S;
    const struct store_events_keep keep = {INT64_C(86400000), 1000000000};
    run(s->box, "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)"
                " INSERT INTO event (id, at_ms, kind, level, host, vm, text)"
                " SELECT i, (unixepoch() - 90000) * 1000, 'host-up', 'info', 'a', '', 'old'"
                " FROM n");
    run(s->box, "INSERT INTO event (id, at_ms, kind, level, host, vm, text) VALUES"
                " (5001, (unixepoch() - 80000) * 1000, 'host-up', 'info', 'a', '', 'young')");
    events_free(s->events);
    s->events = events_new(&(struct events_setup){
        .store = s->box->store, .per_second = A_SECOND, .last_id = 5001, .keep = &keep});
    while (number(s->box, "SELECT count(*) FROM event WHERE text = 'old'") > 0)
        turn(s, end);
    assert_int_equal(number(s->box, "SELECT count(*) FROM event"), 1);
}

/* --- asking --- */

struct question {
    struct store_question query; /* first */
    bool done;
};

static void answered(struct store_job *job)
{
    ((struct question *)job)->done = true;
}

/* The caller's to daqs_table_done. */
static struct question ask(struct scene *s, const char *host, const char *vm, int64_t since_ms,
                           int64_t after_id)
{
    struct question q = {.query = {.since_ms = since_ms, .until_ms = INT64_MAX, .token = after_id}};
    (void)snprintf(q.query.host, sizeof q.query.host, "%s", host);
    (void)snprintf(q.query.vm, sizeof q.query.vm, "%s", vm);
    q.query.base.done = answered;
    assert_int_equal(store_query_events(s->box->store, &q.query), DAQS_OK);
    wait_for(s->box->store, &q.done);
    if (q.query.base.result != DAQS_OK)
        fail_msg("%s", q.query.base.error.text);
    return q;
}

static void assert_answer(struct scene *s, const char *host, const char *vm, int64_t since_ms,
                          int64_t after_id, const char *ids)
{
    char got[256] = "";
    struct question q = ask(s, host, vm, since_ms, after_id);
    for (size_t row = 0; row < daqs_table_rows(&q.query.table); row++)
        (void)snprintf(got + strlen(got), sizeof got - strlen(got), "%s%llu", row ? " " : "",
                       (unsigned long long)daqs_table_at(&q.query.table, row, 0)->number);
    assert_string_equal(got, ids);
    assert_false(q.query.more);
    daqs_table_done(&q.query.table);
}

/* The fourth was said after the clock went back. */
static void put_five(struct scene *s)
{
    run(s->box, "INSERT INTO event (id, at_ms, kind, level, host, vm, since_ms, text) VALUES"
                " (1, 1000, 'host-up', 'info', 'a', '', NULL, 'x'),"
                " (2, 2000, 'tampered', 'warning', 'a', 'db1', NULL, 'x'),"
                " (3, 3000, 'recovered', 'info', 'a', 'db1', 2000, 'x'),"
                " (4, 1500, 'tampered', 'warning', 'b', 'db1', NULL, 'x'),"
                " (7, 4000, 'controller-started', 'info', '', '', NULL, 'x')");
}

static void questions_are_answered_by_host_vm_and_time(void **state)
{
    struct scene *s = *state;
    put_five(s);
    assert_answer(s, "", "", 0, -1, "1 2 3 4 7");
    assert_answer(s, "a", "", 0, -1, "1 2 3");
    assert_answer(s, "a", "db1", 0, -1, "2 3");
    assert_answer(s, "nobody", "", 0, -1, "");
    assert_answer(s, "", "", 2000, -1, "2 3 7");
    assert_answer(s, "", "", 3500, -1, "7");
    assert_answer(s, "", "", 4001, -1, "");
    assert_answer(s, "", "", 0, 3, "4 7");
    assert_answer(s, "", "", 0, 7, "");
}

/* The ids of those that are asked for. */
static void assert_filtered(struct scene *s, enum event_level level, const char *kind,
                            const char *ids)
{
    char got[256] = "";
    struct question q = {
        .query = {.until_ms = INT64_MAX, .token = -1, .level = level, .kind = kind}};
    q.query.base.done = answered;
    assert_int_equal(store_query_events(s->box->store, &q.query), DAQS_OK);
    wait_for(s->box->store, &q.done);
    for (size_t row = 0; row < daqs_table_rows(&q.query.table); row++)
        (void)snprintf(got + strlen(got), sizeof got - strlen(got), "%s%llu", row ? " " : "",
                       (unsigned long long)daqs_table_at(&q.query.table, row, 0)->number);
    assert_string_equal(got, ids);
    assert_int_equal(q.query.next, 7); /* what was looked at */
    daqs_table_done(&q.query.table);
}

static void questions_are_answered_by_level_and_kind(void **state)
{
    struct scene *s = *state;
    put_five(s);
    assert_filtered(s, EVENT_INFO, NULL, "1 2 3 4 7");
    assert_filtered(s, EVENT_WARNING, NULL, "2 4");
    assert_filtered(s, EVENT_INFO, "recovered", "3");
    assert_filtered(s, EVENT_WARNING, "recovered", "");
    assert_filtered(s, EVENT_INFO, "tampered", "2 4");
}

static void a_kind_is_known_by_its_name(void **state)
{
    (void)state;
    for (int i = 0; i < EVENT_KINDS_COUNT; i++) {
        enum event_kind kind;
        assert_true(event_kind_parse(event_kind_name((enum event_kind)i), &kind));
        assert_int_equal(kind, i);
    }
    enum event_kind none;
    assert_false(event_kind_parse("", &none));
    assert_false(event_kind_parse("host", &none));
}

/* --- alerts --- */

static size_t read_alerts(const struct box *box, char *text, size_t size)
{
    char path[STORE_BOX_NAME_BYTES];
    (void)snprintf(path, sizeof path, "%s/sent", box->folder);
    FILE *file = fopen(path, "re");
    size_t n = file ? fread(text, 1, size - 1, file) : 0;
    text[n] = '\0';
    if (file)
        (void)fclose(file);
    return n;
}

static struct alerts *make_alerts(const struct box *box)
{
    char path[STORE_BOX_NAME_BYTES];
    (void)snprintf(path, sizeof path, "%s/program", box->folder);
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    assert_true(fprintf(file, "#!/bin/sh\ncat >> %s/sent\n", box->folder) > 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path, 0700), 0);
    struct alerts *alerts = alerts_new(&(struct alerts_setup){
        .program = path, .webhook = "", .level = EVENT_INFO, .run_most_ms = 10000});
    assert_non_null(alerts);
    return alerts;
}

/* Waits until the program has got the text. */
static void assert_alert(const struct box *box, struct alerts *alerts, const char *text)
{
    char sent[4096];
    time_t end = time(NULL) + PATIENCE_S;
    while (read_alerts(box, sent, sizeof sent) == 0 || !strstr(sent, text)) {
        assert_true(time(NULL) < end);
        alerts_reap(alerts, daqs_mono_ms(daqs_clock_system()));
        alerts_tick(alerts, daqs_mono_ms(daqs_clock_system()));
    }
}

static void alerts_of_hosts_in_maintenance_are_muted(void **state)
{
    struct scene *s = *state;
    char sent[4096];
    struct maintenance *maintenance = maintenance_new();
    struct alerts *alerts = make_alerts(s->box);
    assert_non_null(maintenance);
    assert_int_equal(maintenance_put(maintenance, "node1", 1, "kim"), DAQS_OK);
    struct events *events = events_new(&(struct events_setup){.store = s->box->store,
                                                              .alerts = alerts,
                                                              .maintenance = maintenance,
                                                              .per_second = A_SECOND});
    assert_non_null(events);
    events_emit(events, EVENT_HOST_DOWN, "node1", "", 0, "silent");
    events_emit(events, EVENT_TAMPERED, "node1", "vm", 0, "tampers");
    events_emit(events, EVENT_HOST_DOWN, "node2", "", 0, "silent");
    assert_alert(s->box, alerts, "node2");
    (void)read_alerts(s->box, sent, sizeof sent);
    assert_null(strstr(sent, "node1"));
    maintenance_remove(maintenance, "node1");
    events_emit(events, EVENT_MAINTENANCE_OFF, "node1", "", 0, "by kim");
    assert_alert(s->box, alerts, "maintenance-off/node1");
    assert_alert(s->box, alerts, "host-down/node1");   /* still */
    assert_int_equal(events_state(events).waiting, 4); /* all are stored */
    close_store(s->box);
    events_free(events);
    alerts_free(alerts);
    maintenance_free(maintenance);
}

/* An end that is not sent would leave an alert open. */
static void alerts_of_lost_events_are_sent_all_the_same(void **state)
{
    struct scene *s = *state;
    struct alerts *alerts = make_alerts(s->box);
    struct events *events = events_new(
        &(struct events_setup){.store = s->box->store, .alerts = alerts, .per_second = 1});
    assert_non_null(events);
    for (int i = 0; i < 10000 && events_state(events).lost == 0; i++)
        events_emit(events, EVENT_UNMANAGED, "node1", "db1", 0, "again");
    assert_int_equal(events_state(events).lost, 1);
    events_emit(events, EVENT_TAMPERED, "node1", "db1", 0, "worse");
    assert_int_equal(events_state(events).lost, 2);
    assert_alert(s->box, alerts, "\"id\":null");
    assert_alert(s->box, alerts, "\"text\":\"worse\"");
    close_store(s->box);
    events_free(events);
    alerts_free(alerts);
}

static void where_an_answer_ended_is_known_although_it_is_empty(void **state)
{
    struct scene *s = *state;
    put_five(s);
    struct question q = ask(s, "", "", 5000, -1);
    assert_int_equal(q.query.next, 7);
    daqs_table_done(&q.query.table);
    q = ask(s, "nobody", "", 0, 2);
    assert_int_equal(q.query.next, 7);
    daqs_table_done(&q.query.table);
}

static void a_long_answer_comes_in_parts_without_gaps(void **state)
{
    struct scene *s = *state;
    run(s->box, "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50000)"
                " INSERT INTO event (id, at_ms, kind, level, host, vm, text)"
                " SELECT i, 1000, 'host-up', 'info', iif(i % 10 = 0, 'a', 'b'), '', printf('%.*c',"
                " i % 900, 'x') FROM n");
    uint64_t rows = 0;
    int64_t after = -1;
    bool more = true;
    int parts = 0;
    for (; more; parts++) {
        struct question q = ask(s, "a", "", 0, after);
        for (size_t row = 0; row < daqs_table_rows(&q.query.table); row++)
            assert_int_equal(daqs_table_at(&q.query.table, row, 0)->number, 10 * ++rows);
        after = q.query.next;
        more = q.query.more;
        daqs_table_done(&q.query.table);
    }
    assert_int_equal(rows, 5000);
    assert_true(parts > 2);
}

#define IN_SCENE(test) cmocka_unit_test_setup_teardown(test, make_scene, end_scene)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_SCENE(recorded_values_are_kept),
        cmocka_unit_test(without_a_place_to_keep_them_events_are_only_logged),
        IN_SCENE(numbers_go_on_after_a_restart),
        IN_SCENE(waiting_events_are_written_at_the_end),
        IN_SCENE(a_host_with_3000_flapping_vms_does_not_hide_another_one),
        IN_SCENE(ordinary_events_of_all_hosts_are_limited_in_a_second_and_the_others_are_not),
        IN_SCENE(while_nothing_can_be_written_events_wait_and_go_in_afterwards),
        IN_SCENE(the_host_with_most_events_gives_way_when_the_queue_is_full),
        IN_SCENE(what_was_lost_is_reported_at_the_end_too),
        IN_SCENE(a_long_text_is_cut),
        IN_SCENE(reported_states_of_uplinks_are_known_after_a_restart),
        IN_SCENE(events_are_not_changed),
        IN_SCENE(old_events_are_deleted_although_no_new_ones_come),
        IN_SCENE(questions_are_answered_by_host_vm_and_time),
        IN_SCENE(questions_are_answered_by_level_and_kind),
        IN_SCENE(a_kind_is_known_by_its_name),
        IN_SCENE(alerts_of_hosts_in_maintenance_are_muted),
        IN_SCENE(alerts_of_lost_events_are_sent_all_the_same),
        IN_SCENE(where_an_answer_ended_is_known_although_it_is_empty),
        IN_SCENE(a_long_answer_comes_in_parts_without_gaps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
