/* SPDX-License-Identifier: Apache-2.0 */
/* The verbs that only look: at what the controller has in memory, and at the database. */
#include "tests/lib/admin_scene.h"

#include <poll.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "controllerd/io/events/events.h"

enum { VIEW_ROWS_EXPECTED = 2000, QUERIES_MOST = 64 };

static void ask(struct admin_scene *s, enum wire_verb verb, const char *host, const char *vm,
                int code, const char *text)
{
    const struct wire_request request = admin_scene_request(verb, host, vm);
    admin_scene_ask(s, &request, code, text);
}

static void add_slas(struct admin_scene *s, const char *host, unsigned count)
{
    const struct sla sla = {.min = MBIT, .max = DAQS_UNLIMITED, .weight = 1};
    for (unsigned i = 0; i < count; i++) {
        char vm[16];
        (void)snprintf(vm, sizeof vm, "vm%u", i);
        assert_int_equal(ledger_put(s->ledger, host, vm, &sla, 1, "eve"), DAQS_OK);
    }
}

/* --- memory --- */

static void hosts_and_their_vms_are_listed(void **state)
{
    struct admin_scene *s = *state;
    admin_scene_host(s, "node1");
    admin_scene_host(s, "node2");
    ask(s, WIRE_HOSTS, "", "", DAQS_OK, "");
    assert_int_equal(daqs_table_rows(&s->reply.table), 2);
    assert_string_equal(admin_scene_text(s, 0, "host"), "node1");
    assert_string_equal(admin_scene_text(s, 0, "state"), "up");
    assert_int_equal(admin_scene_number(s, 0, "capacity_bps"), GBIT);
    ask(s, WIRE_VMS, "node2", "", DAQS_OK, "");
    assert_int_equal(daqs_table_rows(&s->reply.table), 2);
    assert_string_equal(admin_scene_text(s, 1, "vm"), "plain");
    struct wire_request figures = admin_scene_request(WIRE_FIGURES, "", "");
    figures.figures.table = "nics";
    admin_scene_ask(s, &figures, DAQS_OK, "");
    assert_int_equal(daqs_table_rows(&s->reply.table), 4);
    figures.figures.table = "promises";
    admin_scene_ask(s, &figures, DAQS_OK, "");
    assert_int_equal(daqs_table_rows(&s->reply.table), 0);
}

static void an_unknown_host_is_not_found(void **state)
{
    struct admin_scene *s = *state;
    static const enum wire_verb verb[] = {WIRE_HOSTS, WIRE_VMS, WIRE_FIGURES, WIRE_PROBLEMS};
    for (size_t i = 0; i < sizeof verb / sizeof verb[0]; i++)
        ask(s, verb[i], "node9", "", DAQS_ENOTFOUND, "host node9 is not known");
    ask(s, WIRE_EXPLAIN, "node9", "gold", DAQS_ENOTFOUND, "host node9 is not known");
    ask(s, WIRE_LIST_SLA, "node9", "", DAQS_ENOTFOUND, "node9"); /* the database is asked */
}

static void slas_are_listed(void **state)
{
    struct admin_scene *s = *state;
    admin_scene_host(s, "node1");
    ask(s, WIRE_LIST_SLA, "node1", "", DAQS_OK, "");
    assert_int_equal(daqs_table_rows(&s->reply.table), 0);
    add_slas(s, "node2", 3);
    ask(s, WIRE_LIST_SLA, "node2", "", DAQS_OK, "");
    assert_int_equal(daqs_table_rows(&s->reply.table), 3);
}

static void a_long_table_comes_in_parts(void **state)
{
    struct admin_scene *s = *state;
    char token[64];
    add_slas(s, "node1", VIEW_ROWS_EXPECTED + 5);
    struct wire_request request = admin_scene_request(WIRE_LIST_SLA, "", "");
    admin_scene_ask(s, &request, DAQS_OK, "");
    assert_int_equal(daqs_table_rows(&s->reply.table), VIEW_ROWS_EXPECTED);
    (void)snprintf(token, sizeof token, "%s", s->reply.token);
    assert_string_equal(token, "2000");
    request.token = token;
    admin_scene_ask(s, &request, DAQS_OK, "");
    assert_int_equal(daqs_table_rows(&s->reply.table), 5);
    assert_string_equal(s->reply.token, "");
}

