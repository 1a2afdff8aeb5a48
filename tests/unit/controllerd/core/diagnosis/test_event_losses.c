/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controllerd/core/diagnosis/event_losses.h"

#define LOST "events that were not stored, or only later, because there were too many: "

static int make_losses(void **state)
{
    *state = event_losses_new();
    return *state ? 0 : -1;
}

static int end_losses(void **state)
{
    event_losses_free(*state);
    return 0;
}

static void lose(struct event_losses *losses, const char *host, int count)
{
    for (int i = 0; i < count; i++)
        event_losses_note(losses, host);
}

static void assert_told(struct event_losses *losses, const char *host, const char *text)
{
    char got_host[DAQS_NAME_MAX + 1];
    char got_text[EVENT_TEXT_BYTES];
    assert_true(event_losses_report(losses, got_host, got_text));
    assert_string_equal(got_host, host);
    assert_string_equal(got_text, text);
    assert_false(event_losses_report(losses, got_host, got_text));
}

static void the_host_is_named(void **state)
{
    lose(*state, "node1", 77);
    assert_told(*state, "node1", LOST "77");
    lose(*state, "", 5);
    assert_told(*state, "", LOST "5");
}

static void of_several_hosts_those_that_lost_most_are_named(void **state)
{
    lose(*state, "a", 5);
    lose(*state, "b", 70);
    assert_told(*state, "", LOST "75, b: 70, a: 5");
    lose(*state, "a", 5);
    lose(*state, "b", 70);
    lose(*state, "", 6);
    lose(*state, "d", 2);
    lose(*state, "e", 1);
    assert_told(*state, "", LOST "84, b: 70, of no host: 6, a: 5, of others: 3");
}

static void any_number_of_hosts_is_counted(void **state)
{
    for (int i = 0; i < 5000; i++) {
        char host[DAQS_NAME_MAX + 1];
        (void)snprintf(host, sizeof host, "%0*d", DAQS_NAME_MAX, i);
        lose(*state, host, i == 0 ? 2 : 1);
    }
    char host[DAQS_NAME_MAX + 1];
    char text[EVENT_TEXT_BYTES];
    assert_true(event_losses_report(*state, host, text));
    assert_string_equal(host, "");
    assert_non_null(strstr(text, LOST "5001, 0000"));
    assert_non_null(strstr(text, ", of others: 4997"));
}

#define IN_LOSSES(test) cmocka_unit_test_setup_teardown(test, make_losses, end_losses)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_LOSSES(the_host_is_named),
        IN_LOSSES(of_several_hosts_those_that_lost_most_are_named),
        IN_LOSSES(any_number_of_hosts_is_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
