/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controllerd/core/diagnosis/alert_book.h"
#include "shared/base/duration.h"

enum { HOLD_MS = 10000, REPEAT_MS = 60000, KEEP_MS = 600000, BATCH = 64 };
#define UTC_MS INT64_C(1700000000000)

static struct alert_book *book;
static int64_t now_ms;
static bool muted;
static struct alert_message got[BATCH];

static void make(enum event_level level, int64_t repeat_ms)
{
    alert_book_free(book);
    book = alert_book_new(&(struct alert_book_setup){
        .level = level, .hold_ms = HOLD_MS, .repeat_ms = repeat_ms, .keep_ms = KEEP_MS});
    assert_non_null(book);
}

static int set_up(void **state)
{
    (void)state;
    now_ms = 1000000;
    muted = false;
    make(EVENT_WARNING, 0);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    alert_book_free(book);
    book = NULL;
    return 0;
}

static void add(enum event_kind kind, const char *host, const char *vm, const char *uplink,
                const char *text)
{
    struct event *event = event_new(kind, host, vm, uplink, text);
    assert_non_null(event);
    event->at_ms = UTC_MS + now_ms;
    alert_book_add(book, event, muted, now_ms);
    free(event);
}

static void host(enum event_kind kind, const char *name)
{
    add(kind, name, "", "", "");
}

static void vm(enum event_kind kind, const char *host_name, const char *name)
{
    add(kind, host_name, name, "", "");
}

static size_t take(void)
{
    alert_book_tick(book, now_ms);
    return alert_book_take(book, got, BATCH, now_ms);
}

static void assert_none(void)
{
    assert_int_equal(take(), 0);
}

/* One message is due; it is delivered. */
static void assert_sent(enum alert_status status, const char *key)
{
    assert_int_equal(take(), 1);
    assert_string_equal(got[0].key, key);
    assert_int_equal(got[0].status, status);
    alert_book_done(book, true, now_ms);
}

static void an_incident_is_sent_once_it_has_lasted(void **state)
{
    (void)state;
    int64_t began_ms = UTC_MS + now_ms;
    add(EVENT_VIOLATION_START, "node1", "db1", "up0", "why");
    now_ms += HOLD_MS - 1;
    assert_none();
    now_ms += 1;
    assert_int_equal(take(), 1);
    assert_string_equal(got[0].key, "violation/node1/db1/up0");
    assert_int_equal(got[0].status, ALERT_STATUS_FIRING);
    assert_int_equal(got[0].since_ms, began_ms);
    assert_int_equal(got[0].latest->kind, EVENT_VIOLATION_START);
    assert_string_equal(got[0].latest->text, "why");
    alert_book_done(book, true, now_ms);
    now_ms += 100 * HOLD_MS;
    assert_none();
}

static void the_end_is_sent_after_the_start_whatever_its_level(void **state)
{
    (void)state;
    int64_t began_ms = UTC_MS + now_ms;
    vm(EVENT_TAMPERED, "node1", "db1");
    now_ms += HOLD_MS;
    assert_sent(ALERT_STATUS_FIRING, "vm-state/node1/db1");
    add(EVENT_RECOVERED, "node1", "db1", "", "well again");
    now_ms += HOLD_MS - 1;
    assert_none();
    now_ms += 1;
    assert_int_equal(take(), 1);
    assert_int_equal(got[0].status, ALERT_STATUS_RESOLVED);
    assert_string_equal(got[0].key, "vm-state/node1/db1");
    assert_int_equal(got[0].since_ms, began_ms);
    assert_int_equal(got[0].latest->kind, EVENT_RECOVERED);
    assert_string_equal(got[0].latest->text, "well again");
    assert_int_equal(got[0].about->kind, EVENT_TAMPERED);
    alert_book_done(book, true, now_ms);
    assert_int_equal(alert_book_count(book), 0);
}