static void parts_of_hosts_begin_at_a_host(void **state)
{
    struct admin_scene *s = *state;
    char token[64];
    add_slas(s, "node1", VIEW_ROWS_EXPECTED - 5);
    add_slas(s, "node2", 9);
    roster_load(s->roster, s->ledger, s->now_ms);
    struct wire_request request = admin_scene_request(WIRE_VMS, "", "");
    admin_scene_ask(s, &request, DAQS_OK, "");
    assert_int_equal(daqs_table_rows(&s->reply.table), VIEW_ROWS_EXPECTED);
    assert_string_equal(s->reply.token, "5 node2");
    (void)snprintf(token, sizeof token, "%s", s->reply.token);
    roster_set(s->roster, "node0", ROSTER_HAS_KEY, true, s->now_ms);
    request.token = token;
    admin_scene_ask(s, &request, DAQS_OK, "");
    assert_int_equal(daqs_table_rows(&s->reply.table), 4);
    assert_string_equal(admin_scene_text(s, 0, "host"), "node2");
    assert_string_equal(admin_scene_text(s, 0, "vm"), "vm5");
    assert_string_equal(s->reply.token, "");
}

/* node2 has an SLA, node3 a key, and neither has been heard since the controller started. */
static void hosts_that_were_not_heard_are_listed(void **state)
{
    struct admin_scene *s = *state;
    admin_scene_host(s, "node1");
    add_slas(s, "node2", 1);
    roster_load(s->roster, s->ledger, s->now_ms);
    roster_set(s->roster, "node3", ROSTER_HAS_KEY, true, s->now_ms);
    ask(s, WIRE_HOSTS, "", "", DAQS_OK, "");
    assert_int_equal(daqs_table_rows(&s->reply.table), 3);
    assert_string_equal(admin_scene_text(s, 1, "host"), "node2");
    assert_string_equal(admin_scene_text(s, 1, "state"), "away");
    ask(s, WIRE_HOSTS, "node3", "", DAQS_OK, "");
    assert_int_equal(daqs_table_rows(&s->reply.table), 1);
    ask(s, WIRE_VMS, "node2", "", DAQS_OK, "");
    assert_string_equal(admin_scene_text(s, 0, "vm"), "vm0");
    ask(s, WIRE_VMS, "node3", "", DAQS_OK, "");
    assert_int_equal(daqs_table_rows(&s->reply.table), 0);
    assert_string_equal(admin_scene_status(s, "hosts"), "3");
    assert_string_equal(admin_scene_status(s, "hosts_up"), "1");
    assert_string_equal(admin_scene_status(s, "guarantees"), "1");
    assert_string_equal(admin_scene_status(s, "guarantees_unknown"), "1");
}

static void a_token_that_is_not_ours_is_refused(void **state)
{
    struct admin_scene *s = *state;
    static const enum wire_verb verb[] = {WIRE_HOSTS,  WIRE_VMS,   WIRE_LIST_SLA,   WIRE_FIGURES,
                                          WIRE_EVENTS, WIRE_AUDIT, WIRE_SLA_REPORT, WIRE_PROBLEMS};
    static const char *const token[] = {"x", "-1", "1 ", "1234567890123456789"};
    for (size_t i = 0; i < sizeof verb / sizeof verb[0]; i++) {
        for (size_t k = 0; k < sizeof token / sizeof token[0]; k++) {
            struct wire_request request = admin_scene_request(verb[i], "", "");
            request.token = token[k];
            admin_scene_ask(s, &request, DAQS_EINVALID, "token");
        }
    }
}

