/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include <jansson.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "controllerd/io/events/alert_text.h"
#include "controllerd/io/events/alerts.h"
#include "shared/base/clock.h"

enum { PATIENCE_S = 60, BODIES = 64 };

/* A server: what it was sent, and what it answers. Posts come from another thread. */
static struct {
    pthread_mutex_t lock;
    char *body[BODIES];
    size_t bodies;
    int answer;
    char url[128];
} server = {.lock = PTHREAD_MUTEX_INITIALIZER};

static struct alerts *alerts;
static int64_t now_ms;

static int fake_post(const char *url, const char *text, int64_t most_ms, int stop_fd,
                     struct daqs_error *err)
{
    (void)most_ms;
    (void)stop_fd;
    pthread_mutex_lock(&server.lock);
    int answer = server.answer;
    if (server.bodies < BODIES)
        server.body[server.bodies++] = strdup(text);
    (void)snprintf(server.url, sizeof server.url, "%s", url);
    pthread_mutex_unlock(&server.lock);
    return answer == DAQS_OK ? DAQS_OK : daqs_fail(err, answer, "fails");
}

static int set_up(void **state)
{
    (void)state;
    now_ms = 1000000;
    server.answer = DAQS_OK;
    alerts = alerts_new(&(struct alerts_setup){.program = "",
                                               .webhook = "http://user:secret@host/path",
                                               .level = EVENT_WARNING,
                                               .hold_ms = 0,
                                               .run_most_ms = 1000,
                                               .post = fake_post});
    return alerts ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    alerts_free(alerts);
    while (server.bodies > 0)
        free(server.body[--server.bodies]);
    return 0;
}

static int64_t wall_ms(void)
{
    return daqs_wall_ms(daqs_clock_system());
}

static void say(enum event_kind kind, const char *host, const char *vm, const char *text)
{
    struct event *event = event_new(kind, host, vm, "", text);
    assert_non_null(event);
    event->at_ms = wall_ms();
    alerts_add(alerts, event, false, now_ms);
    free(event);
}

/* Waits until so many more messages were taken, or posts failed. */
static void reap(uint64_t more)
{
    struct alerts_state was = alerts_state(alerts);
    struct alerts_state is = was;
    time_t end = time(NULL) + PATIENCE_S;
    while (is.told + is.failed < was.told + was.failed + more) {
        assert_true(time(NULL) < end);
        struct pollfd fd = {.fd = alerts_fd(alerts), .events = POLLIN};
        (void)poll(&fd, 1, 1000);
        alerts_reap(alerts, now_ms);
        is = alerts_state(alerts);
    }
}

static size_t posts(void)
{
    pthread_mutex_lock(&server.lock);
    size_t bodies = server.bodies;
    pthread_mutex_unlock(&server.lock);
    return bodies;
}

static void pass(int64_t ms)
{
    now_ms += ms;
    alerts_tick(alerts, now_ms);
}

/* Returns the last list that was posted, which the caller frees. */
static json_t *last(void)
{
    pthread_mutex_lock(&server.lock);
    json_t *list = json_loads(server.body[server.bodies - 1], 0, NULL);
    pthread_mutex_unlock(&server.lock);
    assert_true(json_is_array(list));
    return list;
}

static const char *text_at(const json_t *list, size_t i, const char *where, const char *key)
{
    const json_t *alert = json_array_get(list, i);
    const char *text =
        json_string_value(json_object_get(where ? json_object_get(alert, where) : alert, key));
    return text ? text : "(none)";
}

static void an_incident_is_an_alert_with_labels_and_annotations(void **state)
{
    (void)state;
    say(EVENT_VIOLATION_START, "node1", "db1", "why");
    reap(1);
    assert_string_equal(server.url, "http://user:secret@host/path");
    json_t *list = last();
    assert_int_equal(json_array_size(list), 1);
    assert_string_equal(text_at(list, 0, "labels", "alertname"), "DaqsViolation");
    assert_string_equal(text_at(list, 0, "labels", "severity"), "critical");
    assert_string_equal(text_at(list, 0, "labels", "host"), "node1");
    assert_string_equal(text_at(list, 0, "labels", "vm"), "db1");
    assert_string_equal(text_at(list, 0, "labels", "uplink"), "(none)");
    assert_string_equal(text_at(list, 0, "annotations", "summary"), "violation-start node1/db1");
    assert_string_equal(text_at(list, 0, "annotations", "description"), "why");
    assert_string_equal(text_at(list, 0, "annotations", "command"), "daqsctl explain node1 db1");
    assert_true(strcmp(text_at(list, 0, NULL, "startsAt"), text_at(list, 0, NULL, "endsAt")) < 0);
    json_decref(list);
    assert_int_equal(alerts_state(alerts).told, 1);
}

static void its_end_has_the_same_labels_and_has_passed(void **state)
{
    (void)state;
    say(EVENT_TAMPERED, "node1", "db1", "why");
    reap(1);
    json_t *start = last();
    say(EVENT_RECOVERED, "node1", "db1", "well");
    reap(1);
    json_t *end = last();
    assert_true(json_equal(json_object_get(json_array_get(start, 0), "labels"),
                           json_object_get(json_array_get(end, 0), "labels")));
    assert_string_equal(text_at(start, 0, NULL, "startsAt"), text_at(end, 0, NULL, "startsAt"));
    assert_true(strcmp(text_at(end, 0, NULL, "endsAt"), text_at(start, 0, NULL, "endsAt")) < 0);
    assert_string_equal(text_at(end, 0, "annotations", "description"), "well");
    json_decref(start);
    json_decref(end);
}

