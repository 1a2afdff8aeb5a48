/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include <string.h>

#include "controllerd/io/http/web_routes.h"
#include "tests/lib/fake_http.h"
#include "tests/lib/fake_loop.h"

static struct fake_loop loop;
static struct buckets durations;
static struct web_routes routes;

static int open_routes(void **state)
{
    (void)state;
    fake_loop_open(&loop, 1000);
    routes = (struct web_routes){.loop = loop.client, .clock = &loop.clock};
    routes.api = web_api_new(loop.client, &loop.clock);
    routes.metrics = web_metrics_new(&(struct web_metrics_setup){
        .loop = loop.client,
        .clock = &loop.clock,
        .own = {.reports = &durations, .requests = &durations, .writes = &durations}});
    assert_true(routes.api && routes.metrics);
    return 0;
}

static int close_routes(void **state)
{
    (void)state;
    fake_loop_close(&loop);
    web_api_free(routes.api);
    web_metrics_free(routes.metrics);
    return 0;
}

static struct http_call *get(const char *target)
{
    struct http_call *call = fake_call(target);
    web_routes_answer(&routes, call);
    return call;
}

static void assert_answer(struct http_call *call, unsigned status, const char *part)
{
    assert_int_equal(call->status, status);
    if (!strstr(call->body, part))
        fail_msg("%s: %s", call->target.path, call->body);
    fake_call_close(call);
}

static void reply_status(size_t which, const char *const values[4])
{
    static const char *const names[] = {"history", "queries", "events", "database"};
    static const struct daqs_column columns[] = {{"name", DAQS_COLUMN_TEXT},
                                                 {"value", DAQS_COLUMN_TEXT}};
    struct daqs_table table;
    daqs_table_init(&table, columns, 2, 200);
    for (size_t i = 0; i < 4; i++) {
        daqs_table_text(&table, names[i]);
        daqs_table_text(&table, values[i]);
    }
    fake_loop_reply_table(&loop, which, &table, "");
}

static void other_paths_are_not_found(void **state)
{
    static const char *const paths[] = {"/nowhere",    "/index.html/", "/HEALTHZ",
                                        "/metrics/",   "/api",         "//",
                                        "/%2e%2e/etc", "/healthz/",    "/api/v1/nothing"};
    (void)state;
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
        assert_answer(get(paths[i]), 404, "unknown path");
    assert_int_equal(loop.count, 0);
}

static void only_the_api_takes_parameters(void **state)
{
    static const char *const paths[] = {"/?a=b",       "/index.html?a=b", "/healthz?a=b",
                                        "/readyz?a=b", "/metrics?a=b",    "/nowhere?a=b"};
    (void)state;
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
        assert_answer(get(paths[i]), 400, "accepts no parameters");
    assert_int_equal(loop.count, 0);
}

static void the_loop_answers_api_and_metrics(void **state)
{
    (void)state;
    struct http_call *hosts = get("/api/v1/hosts");
    struct http_call *metrics = get("/metrics");
    assert_int_equal(loop.sent[0].verb, WIRE_HOSTS);
    assert_int_equal(loop.sent[1].verb, WIRE_FIGURES);
    loop_client_end(loop.client);
    assert_answer(hosts, 503, "does not answer");
    assert_answer(metrics, 503, "does not answer");
}

static void the_dashboard_is_at_the_root(void **state)
{
    (void)state;
    struct http_call *root = get("/");
    struct http_call *index = get("/index.html");
    assert_int_equal(root->status, 200);
    assert_string_equal(root->type, "text/html; charset=utf-8");
    assert_true(root->length > 0);
    assert_string_equal(root->etag, index->etag);
    struct http_call *again = fake_call("/");
    again->header = root->etag;
    web_routes_answer(&routes, again);
    assert_int_equal(again->status, 304);
    assert_int_equal(again->length, 0);
    fake_call_close(again);
    again = fake_call("/");
    again->header = "\"another\"";
    web_routes_answer(&routes, again);
    assert_int_equal(again->status, 200);
    fake_call_close(again);
    fake_call_close(root);
    fake_call_close(index);
}