static void fit_names_the_uplinks_with_room(void **state)
{
    struct admin_scene *s = *state;
    struct wire_request request = admin_scene_request(WIRE_FIT, "", "");
    admin_scene_host(s, "node1");
    request.fit.rate = 100 * MBIT;
    admin_scene_ask(s, &request, DAQS_OK, "");
    assert_int_equal(daqs_table_rows(&s->reply.table), 1);
    assert_string_equal(admin_scene_text(s, 0, "uplink"), "up0");
    request.fit.rate = 2 * GBIT;
    admin_scene_ask(s, &request, DAQS_OK, "no uplink has room");
    request.fit.rate = 0;
    admin_scene_ask(s, &request, DAQS_EINVALID, "give a RATE");
    request.fit.rate = DAQS_UNLIMITED;
    admin_scene_ask(s, &request, DAQS_EINVALID, "give a RATE");
}

static void a_vm_is_explained(void **state)
{
    struct admin_scene *s = *state;
    admin_scene_host(s, "node1");
    ask(s, WIRE_EXPLAIN, "node1", "gold", DAQS_OK, "gold");
    ask(s, WIRE_EXPLAIN, "node1", "other", DAQS_ENOTFOUND, "node1 has no VM other");
    ask(s, WIRE_EXPLAIN, "node1", "", DAQS_EINVALID, "VM");
}

static void problems_are_listed(void **state)
{
    struct admin_scene *s = *state;
    ask(s, WIRE_PROBLEMS, "", "", DAQS_OK, "no problems are known");
    add_slas(s, "node1", 1); /* of a host that has sent nothing */
    roster_load(s->roster, s->ledger, s->now_ms);
    s->now_ms += 3600 * 1000;
    ask(s, WIRE_PROBLEMS, "node1", "", DAQS_OK, "");
    assert_int_equal(daqs_table_rows(&s->reply.table), 1);
    ask(s, WIRE_PROBLEMS, "no\tde", "", DAQS_EINVALID, "host");
}

/* --- the database --- */

static void events_and_the_audit_trail_are_read(void **state)
{
    struct admin_scene *s = *state;
    struct wire_request set = admin_scene_request(WIRE_SET_SLA, "node1", "gold");
    set.set_sla.min = MBIT;
    admin_scene_ask(s, &set, DAQS_OK, "");
    admin_scene_store_events(s);
    ask(s, WIRE_AUDIT, "node1", "", DAQS_OK, "");
    assert_int_equal(daqs_table_rows(&s->reply.table), 1);
    assert_string_equal(admin_scene_text(s, 0, "by"), "eve (127.0.0.1)");
    struct wire_request request = admin_scene_request(WIRE_EVENTS, "node1", "");
    request.events.kind = "sla-set";
    admin_scene_ask(s, &request, DAQS_OK, "");
    assert_int_equal(daqs_table_rows(&s->reply.table), 1);
    assert_string_equal(s->reply.token, "");
    request.events.level = "warning";
    admin_scene_ask(s, &request, DAQS_OK, "");
    assert_int_equal(daqs_table_rows(&s->reply.table), 0);
    request.events.follow = true; /* there may be more later */
    admin_scene_ask(s, &request, DAQS_OK, "");
    assert_string_not_equal(s->reply.token, "");
}

static void an_unknown_level_or_kind_is_refused(void **state)
{
    struct admin_scene *s = *state;
    struct wire_request request = admin_scene_request(WIRE_EVENTS, "", "");
    request.events.level = "fatal";
    admin_scene_ask(s, &request, DAQS_EINVALID, "unknown level 'fatal'");
    request.events.level = "";
    request.events.kind = "party";
    admin_scene_ask(s, &request, DAQS_EINVALID, "unknown kind 'party'");
}

static void unknown_names_are_not_found(void **state)
{
    struct admin_scene *s = *state;
    static const enum wire_verb verb[] = {WIRE_EVENTS, WIRE_AUDIT, WIRE_SLA_REPORT};
    for (size_t i = 0; i < sizeof verb / sizeof verb[0]; i++)
        ask(s, verb[i], "node9", "", DAQS_ENOTFOUND, "node9");
    ask(s, WIRE_HISTORY, "node9", "gold", DAQS_ENOTFOUND, "node9");
    admin_scene_host(s, "node9");
    ask(s, WIRE_EVENTS, "node9", "", DAQS_OK, "");
    ask(s, WIRE_HISTORY, "node9", "gold", DAQS_OK, "");
    ask(s, WIRE_AUDIT, "node9", "up0", DAQS_OK, ""); /* an uplink, of a policy */
    ask(s, WIRE_EVENTS, "node9", "other", DAQS_ENOTFOUND, "other");
}

