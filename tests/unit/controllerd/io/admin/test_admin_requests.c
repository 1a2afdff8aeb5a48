/* SPDX-License-Identifier: Apache-2.0 */
/* Which requests are answered at all: form, size, verb, permission and rate. */
#include "tests/lib/admin_scene.h"

#include <stdlib.h>
#include <string.h>

#include "shared/base/version.h"

static const struct principal viewer = {.name = "vera", .role = ROLE_VIEWER};
static const struct principal operator= {.name = "olaf", .role = ROLE_OPERATOR};

static void a_request_is_answered_with_its_number(void **state)
{
    struct admin_scene *s = *state;
    const struct wire_request request = admin_scene_request(WIRE_VERSION, "", "");
    admin_scene_ask(s, &request, DAQS_OK, DAQS_VERSION); /* checks the number */
    assert_int_equal(s->count.messages_refused, 0);
    uint64_t timed = 0;
    for (size_t i = 0; i < BUCKETS_COUNT; i++)
        timed += s->took.bucket[i];
    assert_int_equal(timed, 1);
}

static void malformed_requests_are_counted_and_answered(void **state)
{
    struct admin_scene *s = *state;
    admin_handle(s->admin, &s->caller, "rubbish", 7);
    assert_int_equal(s->replies, 1);
    assert_int_equal(s->reply.code, DAQS_EFORMAT);
    assert_int_equal(s->count.messages_refused, 1);
    assert_int_equal(s->count.messages_large, 0);
}

static void a_message_above_the_configured_size_is_refused(void **state)
{
    struct admin_scene *s = *state;
    struct wire_request request = admin_scene_request(WIRE_HOSTS, "", "");
    char host[200] = "";
    memset(host, 'x', sizeof host - 1);
    request.list.host = host;
    s->config.limits.message_size = 100;
    admin_scene_begin(s, &request);
    assert_int_equal(s->reply.code, DAQS_ETOOBIG);
    assert_non_null(strstr(s->reply.text, "bytes"));
    assert_int_equal(s->count.messages_large, 1);
    assert_int_equal(s->count.messages_refused, 1);
}

static void an_unknown_verb_means_an_older_controller(void **state)
{
    struct admin_scene *s = *state;
    static const int unknown[] = {11, 255}; /* 11 is not used */
    for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++) {
        const struct wire_request request = admin_scene_request((enum wire_verb)unknown[i], "", "");
        admin_scene_ask(s, &request, DAQS_EVERSION, "is daqsctl newer?");
    }
}

static void a_viewer_changes_nothing(void **state)
{
    struct admin_scene *s = *state;
    s->caller.by = &viewer;
#define X(name, number, handler, changes, place, arguments)                                        \
    if (changes) {                                                                                 \
        const struct wire_request request = admin_scene_request(WIRE_##name, "node1", "gold");     \
        admin_scene_ask(s, &request, DAQS_EREFUSED,                                                \
                        "vera has the role viewer: it cannot change anything");                    \
    }
    WIRE_VERBS(X)
#undef X
    const struct wire_request unknown = admin_scene_request((enum wire_verb)255, "", "");
    admin_scene_ask(s, &unknown, DAQS_EREFUSED, "vera"); /* it may be one that changes something */
    assert_int_equal(ledger_count(s->ledger), 0);
}

/* The key of a member opens no more than what members pass on. */
static void what_members_do_not_pass_on_is_refused(void **state)
{
    static const enum wire_verb verbs[] = {WIRE_ENROLL, WIRE_REVOKE, WIRE_BACKUP, WIRE_TAKE_OVER,
                                           WIRE_DRAIN,  WIRE_APPLY,  WIRE_PEERS};
    struct admin_scene *s = *state;
    s->caller.by = &operator;
    s->caller.hops = 1;
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
        struct wire_request request = admin_scene_request(verbs[i], "", "");
        if (verbs[i] == WIRE_APPLY)
            request.apply = (struct wire_apply){.end = true};
        admin_scene_ask(s, &request, DAQS_EREFUSED, "members do not pass this request on");
    }
    struct wire_request check = admin_scene_request(WIRE_APPLY, "", "");
    check.apply = (struct wire_apply){.end = true, .dry_run = true};
    admin_scene_ask(s, &check, DAQS_EREFUSED, "the file contains no SLA"); /* it was looked at */
    const struct wire_request look = admin_scene_request(WIRE_HOSTS, "", "");
    admin_scene_ask(s, &look, DAQS_OK, "");
}

