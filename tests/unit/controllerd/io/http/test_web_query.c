/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include <string.h>

#include "controllerd/io/http/web_query.h"

#define NOW_MS INT64_C(1795834800000)

static struct http_target target;
static struct web_query query;
static struct daqs_error error;

static int parse(const char *text)
{
    error = (struct daqs_error){0};
    memset(&query, 0, sizeof query);
    assert_int_equal(http_target_parse(text, &target, NULL), DAQS_OK);
    return web_query_parse(&target, NOW_MS, &query, &error);
}

static void assert_refused(const char *text, int code, const char *reason)
{
    assert_int_equal(parse(text), code);
    if (!strstr(error.text, reason))
        fail_msg("%s: %s", text, error.text);
}

static void every_path_has_its_verb(void **state)
{
    static const struct {
        const char *text;
        enum wire_verb verb;
    } paths[] = {
        {"/api/v1/hosts", WIRE_HOSTS},        {"/api/v1/vms", WIRE_VMS},
        {"/api/v1/slas", WIRE_LIST_SLA},      {"/api/v1/history?host=h&vm=v", WIRE_HISTORY},
        {"/api/v1/report", WIRE_SLA_REPORT},  {"/api/v1/events", WIRE_EVENTS},
        {"/api/v1/audit", WIRE_AUDIT},        {"/api/v1/explain?host=h&vm=v", WIRE_EXPLAIN},
        {"/api/v1/fit?rate=1Gbit", WIRE_FIT}, {"/api/v1/status", WIRE_STATUS},
        {"/api/v1/version", WIRE_VERSION},    {"/api/v1/labels", WIRE_LABELS},
    };
    (void)state;
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        assert_int_equal(parse(paths[i].text), DAQS_OK);
        assert_int_equal(query.request.verb, paths[i].verb);
        assert_false(query.request.verb == WIRE_EVENTS && query.request.events.follow);
    }
}

static void parameters_become_the_requests(void **state)
{
    (void)state;
    assert_int_equal(
        parse("/api/v1/history?host=n%201&vm=db&since=1h&until=2026-11-28T03:00:00Z&step=10s"),
        DAQS_OK);
    assert_string_equal(query.request.vm.host, "n 1");
    assert_string_equal(query.request.vm.vm, "db");
    assert_int_equal(query.request.period.since_ms, NOW_MS - 3600000);
    assert_int_equal(query.request.history.step_ms, 10000);
    assert_true(query.request.period.until_ms > 0);
    assert_int_equal(parse("/api/v1/fit?rate=2.5Gbit"), DAQS_OK);
    assert_int_equal(query.request.fit.rate, 2500000000);
    assert_int_equal(parse("/api/v1/report"), DAQS_OK);
    assert_int_equal(query.request.period.since_ms, NOW_MS - INT64_C(30) * 86400000);
    assert_int_equal(query.request.period.until_ms, 0);
    assert_int_equal(parse("/api/v1/events?after=17"), DAQS_OK);
    assert_string_equal(query.request.token, "17");
    assert_int_equal(query.request.period.since_ms, 0); /* from the beginning */
    assert_int_equal(parse("/api/v1/events?level=warning&kind=host-down"), DAQS_OK);
    assert_string_equal(query.request.events.level, "warning");
    assert_string_equal(query.request.events.kind, "host-down");
    assert_int_equal(parse("/api/v1/events?member=c2&after=3"), DAQS_OK);
    assert_string_equal(query.request.events.member, "c2");
    assert_int_equal(parse("/api/v1/problems?host=node1"), DAQS_OK);
    assert_int_equal(query.request.verb, WIRE_PROBLEMS);
    assert_int_equal(parse("/api/v1/report?until=1970-01-01"), DAQS_OK);
    assert_int_equal(query.request.period.until_ms, 1); /* because 0 means now */
}

static void anything_else_is_refused(void **state)
{
    (void)state;
    assert_refused("/", DAQS_ENOTFOUND, "unknown path");
    assert_refused("/api/v1/", DAQS_ENOTFOUND, "unknown path");
    assert_refused("/api/v1/set-sla", DAQS_ENOTFOUND, "unknown path");
    assert_refused("/api/v2/hosts", DAQS_ENOTFOUND, "unknown path");
    assert_refused("/api/v1/peers", DAQS_ENOTFOUND, "unknown path");
    assert_refused("/api/v1/status?host=a", DAQS_EINVALID, "does not accept 'host'");
    assert_refused("/api/v1/vms?vm=a", DAQS_EINVALID, "does not accept 'vm'");
    assert_refused("/api/v1/vms?host=", DAQS_EINVALID, "host: it is empty");
    assert_refused("/api/v1/report?vm=a", DAQS_EINVALID, "needs 'host'");
    assert_refused("/api/v1/explain?host=a", DAQS_EINVALID, "needs 'vm'");
    assert_refused("/api/v1/fit", DAQS_EINVALID, "needs 'rate'");
    assert_refused("/api/v1/fit?rate=5", DAQS_EINVALID, "rate: ");
    assert_refused("/api/v1/events?after=-1", DAQS_EINVALID, "after: ");
    assert_refused("/api/v1/events?kind=", DAQS_EINVALID, "kind: ");
    assert_refused("/api/v1/report?level=info", DAQS_EINVALID, "level");
    assert_refused("/api/v1/events?after=", DAQS_EINVALID, "after: ");
    assert_refused("/api/v1/events?member=", DAQS_EINVALID, "member: ");
    assert_refused("/api/v1/audit?member=c2", DAQS_EINVALID, "member");
    assert_refused("/api/v1/events?after=1234567890123456789", DAQS_EINVALID, "after: ");
    assert_refused("/api/v1/events?since=soon", DAQS_EINVALID, "since: ");
    assert_refused("/api/v1/history?host=a&vm=b&step=0", DAQS_EINVALID, "whole seconds");
    assert_refused("/api/v1/history?host=a&vm=b&step=1500ms", DAQS_EINVALID, "whole seconds");
}

static void the_reason_for_a_refusal_is_optional(void **state)
{
    (void)state;
    assert_int_equal(http_target_parse("/api/v1/history?host=a&vm=b&step=soon", &target, NULL), 0);
    assert_int_equal(web_query_parse(&target, NOW_MS, &query, NULL), DAQS_EINVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_path_has_its_verb),
        cmocka_unit_test(parameters_become_the_requests),
        cmocka_unit_test(anything_else_is_refused),
        cmocka_unit_test(the_reason_for_a_refusal_is_optional),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
