/* SPDX-License-Identifier: Apache-2.0 */
/* Calls that wait, of a controller that is made up. */
#include "tests/lib/check.h"

#include <stdio.h>
#include <string.h>

#include "libdaqs/daqs.h"
#include "tests/lib/fake_admin.h"

static struct daqs_client *client_of(const char *controllers, const char *answer_timeout)
{
    struct daqs_client *client = daqs_client_new();
    assert_int_equal(daqs_client_set(client, "controllers", controllers), DAQS_STATUS_OK);
    assert_int_equal(daqs_client_set(client, "answer-timeout", answer_timeout), DAQS_STATUS_OK);
    return client;
}

static struct daqs_request *list_of(const char *host)
{
    struct daqs_request *request = daqs_request_new("list-sla");
    assert_int_equal(daqs_request_set(request, "host", host), DAQS_STATUS_OK);
    return request;
}

/* Asks once. The caller frees *ret_answer. */
static int ask(struct daqs_client *client, struct daqs_answer **ret_answer)
{
    struct daqs_request *request = list_of("node1");
    const int status = daqs_client_call(client, request, ret_answer);
    daqs_request_free(request);
    return status;
}

static void a_table_is_read_by_names_and_kinds(void **state)
{
    struct fake_admin fake = {.manner = FAKE_ANSWERS};
    struct daqs_answer *answer = NULL;
    (void)state;
    fake_admin_begin(&fake);
    struct daqs_client *client = client_of(fake.endpoint, "60s");
    assert_int_equal(ask(client, &answer), DAQS_STATUS_OK);
    assert_int_equal(daqs_answer_rows(answer), 1);
    assert_int_equal(daqs_answer_columns(answer), 3);
    assert_string_equal(daqs_answer_column_name(answer, 1), "min_bps");
    assert_int_equal(daqs_answer_column_kind(answer, 1), DAQS_KIND_RATE);
    const size_t host = daqs_answer_column(answer, "host");
    assert_string_equal(daqs_answer_text_at(answer, 0, host), "node1");
    assert_int_equal(daqs_answer_number_at(answer, 0, daqs_answer_column(answer, "min_bps")), 1000);
    assert_true(daqs_answer_is_empty(answer, 0, daqs_answer_column(answer, "max_bps")));
    assert_int_equal(daqs_answer_missing(answer), 1);
    assert_string_equal(daqs_answer_missing_member(answer, 0), "c2");
    assert_int_equal(daqs_answer_missing_hosts(answer, 0), 7);
    /* What is not there is empty. */
    assert_int_equal(daqs_answer_column(answer, "nothing"), SIZE_MAX);
    assert_true(daqs_answer_is_empty(answer, 0, SIZE_MAX));
    assert_string_equal(daqs_answer_text_at(answer, 1, host), "");
    assert_string_equal(daqs_answer_text_at(answer, 0, 1), "");
    assert_int_equal(daqs_answer_number_at(answer, 0, host), 0);
    assert_string_equal(daqs_answer_missing_member(answer, 1), "");
    daqs_answer_free(answer);
    daqs_client_free(client);
    fake_admin_end(&fake);
}

/* Returns the parts that come until one is the last (0 in *ret_end) or a failure. */
static size_t count_parts(const char *const *token, size_t tokens, int *ret_end)
{
    struct fake_admin fake = {.manner = FAKE_ANSWERS, .token = token, .tokens = tokens};
    struct daqs_request *request = list_of("node1");
    size_t parts = 0;
    fake_admin_begin(&fake);
    struct daqs_client *client = client_of(fake.endpoint, "60s");
    do {
        struct daqs_answer *answer = NULL;
        assert_int_equal(daqs_client_call(client, request, &answer), DAQS_STATUS_OK);
        assert_true(++parts < 100);
        *ret_end = daqs_request_continue(request, answer);
        daqs_answer_free(answer);
    } while (*ret_end > 0);
    daqs_request_free(request);
    daqs_client_free(client);
    fake_admin_end(&fake);
    return parts;
}

static void an_answer_comes_in_parts_and_one_without_end_fails(void **state)
{
    static const char *const ends[] = {"1", "2", ""};
    static const char *const endless[] = {"1", "2"};
    int end = 0;
    (void)state;
    assert_int_equal(count_parts(ends, 3, &end), 3);
    assert_int_equal(end, 0);
    (void)count_parts(endless, 2, &end);
    assert_int_equal(end, DAQS_STATUS_RANGE);
}

static void a_refusal_has_a_code_and_an_answer_with_its_text(void **state)
{
    struct fake_admin fake = {.manner = FAKE_REFUSES};
    struct daqs_answer *answer = NULL;
    (void)state;
    fake_admin_begin(&fake);
    struct daqs_client *client = client_of(fake.endpoint, "60s");
    assert_int_equal(ask(client, &answer), DAQS_STATUS_NOTFOUND);
    assert_string_equal(daqs_answer_text(answer), "there is no such host");
    assert_string_equal(daqs_client_error(client), "there is no such host");
    assert_int_equal(daqs_answer_rows(answer), 0);
    daqs_answer_free(answer);
    daqs_client_free(client);
    fake_admin_end(&fake);
}

static void check_failure(enum fake_manner manner, const char *answer_timeout, int status,
                          const char *text)
{
    struct fake_admin fake = {.manner = manner};
    struct daqs_answer *answer = NULL;
    fake_admin_begin(&fake);
    struct daqs_client *client = client_of(fake.endpoint, answer_timeout);
    assert_int_equal(ask(client, &answer), status);
    assert_null(answer);
    if (!strstr(daqs_client_error(client), text))
        fail_msg("%s", daqs_client_error(client));
    assert_int_equal(atomic_load(&fake.requests), manner == FAKE_CLOSES ? 0 : 1);
    daqs_client_free(client);
    fake_admin_end(&fake);
}

