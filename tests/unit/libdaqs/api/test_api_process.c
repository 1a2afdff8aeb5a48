/* SPDX-License-Identifier: Apache-2.0 */
/* Requests in a program's own loop, with poll(2) alone. */
#include "tests/lib/check.h"

#include <poll.h>
#include <string.h>

#include "libdaqs/daqs.h"
#include "tests/lib/fake_admin.h"

enum { PATIENCE_MS = 30000, CHAIN = 50 };

struct seen {
    struct daqs_client *client;
    struct daqs_request *request;
    int left; /* requests that the callback starts */
    int answers;
    int status;
};

static void take(void *arg, int status, struct daqs_answer *answer)
{
    struct seen *seen = arg;
    seen->status = status;
    seen->answers++;
    daqs_answer_free(answer);
    if (seen->left-- > 0)
        assert_int_equal(daqs_client_start(seen->client, seen->request, take, seen),
                         DAQS_STATUS_OK);
}

static void seen_begin(struct seen *seen, const char *controllers, const char *answer_timeout)
{
    *seen = (struct seen){.client = daqs_client_new(), .request = daqs_request_new("hosts")};
    assert_int_equal(daqs_client_set(seen->client, "controllers", controllers), DAQS_STATUS_OK);
    assert_int_equal(daqs_client_set(seen->client, "answer-timeout", answer_timeout),
                     DAQS_STATUS_OK);
}

static void seen_end(struct seen *seen)
{
    daqs_request_free(seen->request);
    daqs_client_free(seen->client);
}

/* Waits for the descriptor, and fails if it never becomes readable. */
static void wait_for(struct seen *seen, int answers)
{
    while (seen->answers < answers) {
        struct pollfd item = {.fd = daqs_client_fd(seen->client), .events = POLLIN};
        assert_int_equal(poll(&item, 1, PATIENCE_MS), 1);
        daqs_client_process(seen->client);
    }
}

static void the_descriptor_is_all_that_a_loop_waits_for(void **state)
{
    struct fake_admin fake = {.manner = FAKE_ANSWERS};
    struct seen seen;
    (void)state;
    fake_admin_begin(&fake);
    seen_begin(&seen, fake.endpoint, "60s");
    seen.left = CHAIN;
    const int fd = daqs_client_fd(seen.client);
    assert_int_equal(daqs_client_start(seen.client, seen.request, take, &seen), DAQS_STATUS_OK);
    assert_int_equal(daqs_client_start(seen.client, seen.request, take, &seen), DAQS_STATUS_BUSY);
    wait_for(&seen, CHAIN + 1);
    assert_int_equal(seen.status, DAQS_STATUS_OK);
    assert_int_equal(daqs_client_fd(seen.client), fd);
    assert_int_equal(atomic_load(&fake.requests), CHAIN + 1);
    seen_end(&seen);
    fake_admin_end(&fake);
}

static void an_idle_client_does_not_wake_its_loop(void **state)
{
    struct fake_admin fake = {.manner = FAKE_ANSWERS};
    struct seen seen;
    (void)state;
    fake_admin_begin(&fake);
    seen_begin(&seen, fake.endpoint, "60s");
    assert_int_equal(daqs_client_start(seen.client, seen.request, take, &seen), DAQS_STATUS_OK);
    wait_for(&seen, 1);
    struct pollfd item = {.fd = daqs_client_fd(seen.client), .events = POLLIN};
    int wakes = 0;
    for (; wakes < 10 && poll(&item, 1, 100) == 1; wakes++)
        daqs_client_process(seen.client);
    assert_true(wakes < 10);
    seen_end(&seen);
    fake_admin_end(&fake);
}

static void a_timeout_wakes_the_loop_too(void **state)
{
    struct fake_admin fake = {.manner = FAKE_SILENT};
    struct seen seen;
    (void)state;
    fake_admin_begin(&fake);
    seen_begin(&seen, fake.endpoint, "50ms");
    assert_int_equal(daqs_client_start(seen.client, seen.request, take, &seen), DAQS_STATUS_OK);
    wait_for(&seen, 1);
    assert_int_equal(seen.status, DAQS_STATUS_TIMEOUT);
    assert_non_null(strstr(daqs_client_error(seen.client), "does not answer"));
    seen_end(&seen);
    fake_admin_end(&fake);
}

static void a_client_goes_on_with_the_next_controller_after_a_failure(void **state)
{
    struct fake_admin silent = {.manner = FAKE_SILENT};
    struct fake_admin fake = {.manner = FAKE_ANSWERS};
    struct seen seen;
    char both[2 * sizeof fake.endpoint + 2];
    (void)state;
    fake_admin_begin(&silent);
    fake_admin_begin(&fake);
    (void)snprintf(both, sizeof both, "%s,%s", silent.endpoint, fake.endpoint);
    seen_begin(&seen, both, "1s");
    assert_int_equal(daqs_client_start(seen.client, seen.request, take, &seen), DAQS_STATUS_OK);
    wait_for(&seen, 1);
    assert_int_equal(seen.status, DAQS_STATUS_TIMEOUT);
    assert_int_equal(atomic_load(&fake.requests), 0); /* nothing is sent twice */
    assert_int_equal(daqs_client_start(seen.client, seen.request, take, &seen), DAQS_STATUS_OK);
    wait_for(&seen, 2);
    assert_int_equal(atomic_load(&fake.requests), 1);
    seen_end(&seen);
    fake_admin_end(&fake);
    fake_admin_end(&silent);
}

static void a_request_that_is_cancelled_has_no_answer(void **state)
{
    struct fake_admin fake = {.manner = FAKE_ANSWERS};
    struct seen seen;
    (void)state;
    fake_admin_begin(&fake);
    seen_begin(&seen, fake.endpoint, "60s");
    assert_int_equal(daqs_client_start(seen.client, seen.request, take, &seen), DAQS_STATUS_OK);
    while (atomic_load(&fake.requests) == 0) { /* until it was sent, and is on its way back */
        struct pollfd item = {.fd = daqs_client_fd(seen.client), .events = POLLIN};
        (void)poll(&item, 1, 1);
        if (atomic_load(&fake.requests) == 0)
            daqs_client_process(seen.client);
    }
    const int before = seen.answers;
    daqs_client_cancel(seen.client);
    assert_int_equal(daqs_client_start(seen.client, seen.request, take, &seen), DAQS_STATUS_OK);
    wait_for(&seen, before + 1);
    assert_int_equal(seen.status, DAQS_STATUS_OK);
    assert_int_equal(seen.answers, before + 1);
    assert_int_equal(atomic_load(&fake.requests), 2);
    seen_end(&seen);
    fake_admin_end(&fake);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_descriptor_is_all_that_a_loop_waits_for),
        cmocka_unit_test(an_idle_client_does_not_wake_its_loop),
        cmocka_unit_test(a_timeout_wakes_the_loop_too),
        cmocka_unit_test(a_client_goes_on_with_the_next_controller_after_a_failure),
        cmocka_unit_test(a_request_that_is_cancelled_has_no_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
