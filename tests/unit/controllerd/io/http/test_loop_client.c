/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include <stdio.h>
#include <string.h>

#include "tests/lib/fake_loop.h"

enum { CLIENTS = 200 };

/* One of those that wait for a reply. */
struct client {
    struct loop_wait wait; /* first member */
    unsigned calls;
    bool timed_out;
    char text[16]; /* of the reply */
};

static struct fake_loop loop;
static struct client client[CLIENTS];

static void on_reply(struct loop_wait *wait, struct loop_reply *reply)
{
    struct client *c = (struct client *)wait;
    c->calls++;
    c->timed_out = !reply;
    if (reply)
        (void)snprintf(c->text, sizeof c->text, "%s", reply->wire.text);
}

static int open_loop(void **state)
{
    (void)state;
    memset(client, 0, sizeof client);
    fake_loop_open(&loop, 1000);
    return 0;
}

static int close_loop(void **state)
{
    (void)state;
    fake_loop_close(&loop);
    return 0;
}

static int request_host(size_t i, enum loop_request_kind kind, const char *host)
{
    struct wire_request request = wire_request_of(WIRE_VMS);
    request.list.host = host;
    client[i].wait.on_reply = on_reply;
    return loop_client_request(loop.client, &request, kind, loop.now_ms, &client[i].wait);
}

static int request(size_t i, enum loop_request_kind kind)
{
    return request_host(i, kind, "");
}

/* Requests something that no other client requests. */
static int request_own(size_t i, enum loop_request_kind kind)
{
    char host[16];
    (void)snprintf(host, sizeof host, "h%zu", i);
    return request_host(i, kind, host);
}

static void assert_replied(size_t i, const char *text)
{
    assert_int_equal(client[i].calls, 1);
    assert_false(client[i].timed_out);
    assert_string_equal(client[i].text, text);
}

static void assert_timed_out(size_t i)
{
    assert_int_equal(client[i].calls, 1);
    assert_true(client[i].timed_out);
}

static void the_present_is_requested_once_a_second(void **state)
{
    (void)state;
    assert_int_equal(request(0, LOOP_PRESENT), DAQS_OK);
    assert_int_equal(request(1, LOOP_PRESENT), DAQS_OK);
    assert_int_equal(loop.count, 1);
    assert_string_equal(loop.sent[0].user, "http");
    fake_loop_reply_text(&loop, 0, DAQS_OK, "one");
    assert_replied(0, "one");
    assert_replied(1, "one");
    fake_loop_pass(&loop, 999);
    assert_int_equal(request(2, LOOP_PRESENT), DAQS_OK);
    assert_replied(2, "one");
    loop.now_ms++; /* too old, even if nothing has ticked */
    assert_int_equal(request(3, LOOP_PRESENT), DAQS_OK);
    assert_int_equal(client[3].calls, 0);
    assert_int_equal(loop.count, 2);
    fake_loop_reply_text(&loop, 1, DAQS_OK, "two");
    assert_replied(3, "two");
}

static void only_the_same_request_is_shared(void **state)
{
    (void)state;
    assert_int_equal(request(0, LOOP_PRESENT), DAQS_OK);
    assert_int_equal(request_host(1, LOOP_PRESENT, "node1"), DAQS_OK);
    assert_int_equal(request(2, LOOP_HEALTH), DAQS_OK);
    assert_int_equal(request(3, LOOP_PAST), DAQS_OK);
    assert_int_equal(request(4, LOOP_PAST), DAQS_OK);
    assert_int_equal(request(5, LOOP_METRICS), DAQS_OK);
    assert_int_equal(request(6, LOOP_METRICS), DAQS_OK);
    assert_int_equal(loop.count, 7);
    fake_loop_reply_text(&loop, 4, DAQS_OK, "past");
    assert_replied(4, "past");
    for (size_t i = 0; i < 7; i++)
        assert_int_equal(client[i].calls, i == 4);
}