static void a_controller_that_does_not_answer_is_given_up(void **state)
{
    (void)state;
    check_failure(FAKE_SILENT, "50ms", DAQS_STATUS_TIMEOUT, "does not answer");
}

static void a_connection_that_ends_leaves_open_what_became_of_the_request(void **state)
{
    (void)state;
    check_failure(FAKE_CLOSES, "1h", DAQS_STATUS_TIMEOUT, "ended before the answer");
}

static void what_is_no_answer_is_a_failure(void **state)
{
    (void)state;
    check_failure(FAKE_GARBAGE, "1h", DAQS_STATUS_FORMAT, "");
}

static void answers_to_other_requests_are_passed_over(void **state)
{
    struct fake_admin fake = {.manner = FAKE_STRAYS};
    struct daqs_answer *answer = NULL;
    (void)state;
    fake_admin_begin(&fake);
    struct daqs_client *client = client_of(fake.endpoint, "60s");
    assert_int_equal(ask(client, &answer), DAQS_STATUS_OK);
    assert_string_equal(daqs_answer_text_at(answer, 0, 0), "node1");
    daqs_answer_free(answer);
    daqs_client_free(client);
    fake_admin_end(&fake);
}

static void of_several_controllers_the_next_one_is_asked(void **state)
{
    struct fake_admin fake = {.manner = FAKE_ANSWERS};
    struct daqs_answer *answer = NULL;
    char both[sizeof fake.endpoint + 64];
    (void)state;
    fake_admin_begin(&fake);
    (void)snprintf(both, sizeof both, "ipc:///nonexistent/a, %s", fake.endpoint);
    struct daqs_client *client = client_of(both, "60s");
    assert_int_equal(ask(client, &answer), DAQS_STATUS_OK);
    daqs_answer_free(answer);
    daqs_client_free(client);
    fake_admin_end(&fake);
}

static void that_none_of_several_answers_is_said(void **state)
{
    struct daqs_answer *answer = NULL;
    (void)state;
    struct daqs_client *client = client_of("ipc:///nonexistent/a,ipc:///nonexistent/b", "60s");
    assert_int_equal(daqs_client_set(client, "connect-timeout", "50ms"), DAQS_STATUS_OK);
    assert_int_equal(ask(client, &answer), DAQS_STATUS_TIMEOUT);
    assert_non_null(strstr(daqs_client_error(client), "none of 2 controllers"));
    assert_non_null(strstr(daqs_client_error(client), "ipc:///nonexistent/b"));
    assert_int_equal(daqs_client_set(client, "user", "x"), DAQS_STATUS_BUSY);
    daqs_client_free(client);
}

static void what_a_request_rejects_fails_the_call(void **state)
{
    static const struct {
        const char *verb, *name, *value, *text;
    } wrong[] = {
        {"set-slas", "host", "a", "there is no verb 'set-slas'"},
        {"hosts", "vm", "a", "no argument 'vm'"},
        {"set-sla", "min", "10", "min: "},
        {"set-sla", "weight", "0", "weight: it takes a whole number"},
        {"set-sla", "force", "true", "force: it takes yes or no"},
        {"history", "since", "yesterday", "since: "},
        {"history", "step", "1x", "step: "},
    };
    (void)state;
    struct daqs_client *client = client_of("ipc:///nonexistent/a", "60s");
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct daqs_answer *answer = NULL;
        struct daqs_request *request = daqs_request_new(wrong[i].verb);
        assert_int_equal(daqs_request_set(request, wrong[i].name, wrong[i].value),
                         DAQS_STATUS_INVALID);
        assert_int_equal(daqs_client_call(client, request, &answer), DAQS_STATUS_INVALID);
        if (!strstr(daqs_client_error(client), wrong[i].text))
            fail_msg("%s", daqs_client_error(client));
        daqs_request_free(request);
    }
    assert_int_equal(daqs_client_set(client, "colour", "red"), DAQS_STATUS_INVALID);
    assert_int_equal(daqs_client_set(client, "controllers", "localhost"), DAQS_STATUS_INVALID);
    daqs_client_free(client);
}

static void nothing_is_a_failure_not_a_crash(void **state)
{
    struct daqs_answer *answer = NULL;
    (void)state;
    assert_int_equal(daqs_client_call(NULL, NULL, &answer), DAQS_STATUS_NOMEM);
    assert_int_equal(daqs_client_set(NULL, "user", "x"), DAQS_STATUS_NOMEM);
    assert_int_equal(daqs_request_set(NULL, "host", "x"), DAQS_STATUS_NOMEM);
    assert_int_equal(daqs_answer_rows(NULL), 0);
    assert_int_equal(daqs_client_fd(NULL), -1);
    daqs_client_free(NULL);
    daqs_request_free(NULL);
    daqs_answer_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_table_is_read_by_names_and_kinds),
        cmocka_unit_test(an_answer_comes_in_parts_and_one_without_end_fails),
        cmocka_unit_test(a_refusal_has_a_code_and_an_answer_with_its_text),
        cmocka_unit_test(a_controller_that_does_not_answer_is_given_up),
        cmocka_unit_test(a_connection_that_ends_leaves_open_what_became_of_the_request),
        cmocka_unit_test(what_is_no_answer_is_a_failure),
        cmocka_unit_test(answers_to_other_requests_are_passed_over),
        cmocka_unit_test(of_several_controllers_the_next_one_is_asked),
        cmocka_unit_test(that_none_of_several_answers_is_said),
        cmocka_unit_test(what_a_request_rejects_fails_the_call),
        cmocka_unit_test(nothing_is_a_failure_not_a_crash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
