/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include <string.h>

#include "controllerd/io/http/web_api.h"
#include "tests/lib/fake_http.h"
#include "tests/lib/fake_loop.h"

enum { STREAMS = 64 };

static struct fake_loop loop;
static struct web_api *api;

static int open_api(void **state)
{
    (void)state;
    fake_loop_open(&loop, 1000);
    api = web_api_new(loop.client, &loop.clock);
    assert_non_null(api);
    return 0;
}

static int close_api(void **state)
{
    (void)state;
    fake_loop_close(&loop);
    web_api_free(api);
    return 0;
}

static struct http_call *get(const char *target)
{
    struct http_call *call = fake_call(target);
    web_api_answer(api, call);
    return call;
}

/* Replies with a table of these names. */
static void reply_names(size_t which, const char *const names[], const char *token)
{
    static const struct daqs_column column = {"vm", DAQS_COLUMN_TEXT};
    struct daqs_table table;
    daqs_table_init(&table, &column, 1, 1000);
    for (; *names; names++)
        daqs_table_text(&table, *names);
    fake_loop_reply_table(&loop, which, &table, token);
}
#define NAMES(...) ((const char *const[]){__VA_ARGS__, NULL})
static const char *const no_names[] = {NULL};

static void assert_answer(struct http_call *call, unsigned status, const char *body)
{
    assert_int_equal(call->status, status);
    assert_true(call->complete);
    assert_string_equal(call->body, body);
    fake_call_close(call);
}

static void assert_refused(struct http_call *call, unsigned status, const char *reason)
{
    assert_int_equal(call->status, status);
    if (!strstr(call->body, reason))
        fail_msg("%s", call->body);
    fake_call_close(call);
}

static void a_table_is_an_array(void **state)
{
    (void)state;
    struct http_call *call = get("/api/v1/vms?host=node1");
    assert_int_equal(call->status, 0);
    assert_int_equal(loop.sent[0].verb, WIRE_VMS);
    assert_string_equal(loop.sent[0].list.host, "node1");
    reply_names(0, NAMES("a", "b\""), "");
    assert_string_equal(call->type, "application/json");
    assert_answer(call, 200, "[{\"vm\": \"a\"},\n {\"vm\": \"b\\\"\"}]\n");
    call = get("/api/v1/slas");
    reply_names(1, no_names, "");
    assert_answer(call, 200, "[]\n");
}

static void a_text_is_an_object(void **state)
{
    (void)state;
    struct http_call *call = get("/api/v1/version");
    fake_loop_reply_text(&loop, 0, DAQS_OK, "1.\"0");
    assert_answer(call, 200, "{\"version\": \"1.\\\"0\"}\n");
}

static void errors_of_the_loop_have_their_status(void **state)
{
    static const struct {
        int code;
        unsigned status;
    } errors[] = {{DAQS_ENOTFOUND, 404}, {DAQS_EREFUSED, 404}, {DAQS_EINVALID, 400},
                  {DAQS_ERANGE, 400},    {DAQS_EFORMAT, 400},  {DAQS_EBUSY, 503},
                  {DAQS_ESTORE, 503},    {DAQS_ETIMEOUT, 503}, {DAQS_ENOMEM, 503},
                  {DAQS_EIO, 500}};
    (void)state;
    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
        struct http_call *call = get("/api/v1/events");
        fake_loop_reply_text(&loop, i, errors[i].code, "so it is");
        assert_refused(call, errors[i].status, "so it is");
    }
}

static void rejected_requests_do_not_reach_the_loop(void **state)
{
    (void)state;
    assert_refused(get("/api/v1/peers"), 404, "unknown path");
    assert_refused(get("/api/v1/vms?vm=a"), 400, "does not accept 'vm'");
    assert_int_equal(loop.count, 0);
}

static void one_reply_answers_all_clients_within_a_second(void **state)
{
    struct http_call *call[4];
    (void)state;
    for (size_t i = 0; i < 3; i++)
        call[i] = get("/api/v1/hosts");
    assert_int_equal(loop.count, 1);
    reply_names(0, NAMES("a", "b"), "");
    call[3] = get("/api/v1/hosts");
    assert_int_equal(loop.count, 1);
    for (size_t i = 0; i < 4; i++)
        assert_answer(call[i], 200, "[{\"vm\": \"a\"},\n {\"vm\": \"b\"}]\n");
}

static void history_is_requested_for_each_client(void **state)
{
    (void)state;
    struct http_call *first = get("/api/v1/report");
    struct http_call *second = get("/api/v1/report");
    assert_int_equal(loop.count, 2);
    reply_names(1, NAMES("b"), "");
    reply_names(0, NAMES("a"), "");
    assert_answer(first, 200, "[{\"vm\": \"a\"}]\n");
    assert_answer(second, 200, "[{\"vm\": \"b\"}]\n");
}

static void a_long_table_is_requested_as_the_client_reads_it(void **state)
{
    (void)state;
    struct http_call *call = get("/api/v1/events");
    reply_names(0, no_names, "t1"); /* nothing of the first part matches */
    assert_int_equal(call->status, 0);
    assert_string_equal(loop.sent[1].token, "t1");
    reply_names(1, NAMES("a", "b"), "t2");
    assert_int_equal(call->status, 200);
    assert_int_equal(loop.count, 2);
    fake_call_read(call);
    assert_string_equal(loop.sent[2].token, "t2");
    reply_names(2, NAMES("c"), "t3");
    assert_false(call->complete);
    fake_call_read(call);
    reply_names(3, no_names, "");
    assert_answer(call, 200, "[{\"vm\": \"a\"},\n {\"vm\": \"b\"},\n {\"vm\": \"c\"}]\n");
}