/* Incidents that wait for a server are posted together, in their newest state. */
static void a_server_that_is_away_gets_the_newest_state_later(void **state)
{
    (void)state;
    server.answer = DAQS_EIO;
    say(EVENT_HOST_DOWN, "node1", "", "gone");
    reap(1);
    say(EVENT_TAMPERED, "node2", "a", "over before it is sent");
    say(EVENT_TAMPERED, "node2", "b", "lasts");
    say(EVENT_RECOVERED, "node2", "a", "well");
    for (int64_t wait = 1000; wait < 200000; wait *= 2) { /* twice as long each time */
        size_t before = posts();
        pass((wait < ALERTS_RETRY_MOST_MS ? wait : ALERTS_RETRY_MOST_MS) - 1);
        assert_int_equal(posts(), before);
        pass(1);
        reap(1);
    }
    assert_int_equal(alerts_state(alerts).told, 0);
    assert_int_equal(alerts_state(alerts).failed, posts());
    server.answer = DAQS_OK;
    pass(ALERTS_RETRY_MOST_MS);
    reap(2);
    json_t *list = last();
    assert_int_equal(json_array_size(list), 2);
    assert_string_equal(text_at(list, 0, "labels", "host"), "node1");
    assert_string_equal(text_at(list, 1, "labels", "vm"), "b");
    json_decref(list);
    assert_int_equal(alerts_state(alerts).told, 2);
    assert_int_equal(alerts_state(alerts).lost, 0);
}

static void a_text_that_is_refused_is_not_posted_for_ever(void **state)
{
    (void)state;
    server.answer = DAQS_EREFUSED;
    say(EVENT_SLA_STAYS, "node1", "a", "");
    reap(1);
    server.answer = DAQS_OK;
    say(EVENT_SLA_STAYS, "node1", "b", "");
    reap(1);
    json_t *list = last();
    assert_int_equal(json_array_size(list), 1);
    assert_string_equal(text_at(list, 0, "labels", "alertname"), "DaqsSlaStays");
    assert_string_equal(text_at(list, 0, "labels", "vm"), "b");
    json_decref(list);
    assert_int_equal(alerts_state(alerts).failed, 1);
}

static void what_lasts_is_posted_again_before_alertmanager_takes_it_as_over(void **state)
{
    (void)state;
    say(EVENT_HOST_DOWN, "node1", "", "gone");
    reap(1);
    assert_true(2 * ALERTS_REPEAT_MS < ALERT_TEXT_LASTS_MS);
    pass(ALERTS_REPEAT_MS - 1);
    assert_int_equal(posts(), 1);
    pass(1000);
    for (time_t end = time(NULL) + PATIENCE_S; posts() == 1;)
        assert_true(time(NULL) < end);
    json_t *list = last();
    assert_string_equal(text_at(list, 0, "labels", "alertname"), "DaqsHostDown");
    json_decref(list);
    assert_int_equal(alerts_state(alerts).told, 1); /* not again */
}

static void a_storm_is_posted_in_parts(void **state)
{
    char vm[16];
    (void)state;
    say(EVENT_HOST_DOWN, "node2", "", "gone");
    for (int i = 0; i < ALERTS_POSTED_MOST + 2; i++) {
        (void)snprintf(vm, sizeof vm, "vm%d", i);
        say(EVENT_UNMANAGED, "node1", vm, "");
    }
    reap(ALERTS_POSTED_MOST + 3);
    assert_int_equal(posts(), 3); /* the first alone, because nothing else waited */
    json_t *list = last();
    assert_int_equal(json_array_size(list), 2);
    json_decref(list);
    assert_int_equal(alerts_state(alerts).told, ALERTS_POSTED_MOST + 3);
}

/* The end would lie before the start, which Alertmanager rejects. */
static void a_clock_that_was_set_back_makes_no_bad_alert(void **state)
{
    (void)state;
    struct event start = {
        .kind = EVENT_TAMPERED, .host = "a", .vm = "b", .uplink = "", .text = "", .at_ms = 9000};
    struct event end = start;
    end.kind = EVENT_RECOVERED;
    end.at_ms = 5000;
    const struct alert_message message = {.key = "vm-state/a/b",
                                          .incident = ALERT_VM_STATE,
                                          .status = ALERT_STATUS_RESOLVED,
                                          .since_ms = 9000,
                                          .about = &start,
                                          .latest = &end};
    char *text = alert_text_list(&message, 1, 5000);
    assert_non_null(strstr(text, "\"startsAt\":\"1970-01-01T00:00:09Z\",\"endsAt\":"
                                 "\"1970-01-01T00:00:09.001Z\""));
    free(text);
}

/* A text may have been cut within a character. */
static void a_text_that_is_not_utf8_at_its_end_is_sent(void **state)
{
    (void)state;
    const struct event event = {.kind = EVENT_SLA_STAYS,
                                .host = "a",
                                .vm = "",
                                .uplink = "",
                                .text = "cut \xe2\x82",
                                .at_ms = 9000};
    const struct alert_message message = {
        .key = "sla-stays/a", .incident = ALERT_NONE, .about = &event, .latest = &event};
    char *line = alert_text_line(&message);
    assert_non_null(line);
    assert_non_null(strstr(line, "\"text\":\"cut \""));
    free(line);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(an_incident_is_an_alert_with_labels_and_annotations),
        CASE(its_end_has_the_same_labels_and_has_passed),
        CASE(a_server_that_is_away_gets_the_newest_state_later),
        CASE(a_text_that_is_refused_is_not_posted_for_ever),
        CASE(what_lasts_is_posted_again_before_alertmanager_takes_it_as_over),
        CASE(a_storm_is_posted_in_parts),
        CASE(a_clock_that_was_set_back_makes_no_bad_alert),
        CASE(a_text_that_is_not_utf8_at_its_end_is_sent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