static void a_full_state_dir_and_a_doubtful_clock_have_an_end(void **state)
{
    (void)state;
    host(EVENT_STATE_DIR_FAILING, "node1");
    now_ms += HOLD_MS;
    assert_sent(ALERT_STATUS_FIRING, "state-dir/node1");
    host(EVENT_STATE_DIR_BACK, "node1");
    now_ms += HOLD_MS;
    assert_sent(ALERT_STATUS_RESOLVED, "state-dir/node1");
    host(EVENT_CLOCK_DOUBTFUL, "");
    now_ms += HOLD_MS;
    assert_sent(ALERT_STATUS_FIRING, "clock");
    host(EVENT_CLOCK_CONFIRMED, "");
    now_ms += HOLD_MS;
    assert_sent(ALERT_STATUS_RESOLVED, "clock");
    assert_int_equal(alert_book_count(book), 0);
}

static void a_host_that_is_claimed_or_disobeys_has_an_end(void **state)
{
    (void)state;
    host(EVENT_HOST_CLAIMED, "node1");
    now_ms += HOLD_MS;
    assert_sent(ALERT_STATUS_FIRING, "host-claimed/node1");
    host(EVENT_HOST_CLAIMED_END, "node1");
    now_ms += HOLD_MS;
    assert_sent(ALERT_STATUS_RESOLVED, "host-claimed/node1");
    host(EVENT_HOST_DISOBEYS, "node1");
    now_ms += HOLD_MS;
    assert_sent(ALERT_STATUS_FIRING, "host-disobeys/node1");
    host(EVENT_HOST_OBEYS, "node1");
    now_ms += HOLD_MS;
    assert_sent(ALERT_STATUS_RESOLVED, "host-disobeys/node1");
    host(EVENT_OTHER_CONTROLLER, "node1");
    now_ms += HOLD_MS;
    assert_sent(ALERT_STATUS_FIRING, "other-controller/node1");
    host(EVENT_OTHER_CONTROLLER_END, "node1");
    now_ms += HOLD_MS;
    assert_sent(ALERT_STATUS_RESOLVED, "other-controller/node1");
    assert_int_equal(alert_book_count(book), 0);
}

static void a_short_incident_is_not_sent_nor_is_its_end(void **state)
{
    (void)state;
    vm(EVENT_VIOLATION_START, "node1", "db1");
    now_ms += HOLD_MS / 2;
    vm(EVENT_VIOLATION_END, "node1", "db1");
    for (int i = 0; i < 10; i++, now_ms += HOLD_MS / 2)
        assert_none();
    assert_int_equal(alert_book_count(book), 0);
    assert_int_equal(alert_book_lost(book), 0);
}

static void an_incident_that_comes_back_within_the_hold_does_not_page_again(void **state)
{
    (void)state;
    vm(EVENT_VIOLATION_START, "node1", "db1");
    now_ms += HOLD_MS;
    assert_sent(ALERT_STATUS_FIRING, "violation/node1/db1");
    for (int i = 0; i < 20; i++) {
        vm(EVENT_VIOLATION_END, "node1", "db1");
        now_ms += HOLD_MS - 1;
        assert_none();
        vm(EVENT_VIOLATION_START, "node1", "db1");
        assert_none();
        now_ms += HOLD_MS;
        assert_none();
    }
    vm(EVENT_VIOLATION_END, "node1", "db1");
    now_ms += HOLD_MS;
    assert_sent(ALERT_STATUS_RESOLVED, "violation/node1/db1");
}

/* Each occurrence is shorter than the hold time. */
static void an_incident_that_keeps_coming_back_is_sent_once(void **state)
{
    (void)state;
    int64_t began_ms = UTC_MS + now_ms;
    for (int i = 0; i < 2; i++, now_ms += HOLD_MS / 4) {
        vm(EVENT_UNRESPONSIVE, "node1", "db1");
        now_ms += HOLD_MS / 4;
        assert_none();
        vm(EVENT_RECOVERED, "node1", "db1");
    }
    assert_none(); /* it is over, for now */
    vm(EVENT_UNRESPONSIVE, "node1", "db1");
    assert_int_equal(take(), 1);
    assert_int_equal(got[0].since_ms, began_ms);
    alert_book_done(book, true, now_ms);
}

static void a_worse_state_of_a_vm_is_a_change_of_the_same_incident(void **state)
{
    (void)state;
    vm(EVENT_UNRESPONSIVE, "node1", "db1");
    now_ms += HOLD_MS;
    assert_sent(ALERT_STATUS_FIRING, "vm-state/node1/db1");
    vm(EVENT_TAMPERED, "node1", "db1");
    assert_int_equal(take(), 1);
    assert_int_equal(got[0].latest->kind, EVENT_TAMPERED);
    assert_false(got[0].repeated);
    alert_book_done(book, true, now_ms);
    vm(EVENT_TAMPERED, "node1", "db1");
    assert_none();
}