static void parts_are_shared_too(void **state)
{
    struct http_call *call[2];
    (void)state;
    for (size_t i = 0; i < 2; i++)
        call[i] = get("/api/v1/vms");
    reply_names(0, NAMES("a"), "t1");
    for (size_t i = 0; i < 2; i++)
        fake_call_read(call[i]);
    assert_int_equal(loop.count, 2);
    reply_names(1, NAMES("b"), "");
    for (size_t i = 0; i < 2; i++)
        assert_answer(call[i], 200, "[{\"vm\": \"a\"},\n {\"vm\": \"b\"}]\n");
}

static void an_answer_that_cannot_go_on_is_broken_off(void **state)
{
    (void)state;
    struct http_call *call = get("/api/v1/events");
    reply_names(0, NAMES("a"), "t1");
    fake_call_read(call);
    fake_loop_reply_text(&loop, 1, DAQS_ESTORE, "no database");
    assert_int_equal(call->status, 200);
    assert_true(call->broken);
    assert_string_equal(call->body, "[{\"vm\": \"a\"}");
    fake_call_close(call);
}

static void a_loop_that_does_not_answer_is_unavailable(void **state)
{
    (void)state;
    struct http_call *call = get("/api/v1/hosts");
    fake_loop_pass(&loop, 29999);
    assert_int_equal(call->status, 0);
    fake_loop_pass(&loop, 1);
    assert_true(call->retry);
    assert_refused(call, 503, "does not answer");
}

static void too_many_requests_are_refused(void **state)
{
    struct http_call *call[16];
    (void)state;
    for (size_t i = 0; i < 16; i++)
        call[i] = get("/api/v1/audit");
    struct http_call *last = get("/api/v1/audit");
    assert_true(last->retry);
    assert_refused(last, 503, "too many requests");
    for (size_t i = 0; i < 16; i++) {
        assert_int_equal(call[i]->status, 0);
        reply_names(i, NAMES("a"), "");
        assert_answer(call[i], 200, "[{\"vm\": \"a\"}]\n");
    }
}

/* Begins an answer in parts. */
static struct http_call *get_stream(void)
{
    struct http_call *call = get("/api/v1/events");
    reply_names(loop.count - 1, NAMES("a"), "t");
    return call;
}

static void a_slow_reader_is_closed_for_a_new_one(void **state)
{
    struct http_call *call[STREAMS];
    (void)state;
    for (size_t i = 0; i < STREAMS; i++)
        call[i] = get_stream();
    assert_refused(get_stream(), 503, "too many long answers");
    struct http_call *whole = get("/api/v1/events");
    reply_names(loop.count - 1, NAMES("a"), "");
    assert_answer(whole, 200, "[{\"vm\": \"a\"}]\n"); /* one part is always fine */
    fake_call_read(call[0]);                          /* it waits for the loop */
    size_t waited_for = loop.count - 1;
    fake_loop_pass(&loop, 9999);
    assert_refused(get_stream(), 503, "too many long answers");
    fake_loop_pass(&loop, 1);
    struct http_call *newer = get_stream();
    assert_int_equal(newer->status, 200);
    for (size_t i = 0; i < STREAMS; i++)
        assert_int_equal(call[i]->hung_up, i == 1);
    fake_call_close(call[1]);
    reply_names(waited_for, NAMES("b"), ""); /* it moves to the end */
    assert_string_equal(call[0]->body, "[{\"vm\": \"a\"},\n {\"vm\": \"b\"}]\n");
    fake_call_close(call[2]); /* one less */
    struct http_call *newest = get_stream();
    assert_int_equal(newest->status, 200);
    assert_false(call[3]->hung_up);
    fake_call_close(call[0]);
    for (size_t i = 3; i < STREAMS; i++)
        fake_call_close(call[i]);
    fake_call_close(newer);
    fake_call_close(newest);
}

static void the_end_answers_all(void **state)
{
    (void)state;
    struct http_call *call = get("/api/v1/hosts");
    struct http_call *stream = get_stream();
    fake_call_read(stream);
    loop_client_end(loop.client);
    assert_refused(call, 503, "does not answer");
    assert_true(stream->broken);
    fake_call_close(stream);
    assert_refused(get("/api/v1/hosts"), 503, "too many requests");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_table_is_an_array, open_api, close_api),
        cmocka_unit_test_setup_teardown(a_text_is_an_object, open_api, close_api),
        cmocka_unit_test_setup_teardown(errors_of_the_loop_have_their_status, open_api, close_api),
        cmocka_unit_test_setup_teardown(rejected_requests_do_not_reach_the_loop, open_api,
                                        close_api),
        cmocka_unit_test_setup_teardown(one_reply_answers_all_clients_within_a_second, open_api,
                                        close_api),
        cmocka_unit_test_setup_teardown(history_is_requested_for_each_client, open_api, close_api),
        cmocka_unit_test_setup_teardown(a_long_table_is_requested_as_the_client_reads_it, open_api,
                                        close_api),
        cmocka_unit_test_setup_teardown(parts_are_shared_too, open_api, close_api),
        cmocka_unit_test_setup_teardown(an_answer_that_cannot_go_on_is_broken_off, open_api,
                                        close_api),
        cmocka_unit_test_setup_teardown(a_loop_that_does_not_answer_is_unavailable, open_api,
                                        close_api),
        cmocka_unit_test_setup_teardown(too_many_requests_are_refused, open_api, close_api),
        cmocka_unit_test_setup_teardown(a_slow_reader_is_closed_for_a_new_one, open_api, close_api),
        cmocka_unit_test_setup_teardown(the_end_answers_all, open_api, close_api),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