static void requests_in_progress_are_limited_by_kind(void **state)
{
    size_t i = 0;
    (void)state;
    for (; i < 16; i++)
        assert_int_equal(request_own(i, LOOP_PAST), DAQS_OK);
    assert_int_equal(request_own(i, LOOP_PAST), DAQS_EBUSY);
    for (; i < 24; i++)
        assert_int_equal(request_own(i, LOOP_PRESENT), DAQS_OK);
    assert_int_equal(request_own(i, LOOP_PRESENT), DAQS_EBUSY);
    assert_int_equal(request_own(i++, LOOP_METRICS), DAQS_OK);
    assert_int_equal(request_own(i++, LOOP_HEALTH), DAQS_OK);
    assert_int_equal(loop.count, i);
    for (size_t k = 0; k < 3; k++) /* two of the past end, one more than 24 */
        fake_loop_reply_text(&loop, k, DAQS_OK, "");
    assert_int_equal(request_own(i, LOOP_PRESENT), DAQS_OK);
    assert_int_equal(request_own(i + 1, LOOP_PRESENT), DAQS_EBUSY);
    assert_int_equal(client[i + 1].calls, 0);
}

static void requests_per_second_are_limited_except_for_health_and_metrics(void **state)
{
    (void)state;
    fake_loop_close(&loop);
    fake_loop_open(&loop, 5);
    for (size_t i = 0; i < 10; i++)
        assert_int_equal(request_own(i, LOOP_PRESENT), DAQS_OK);
    assert_int_equal(request_own(10, LOOP_PRESENT), DAQS_EBUSY);
    assert_int_equal(request_own(10, LOOP_PAST), DAQS_EBUSY);
    assert_int_equal(request_host(20, LOOP_PRESENT, "h0"), DAQS_OK); /* joins the first */
    assert_int_equal(request_own(11, LOOP_HEALTH), DAQS_OK);
    assert_int_equal(request_own(12, LOOP_METRICS), DAQS_OK);
    fake_loop_pass(&loop, 200);
    assert_int_equal(request_own(13, LOOP_PRESENT), DAQS_OK);
    assert_int_equal(request_own(14, LOOP_PRESENT), DAQS_EBUSY);
}

static void a_request_without_a_reply_ends_after_its_timeout(void **state)
{
    (void)state;
    assert_int_equal(request(0, LOOP_HEALTH), DAQS_OK);
    assert_int_equal(request(1, LOOP_PRESENT), DAQS_OK);
    assert_int_equal(request(2, LOOP_PAST), DAQS_OK);
    fake_loop_pass(&loop, 2999);
    assert_int_equal(client[0].calls, 0);
    fake_loop_pass(&loop, 1);
    assert_timed_out(0);
    fake_loop_pass(&loop, 26999);
    assert_int_equal(client[1].calls + client[2].calls, 0);
    fake_loop_pass(&loop, 1);
    assert_timed_out(1);
    assert_timed_out(2);
    for (size_t i = 0; i < 3; i++)
        fake_loop_reply_text(&loop, i, DAQS_OK, "late");
    assert_timed_out(1);
    for (size_t i = 3; i < 19; i++) /* they are not in progress */
        assert_int_equal(request_own(i, LOOP_PAST), DAQS_OK);
}

static void a_message_that_answers_nothing_is_ignored(void **state)
{
    (void)state;
    assert_int_equal(request(0, LOOP_PRESENT), DAQS_OK);
    loop_client_receive(loop.client, "\xc1garbage", 8, loop.now_ms);
    loop_client_receive(loop.client, "", 0, loop.now_ms);
    assert_int_equal(client[0].calls, 0);
    fake_loop_reply_text(&loop, 0, DAQS_OK, "one");
    fake_loop_reply_text(&loop, 0, DAQS_OK, "again");
    assert_replied(0, "one");
    assert_int_equal(request(1, LOOP_PRESENT), DAQS_OK);
    assert_replied(1, "one");
}