static void a_cause_that_becomes_known_is_sent(void **state)
{
    (void)state;
    vm(EVENT_VIOLATION_START, "node1", "db1");
    add(EVENT_VIOLATION_CAUSE, "node1", "db1", "", "first");
    now_ms += HOLD_MS;
    assert_sent(ALERT_STATUS_FIRING, "violation/node1/db1");
    assert_none();
    add(EVENT_VIOLATION_CAUSE, "node1", "db1", "", "second");
    assert_int_equal(take(), 1);
    assert_string_equal(got[0].latest->text, "second");
    alert_book_done(book, true, now_ms);
    assert_none();
}

static void an_outage_of_a_host_is_one_message(void **state)
{
    char name[16];
    (void)state;
    for (int i = 0; i < 20; i++) {
        (void)snprintf(name, sizeof name, "vm%d", i);
        vm(EVENT_VIOLATION_START, "node1", name);
    }
    now_ms += HOLD_MS;
    assert_int_equal(take(), 20);
    alert_book_done(book, true, now_ms);
    /* Violations end because the host no longer reports, a moment before it is found away. */
    for (int i = 0; i < 20; i++) {
        (void)snprintf(name, sizeof name, "vm%d", i);
        vm(EVENT_VIOLATION_END, "node1", name);
    }
    now_ms += 1000;
    host(EVENT_HOST_DOWN, "node1");
    vm(EVENT_UNRESPONSIVE, "node1", "late");
    now_ms += HOLD_MS;
    assert_sent(ALERT_STATUS_FIRING, "host-down/node1");
    now_ms += 2 * KEEP_MS;
    assert_none();
    host(EVENT_HOST_UP, "node1");
    for (int i = 0; i < 19; i++) { /* as before, but for one */
        (void)snprintf(name, sizeof name, "vm%d", i);
        vm(EVENT_VIOLATION_START, "node1", name);
    }
    vm(EVENT_RECOVERED, "node1", "late");
    now_ms += HOLD_MS - 1;
    assert_none();
    now_ms += 1;
    assert_int_equal(take(), 2);
    assert_int_equal(got[0].status, ALERT_STATUS_RESOLVED);
    assert_int_equal(got[1].status, ALERT_STATUS_RESOLVED);
    alert_book_done(book, true, now_ms);
    assert_none();
    assert_int_equal(alert_book_lost(book), 0);
}

static void end_incidents(enum event_kind kind)
{
    vm(EVENT_TAMPERED, "node1", "db1");
    vm(EVENT_TAMPERED, "node2", "db1");
    now_ms += HOLD_MS;
    assert_int_equal(take(), 2);
    alert_book_done(book, true, now_ms);
    host(EVENT_HOST_DOWN, "node1");
    now_ms += HOLD_MS;
    assert_sent(ALERT_STATUS_FIRING, "host-down/node1");
    host(kind, "node1");
    now_ms += HOLD_MS;
    assert_int_equal(take(), 2);
    assert_int_equal(got[0].status, ALERT_STATUS_RESOLVED);
    assert_string_equal(got[0].key, "host-down/node1");
    assert_int_equal(got[1].status, ALERT_STATUS_RESOLVED);
    assert_string_equal(got[1].key, "vm-state/node1/db1");
    alert_book_done(book, true, now_ms);
    assert_int_equal(alert_book_count(book), 1);
}

static void a_host_that_is_forgotten_ends_its_incidents(void **state)
{
    (void)state;
    end_incidents(EVENT_HOST_FORGOTTEN);
}

static void a_host_that_another_member_serves_ends_its_incidents_here(void **state)
{
    (void)state;
    end_incidents(EVENT_HOST_MOVED);
}