static void a_viewer_looks_and_an_operator_changes(void **state)
{
    struct admin_scene *s = *state;
    const struct wire_request look = admin_scene_request(WIRE_HOSTS, "", "");
    struct wire_request change = admin_scene_request(WIRE_SET_SLA, "node1", "gold");
    change.set_sla.min = MBIT;
    s->caller.by = &viewer;
    admin_scene_ask(s, &look, DAQS_OK, "");
    s->caller.by = &operator;
    admin_scene_ask(s, &change, DAQS_OK, "node1/gold: min 1Mbit");
    assert_int_equal(number(s->box, "SELECT count(*) FROM audit WHERE by = 'olaf'"), 1);
}

/* A burst of two seconds' worth, for each of them. */
static void too_many_requests_of_one_operator_are_put_off(void **state)
{
    struct admin_scene *s = *state;
    const struct wire_request request = admin_scene_request(WIRE_VERSION, "", "");
    s->config.limits.requests = 2;
    s->caller.by = &operator;
    for (int i = 0; i < 4; i++)
        admin_scene_ask(s, &request, DAQS_OK, "");
    admin_scene_ask(s, &request, DAQS_EBUSY, "too many requests; try again in a second");
    assert_int_equal(s->count.requests_put_off, 1);
    s->caller.by = &viewer; /* another's requests are not theirs */
    admin_scene_ask(s, &request, DAQS_OK, "");
    s->caller.by = &operator;
    s->now_ms += 1000;
    admin_scene_ask(s, &request, DAQS_OK, "");
}

static void the_web_thread_limits_itself(void **state)
{
    struct admin_scene *s = *state;
    const struct wire_request request = admin_scene_request(WIRE_VERSION, "", "");
    s->config.limits.requests = 1;
    s->listener.kind = LISTENER_WEB;
    s->caller.by = &viewer;
    for (int i = 0; i < 10; i++)
        admin_scene_ask(s, &request, DAQS_OK, "");
    assert_int_equal(s->count.requests_put_off, 0);
}

static void the_status_has_the_counters(void **state)
{
    struct admin_scene *s = *state;
    admin_scene_host(s, "node1");
    assert_string_equal(admin_scene_status(s, "version"), DAQS_VERSION);
    assert_string_equal(admin_scene_status(s, "epoch"), "7");
    assert_string_equal(admin_scene_status(s, "uptime_seconds"), "5");
    assert_string_equal(admin_scene_status(s, "hosts"), "1");
    assert_string_equal(admin_scene_status(s, "hosts_up"), "1");
    assert_string_equal(admin_scene_status(s, "vms"), "2");
    assert_string_equal(admin_scene_status(s, "nics"), "2");
    assert_string_equal(admin_scene_status(s, "connections_accepted"), "42");
    s->count.hosts_refused = 3;
    assert_string_equal(admin_scene_status(s, "hosts_refused"), "3");
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, admin_scene_make, admin_scene_end)
    const struct CMUnitTest tests[] = {
        CASE(a_request_is_answered_with_its_number),
        CASE(malformed_requests_are_counted_and_answered),
        CASE(a_message_above_the_configured_size_is_refused),
        CASE(an_unknown_verb_means_an_older_controller),
        CASE(a_viewer_changes_nothing),
        CASE(what_members_do_not_pass_on_is_refused),
        CASE(a_viewer_looks_and_an_operator_changes),
        CASE(too_many_requests_of_one_operator_are_put_off),
        CASE(the_web_thread_limits_itself),
        CASE(the_status_has_the_counters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