/* Makes another request from its callback. */
static void request_again(struct loop_wait *wait, struct loop_reply *reply)
{
    struct client *c = (struct client *)wait;
    c->calls++;
    if (!reply && c->calls == 1)
        assert_int_equal(request_own(1, LOOP_PRESENT), DAQS_OK);
}

static void a_callback_may_make_a_request(void **state)
{
    const struct wire_request wire = wire_request_of(WIRE_VMS);
    (void)state;
    client[0].wait.on_reply = request_again;
    assert_int_equal(
        loop_client_request(loop.client, &wire, LOOP_PRESENT, loop.now_ms, &client[0].wait), 0);
    fake_loop_pass(&loop, 30000);
    assert_int_equal(loop.count, 2);
    assert_int_equal(client[1].calls, 0);
    fake_loop_pass(&loop, 29999);
    fake_loop_reply_text(&loop, 1, DAQS_OK, "two");
    assert_replied(1, "two");
}

static void a_loop_that_takes_no_request_is_busy(void **state)
{
    (void)state;
    loop.full = true;
    assert_int_equal(request(0, LOOP_HEALTH), DAQS_EBUSY);
    loop.full = false;
    assert_int_equal(request(1, LOOP_HEALTH), DAQS_OK);
    assert_int_equal(loop.count, 1);
    fake_loop_reply_text(&loop, 0, DAQS_OK, "one");
    assert_int_equal(client[0].calls, 0);
    assert_replied(1, "one");
}

static void few_replies_are_kept(void **state)
{
    (void)state;
    for (size_t i = 0; i < 40; i++) {
        assert_int_equal(request_own(i, LOOP_PRESENT), DAQS_OK);
        fake_loop_reply_text(&loop, i, DAQS_OK, "x");
    }
    fake_loop_pass(&loop, 1);
    assert_int_equal(request_own(39, LOOP_PRESENT), DAQS_OK);
    assert_int_equal(request_own(8, LOOP_PRESENT), DAQS_OK);
    assert_int_equal(loop.count, 40);
    assert_int_equal(request_own(7, LOOP_PRESENT), DAQS_OK);
    assert_int_equal(loop.count, 41);
}

static void the_end_ends_all_requests(void **state)
{
    (void)state;
    assert_int_equal(request(0, LOOP_PRESENT), DAQS_OK);
    assert_int_equal(request(1, LOOP_PRESENT), DAQS_OK);
    assert_int_equal(request(2, LOOP_METRICS), DAQS_OK);
    loop_client_end(loop.client);
    for (size_t i = 0; i < 3; i++)
        assert_timed_out(i);
    assert_int_equal(request(3, LOOP_HEALTH), DAQS_EBUSY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_present_is_requested_once_a_second, open_loop,
                                        close_loop),
        cmocka_unit_test_setup_teardown(only_the_same_request_is_shared, open_loop, close_loop),
        cmocka_unit_test_setup_teardown(requests_in_progress_are_limited_by_kind, open_loop,
                                        close_loop),
        cmocka_unit_test_setup_teardown(
            requests_per_second_are_limited_except_for_health_and_metrics, open_loop, close_loop),
        cmocka_unit_test_setup_teardown(a_request_without_a_reply_ends_after_its_timeout, open_loop,
                                        close_loop),
        cmocka_unit_test_setup_teardown(a_message_that_answers_nothing_is_ignored, open_loop,
                                        close_loop),
        cmocka_unit_test_setup_teardown(a_callback_may_make_a_request, open_loop, close_loop),
        cmocka_unit_test_setup_teardown(a_loop_that_takes_no_request_is_busy, open_loop,
                                        close_loop),
        cmocka_unit_test_setup_teardown(few_replies_are_kept, open_loop, close_loop),
        cmocka_unit_test_setup_teardown(the_end_ends_all_requests, open_loop, close_loop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