static void of_a_host_in_maintenance_only_ends_are_sent(void **state)
{
    (void)state;
    vm(EVENT_TAMPERED, "node1", "a");
    now_ms += HOLD_MS;
    assert_sent(ALERT_STATUS_FIRING, "vm-state/node1/a");
    muted = true;
    vm(EVENT_TAMPERED, "node1", "b");
    vm(EVENT_TAMPERED, "node1", "short");
    vm(EVENT_SLA_STAYS, "node1", "c");
    vm(EVENT_RECOVERED, "node1", "a");
    vm(EVENT_TAMPERED, "node2", "b"); /* another host, in maintenance too */
    now_ms += HOLD_MS;
    assert_sent(ALERT_STATUS_RESOLVED, "vm-state/node1/a");
    vm(EVENT_RECOVERED, "node1", "short");
    now_ms += HOLD_MS;
    assert_none();
    muted = false;
    host(EVENT_MAINTENANCE_OFF, "node1");
    assert_sent(ALERT_STATUS_FIRING, "vm-state/node1/b"); /* it lasts */
    assert_none();
}

static void maintenance_mutes_what_has_not_been_sent_yet(void **state)
{
    (void)state;
    make(EVENT_INFO, 0);
    host(EVENT_HOST_DOWN, "node1");
    now_ms += HOLD_MS / 2;
    host(EVENT_MAINTENANCE_ON, "node1"); /* it is not muted itself */
    assert_sent(ALERT_STATUS_EVENT, "maintenance-on/node1");
    now_ms += HOLD_MS;
    assert_none();
    host(EVENT_MAINTENANCE_OFF, "node1");
    assert_int_equal(take(), 2);
    assert_string_equal(got[0].key, "host-down/node1");
    alert_book_done(book, true, now_ms);
}

static void an_event_of_its_own_is_sent_at_once_and_the_newest_of_a_key(void **state)
{
    (void)state;
    add(EVENT_CAPACITY_CHANGED, "node1", "", "up0", "first");
    add(EVENT_CAPACITY_CHANGED, "node1", "", "up0", "second");
    add(EVENT_SLA_SET, "node1", "db1", "", "below the level");
    host(EVENT_HOST_UP, "node1"); /* below it, and no incident ends with it */
    assert_int_equal(take(), 1);
    assert_string_equal(got[0].key, "capacity-changed/node1/up0");
    assert_int_equal(got[0].status, ALERT_STATUS_EVENT);
    assert_int_equal(got[0].since_ms, 0);
    assert_string_equal(got[0].latest->text, "second");
    add(EVENT_CAPACITY_CHANGED, "node1", "", "up0", "third"); /* while it is sent */
    alert_book_done(book, true, now_ms);
    assert_int_equal(take(), 1);
    assert_string_equal(got[0].latest->text, "third");
    alert_book_done(book, true, now_ms);
    assert_int_equal(alert_book_count(book), 0);
}

static void with_level_info_an_end_of_nothing_is_an_event(void **state)
{
    (void)state;
    make(EVENT_INFO, 0);
    host(EVENT_HOST_UP, "node1");
    assert_sent(ALERT_STATUS_EVENT, "host-up/node1");
}

/* What comes first does; then hosts take turns. */
static void a_storm_of_one_host_does_not_delay_the_others(void **state)
{
    char name[16];
    (void)state;
    for (int i = 0; i < 3000; i++) {
        (void)snprintf(name, sizeof name, "vm%d", i);
        vm(EVENT_UNMANAGED, "bad", name);
    }
    vm(EVENT_UNMANAGED, "good", "a");
    vm(EVENT_UNMANAGED, "good", "b");
    vm(EVENT_VIOLATION_START, "good", "c");
    host(EVENT_HOST_DOWN, "other");
    add(EVENT_HISTORY_GAP, "", "", "", "disk full");
    assert_int_equal(alert_book_lost(book), 3000 - ALERT_BOOK_HOST_MOST / 4 * 3);
    vm(EVENT_VIOLATION_START, "bad", "vm0"); /* it has room of its own */
    assert_int_equal(alert_book_lost(book), 3000 - ALERT_BOOK_HOST_MOST / 4 * 3);
    now_ms += HOLD_MS;
    alert_book_tick(book, now_ms);
    assert_int_equal(alert_book_take(book, got, 8, now_ms), 8);
    const char *const want[] = {"violation/good/c",  "host-down/other",  "history-gap",
                                "violation/bad/vm0", "vm-state/bad/vm0", "vm-state/good/a",
                                "vm-state/bad/vm1",  "vm-state/good/b"};
    for (int i = 0; i < 8; i++)
        assert_string_equal(got[i].key, want[i]);
    alert_book_done(book, true, now_ms);
}