static void a_span_that_ends_before_it_begins_is_refused(void **state)
{
    struct admin_scene *s = *state;
    static const enum wire_verb verb[] = {WIRE_EVENTS, WIRE_AUDIT, WIRE_SLA_REPORT, WIRE_HISTORY};
    admin_scene_host(s, "node1");
    for (size_t i = 0; i < sizeof verb / sizeof verb[0]; i++) {
        struct wire_request request = admin_scene_request(verb[i], "node1", "gold");
        request.period.since_ms = 5000;
        request.period.until_ms = 4000;
        admin_scene_ask(s, &request, DAQS_EINVALID, "the period ends before it begins");
    }
}

static void history_needs_names_and_whole_seconds(void **state)
{
    struct admin_scene *s = *state;
    admin_scene_host(s, "node1");
    struct wire_request request = admin_scene_request(WIRE_HISTORY, "node1", "");
    admin_scene_ask(s, &request, DAQS_EINVALID, "VM");
    request.history.vm = "gold";
    request.history.step_ms = 1500;
    admin_scene_ask(s, &request, DAQS_EINVALID, "whole seconds");
    request.history.step_ms = 1000;
    admin_scene_ask(s, &request, DAQS_OK, "");
}

static void an_export_of_history_always_has_a_token(void **state)
{
    struct admin_scene *s = *state;
    struct wire_request request = admin_scene_request(WIRE_EXPORT_HISTORY, "", "");
    char token[32];
    request.history.step_ms = 60000;
    admin_scene_ask(s, &request, DAQS_OK, "");
    assert_string_not_equal(s->reply.token, "");
    (void)snprintf(token, sizeof token, "%s", s->reply.token);
    request.token = token;
    admin_scene_ask(s, &request, DAQS_OK, "");
    assert_string_equal(s->reply.token, token); /* nothing new */
    request.token = "200000000000000000";
    admin_scene_ask(s, &request, DAQS_EINVALID, "the future");
    request.token = "newest";
    admin_scene_ask(s, &request, DAQS_EINVALID, "unknown token");
    request.token = "";
    request.history.step_ms = 10000;
    admin_scene_ask(s, &request, DAQS_EINVALID, "unknown level; use 1s, 1m or 1h");
    request = admin_scene_request(WIRE_EXPORT_HISTORY, "node9", "");
    request.history.step_ms = 60000;
    admin_scene_ask(s, &request, DAQS_ENOTFOUND, "node9");
}

static void a_query_that_fails_shows_in_the_status_until_one_succeeds(void **state)
{
    struct admin_scene *s = *state;
    run(s->box, "ALTER TABLE event RENAME TO elsewhere");
    ask(s, WIRE_EVENTS, "", "", DAQS_ESTORE, "");
    assert_string_equal(admin_scene_status(s, "queries"), "failing");
    ask(s, WIRE_PROBLEMS, "", "", DAQS_OK, "");
    assert_int_equal(daqs_table_rows(&s->reply.table), 1);
    ask(s, WIRE_EVENTS, "node9", "", DAQS_ESTORE, "");
    run(s->box, "ALTER TABLE elsewhere RENAME TO event");
    ask(s, WIRE_EVENTS, "", "", DAQS_OK, "");
    assert_string_equal(admin_scene_status(s, "queries"), "ok");
}

static void wait_for_post(struct store_job *job)
{
    assert_int_equal(sem_wait(job->context), 0);
}

static void end_question(struct store_job *base)
{
    struct store_question *q = (struct store_question *)base;
    daqs_table_done(&q->table);
    free(q);
}