static void a_loop_that_answers_is_healthy(void **state)
{
    (void)state;
    struct http_call *call = get("/healthz");
    assert_int_equal(call->status, 0);
    assert_int_equal(loop.sent[0].verb, WIRE_VERSION);
    fake_loop_reply_text(&loop, 0, DAQS_OK, "1.0");
    assert_answer(call, 200, "ok\n");
    call = get("/healthz"); /* the answer is fresh */
    assert_int_equal(loop.count, 1);
    assert_answer(call, 200, "ok\n");
}

static void a_loop_that_does_not_answer_within_three_seconds_is_unhealthy(void **state)
{
    (void)state;
    struct http_call *health = get("/healthz");
    struct http_call *ready = get("/readyz");
    fake_loop_pass(&loop, 2999);
    assert_int_equal(health->status + ready->status, 0);
    fake_loop_pass(&loop, 1);
    assert_true(health->retry && ready->retry);
    assert_answer(health, 503, "the control loop does not answer\n");
    assert_answer(ready, 503, "the control loop does not answer\n");
    health = get("/healthz");
    fake_loop_reply_text(&loop, 2, DAQS_EBUSY, "later");
    assert_answer(health, 503, "the control loop does not answer\n");
    loop.full = true;
    fake_loop_pass(&loop, 1000);
    assert_answer(get("/healthz"), 503, "too many requests");
}

static void readiness_needs_the_database(void **state)
{
    static const struct {
        const char *values[4];
        unsigned status;
        const char *text;
    } cases[] = {
        {{"ok", "ok", "ok", "ok"}, 200, "ok\n"},
        {{"failing", "ok", "ok", "ok"}, 503, "history cannot be written to the database\n"},
        {{"ok", "failing", "ok", "ok"}, 503, "the database cannot be read\n"},
        {{"ok", "ok", "failing", "ok"}, 503, "events cannot be written to the database\n"},
        {{"ok", "ok", "ok", "damaged"}, 503, "the database is damaged\n"},
        {{"failing", "failing", "ok", "ok"}, 503, "history cannot be written to the database\n"}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct http_call *ready = get("/readyz");
        assert_int_equal(loop.sent[i].verb, WIRE_FIGURES);
        reply_status(i, cases[i].values);
        assert_answer(ready, cases[i].status, cases[i].text);
        fake_loop_pass(&loop, 1000);
    }
}

static void a_busy_api_leaves_capacity_for_health(void **state)
{
    struct http_call *call[17];
    (void)state;
    for (size_t i = 0; i < 17; i++)
        call[i] = get("/api/v1/audit");
    assert_int_equal(call[16]->status, 503);
    struct http_call *health = get("/healthz");
    fake_loop_reply_text(&loop, loop.count - 1, DAQS_OK, "1.0");
    assert_answer(health, 200, "ok\n");
    loop_client_end(loop.client);
    for (size_t i = 0; i < 17; i++)
        fake_call_close(call[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(other_paths_are_not_found, open_routes, close_routes),
        cmocka_unit_test_setup_teardown(only_the_api_takes_parameters, open_routes, close_routes),
        cmocka_unit_test_setup_teardown(the_loop_answers_api_and_metrics, open_routes,
                                        close_routes),
        cmocka_unit_test_setup_teardown(the_dashboard_is_at_the_root, open_routes, close_routes),
        cmocka_unit_test_setup_teardown(a_loop_that_answers_is_healthy, open_routes, close_routes),
        cmocka_unit_test_setup_teardown(
            a_loop_that_does_not_answer_within_three_seconds_is_unhealthy, open_routes,
            close_routes),
        cmocka_unit_test_setup_teardown(readiness_needs_the_database, open_routes, close_routes),
        cmocka_unit_test_setup_teardown(a_busy_api_leaves_capacity_for_health, open_routes,
                                        close_routes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