/* One VM that flaps for hours behind a receiver that does not answer takes one place. */
static void a_start_and_an_end_that_both_wait_cancel_out(void **state)
{
    (void)state;
    for (int i = 0; i < 100; i++) {
        vm(EVENT_UNRESPONSIVE, "node1", "db1");
        now_ms += 2 * HOLD_MS;
        alert_book_tick(book, now_ms); /* it is due, and waits */
        assert_int_equal(alert_book_count(book), 1);
        vm(EVENT_RECOVERED, "node1", "db1");
        now_ms += 2 * HOLD_MS;
        assert_none();
    }
    assert_int_equal(alert_book_count(book), 0);
    assert_int_equal(alert_book_lost(book), 0);
}

static void what_is_not_delivered_is_due_again_in_its_newest_state(void **state)
{
    (void)state;
    vm(EVENT_UNRESPONSIVE, "node1", "db1");
    now_ms += HOLD_MS;
    assert_int_equal(take(), 1);
    assert_int_equal(alert_book_take(book, got, BATCH, now_ms), 0); /* one batch at a time */
    alert_book_done(book, false, now_ms);
    assert_int_equal(take(), 1);
    vm(EVENT_TAMPERED, "node1", "db1");
    alert_book_done(book, false, now_ms);
    assert_int_equal(take(), 1);
    assert_int_equal(got[0].latest->kind, EVENT_TAMPERED);
    vm(EVENT_RECOVERED, "node1", "db1");
    alert_book_done(book, false, now_ms);
    now_ms += HOLD_MS;
    assert_none(); /* the receiver knows nothing of it */
    assert_int_equal(alert_book_count(book), 0);
}

static void an_incident_that_begins_while_its_end_is_sent_is_another(void **state)
{
    (void)state;
    vm(EVENT_UNRESPONSIVE, "node1", "db1");
    now_ms += HOLD_MS;
    assert_sent(ALERT_STATUS_FIRING, "vm-state/node1/db1");
    vm(EVENT_RECOVERED, "node1", "db1");
    now_ms += HOLD_MS;
    assert_int_equal(take(), 1);
    assert_int_equal(got[0].status, ALERT_STATUS_RESOLVED);
    int64_t began_ms = UTC_MS + now_ms;
    vm(EVENT_UNRESPONSIVE, "node1", "db1");
    alert_book_done(book, true, now_ms);
    assert_none();
    now_ms += HOLD_MS;
    assert_int_equal(take(), 1);
    assert_int_equal(got[0].status, ALERT_STATUS_FIRING);
    assert_int_equal(got[0].since_ms, began_ms);
    alert_book_done(book, true, now_ms);
}

static void ends_and_events_that_cannot_be_delivered_are_dropped_and_counted(void **state)
{
    (void)state;
    vm(EVENT_UNRESPONSIVE, "node1", "db1");
    now_ms += HOLD_MS;
    assert_sent(ALERT_STATUS_FIRING, "vm-state/node1/db1");
    vm(EVENT_RECOVERED, "node1", "db1");
    host(EVENT_SLA_STAYS, "node1");
    now_ms += HOLD_MS + KEEP_MS;
    alert_book_tick(book, now_ms);
    assert_int_equal(alert_book_count(book), 0);
    assert_int_equal(alert_book_lost(book), 2);
}

static void incidents_are_repeated_last_while_they_are_sent(void **state)
{
    (void)state;
    make(EVENT_WARNING, REPEAT_MS);
    host(EVENT_HOST_DOWN, "node1");
    now_ms += HOLD_MS;
    assert_sent(ALERT_STATUS_FIRING, "host-down/node1");
    now_ms += REPEAT_MS - 1;
    assert_none();
    now_ms += 1;
    host(EVENT_SLA_STAYS, "node2");
    assert_int_equal(take(), 2);
    assert_int_equal(got[0].status, ALERT_STATUS_EVENT);
    assert_int_equal(got[1].status, ALERT_STATUS_FIRING);
    assert_true(got[1].repeated);
    alert_book_done(book, false, now_ms);
    assert_int_equal(take(), 2);
    alert_book_done(book, true, now_ms);
    now_ms += REPEAT_MS - 1;
    assert_none();
    host(EVENT_HOST_UP, "node1");
    now_ms += 1; /* its end is held */
    assert_sent(ALERT_STATUS_FIRING, "host-down/node1");
    now_ms += HOLD_MS;
    assert_sent(ALERT_STATUS_RESOLVED, "host-down/node1");
    now_ms += REPEAT_MS;
    assert_none();
}