/* A first query keeps the store's thread until the test posts the semaphore. */
static void while_the_database_is_slow_the_queue_of_queries_is_bounded(void **state)
{
    struct admin_scene *s = *state;
    const struct wire_request request = admin_scene_request(WIRE_EVENTS, "", "");
    struct store_question *slow = box_question("", "", 0, 1);
    sem_t posted;
    assert_int_equal(sem_init(&posted, 0, 0), 0);
    slow->base.prepare = wait_for_post;
    slow->base.done = end_question;
    slow->base.context = &posted;
    assert_int_equal(store_query_events(s->box->store, slow), DAQS_OK);
    unsigned asked = 0;
    for (; s->replies == 0 && asked < 2 * QUERIES_MOST; asked++)
        admin_scene_begin(s, &request);
    assert_in_range(asked, QUERIES_MOST, QUERIES_MOST + 1); /* the slow one may not have begun */
    assert_int_equal(s->reply.code, DAQS_EBUSY);
    assert_non_null(strstr(s->reply.text, "too many queries are waiting"));
    assert_int_equal(sem_post(&posted), 0);
    admin_scene_wait(s, asked);
    assert_int_equal(s->reply.code, DAQS_OK);
    assert_int_equal(sem_destroy(&posted), 0);
}

/* --- backup --- */

/* Waits until the backup has ended. */
static void reap_backup(struct admin_scene *s)
{
    struct pollfd fd = {.fd = store_backup_fd(s->box->store), .events = POLLIN};
    assert_int_equal(poll(&fd, 1, PATIENCE_S * 1000), 1);
    store_reap(s->box->store);
}

static struct wire_request backup(const char *path, const char *token)
{
    struct wire_request request = admin_scene_request(WIRE_BACKUP, "", "");
    request.backup.path = path;
    request.token = token;
    return request;
}

static void a_backup_is_made_once(void **state)
{
    struct admin_scene *s = *state;
    char path[STORE_BOX_NAME_BYTES];
    (void)snprintf(path, sizeof path, "%s/copy.db", s->box->folder);
    struct wire_request request = backup(path, "");
    admin_scene_ask(s, &request, DAQS_OK, "");
    assert_string_equal(s->reply.token, "go on");
    admin_scene_ask(s, &request, DAQS_EBUSY, "is running");
    request.token = "go on";
    admin_scene_ask(s, &request, DAQS_OK, "pages"); /* not reaped yet: how far it is */
    assert_string_equal(s->reply.token, "go on");
    reap_backup(s);
    admin_scene_ask(s, &request, DAQS_OK, path);
    assert_string_equal(s->reply.token, "");
    assert_int_equal(access(path, F_OK), 0);
    admin_scene_ask(s, &request, DAQS_ENOTFOUND, "no backup is running");
}

static void a_backup_that_fails_gives_the_reason(void **state)
{
    struct admin_scene *s = *state;
    struct wire_request request = backup("copy.db", "");
    admin_scene_ask(s, &request, DAQS_EINVALID, "absolute path");
    request.token = "elsewhere";
    admin_scene_ask(s, &request, DAQS_EINVALID, "token");
    request = backup("/nonexistent/copy.db", "");
    admin_scene_ask(s, &request, DAQS_OK, "");
    request.token = "go on";
    reap_backup(s);
    admin_scene_ask(s, &request, DAQS_ESYSTEM, "no backup: cannot make /nonexistent/copy.db");
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, admin_scene_make, admin_scene_end)
    const struct CMUnitTest tests[] = {
        CASE(hosts_and_their_vms_are_listed),
        CASE(an_unknown_host_is_not_found),
        CASE(slas_are_listed),
        CASE(a_long_table_comes_in_parts),
        CASE(parts_of_hosts_begin_at_a_host),
        CASE(hosts_that_were_not_heard_are_listed),
        CASE(a_token_that_is_not_ours_is_refused),
        CASE(fit_names_the_uplinks_with_room),
        CASE(a_vm_is_explained),
        CASE(problems_are_listed),
        CASE(events_and_the_audit_trail_are_read),
        CASE(an_unknown_level_or_kind_is_refused),
        CASE(unknown_names_are_not_found),
        CASE(a_span_that_ends_before_it_begins_is_refused),
        CASE(history_needs_names_and_whole_seconds),
        CASE(an_export_of_history_always_has_a_token),
        CASE(a_query_that_fails_shows_in_the_status_until_one_succeeds),
        CASE(while_the_database_is_slow_the_queue_of_queries_is_bounded),
        CASE(a_backup_is_made_once),
        CASE(a_backup_that_fails_gives_the_reason),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