static void hosts_beyond_the_bound_are_counted_and_leave_room_for_outages(void **state)
{
    char name[16];
    (void)state;
    for (int i = 0; i < ALERT_BOOK_MOST; i++) {
        (void)snprintf(name, sizeof name, "h%d", i);
        vm(EVENT_UNMANAGED, name, "a");
    }
    assert_int_equal(alert_book_count(book), ALERT_BOOK_MOST / 4 * 3);
    for (int i = 0; i < ALERT_BOOK_MOST; i++) {
        (void)snprintf(name, sizeof name, "h%d", i);
        host(EVENT_HOST_DOWN, name);
    }
    assert_int_equal(alert_book_count(book), ALERT_BOOK_MOST);
    assert_int_equal(alert_book_lost(book), ALERT_BOOK_MOST);
}

static void keys_distinguish_names(void **state)
{
    (void)state;
    make(EVENT_INFO, 0);
    vm(EVENT_SLA_SET, "a/b", "c");
    vm(EVENT_SLA_SET, "a", "b/c");
    vm(EVENT_SLA_SET, "a%2Fb", "c");
    assert_int_equal(take(), 3);
    assert_string_equal(got[0].key, "sla-set/a%2Fb/c");
    assert_string_equal(got[1].key, "sla-set/a/b%2Fc");
    assert_string_equal(got[2].key, "sla-set/a%252Fb/c");
    alert_book_done(book, true, now_ms);
}

static void the_longest_names_fit(void **state)
{
    char name[DAQS_NAME_MAX + 1];
    char key[ALERT_KEY_BYTES];
    (void)state;
    memset(name, '/', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    struct event *event = event_new(EVENT_CAPACITY_CHANGED, name, name, name, "");
    assert_non_null(event);
    assert_int_equal(alert_key(ALERT_NONE, event, key),
                     strlen("capacity-changed") + 3 * (3 * DAQS_NAME_MAX + 1));
    free(event);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(an_incident_is_sent_once_it_has_lasted),
        CASE(the_end_is_sent_after_the_start_whatever_its_level),
        CASE(a_full_state_dir_and_a_doubtful_clock_have_an_end),
        CASE(a_host_that_is_claimed_or_disobeys_has_an_end),
        CASE(a_short_incident_is_not_sent_nor_is_its_end),
        CASE(an_incident_that_comes_back_within_the_hold_does_not_page_again),
        CASE(an_incident_that_keeps_coming_back_is_sent_once),
        CASE(a_worse_state_of_a_vm_is_a_change_of_the_same_incident),
        CASE(a_cause_that_becomes_known_is_sent),
        CASE(an_outage_of_a_host_is_one_message),
        CASE(a_host_that_is_forgotten_ends_its_incidents),
        CASE(a_host_that_another_member_serves_ends_its_incidents_here),
        CASE(of_a_host_in_maintenance_only_ends_are_sent),
        CASE(maintenance_mutes_what_has_not_been_sent_yet),
        CASE(an_event_of_its_own_is_sent_at_once_and_the_newest_of_a_key),
        CASE(with_level_info_an_end_of_nothing_is_an_event),
        CASE(a_storm_of_one_host_does_not_delay_the_others),
        CASE(a_start_and_an_end_that_both_wait_cancel_out),
        CASE(what_is_not_delivered_is_due_again_in_its_newest_state),
        CASE(an_incident_that_begins_while_its_end_is_sent_is_another),
        CASE(ends_and_events_that_cannot_be_delivered_are_dropped_and_counted),
        CASE(incidents_are_repeated_last_while_they_are_sent),
        CASE(hosts_beyond_the_bound_are_counted_and_leave_room_for_outages),
        CASE(keys_distinguish_names),
        CASE(the_longest_names_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
