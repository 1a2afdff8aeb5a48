/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controllerd/core/diagnosis/event_queue.h"

enum { MOST = 6 };

static int make_queue(void **state)
{
    *state = event_queue_new(MOST);
    return *state ? 0 : -1;
}

static int end_queue(void **state)
{
    event_queue_free(*state);
    return 0;
}

static struct event *an_event(enum event_kind kind, const char *host, const char *text)
{
    struct event *event = event_new(kind, host, "", "", text);
    assert_non_null(event);
    return event;
}

/* Puts an event, and checks the text of the one that goes; NULL: none. */
static void put(struct event_queue *queue, enum event_kind kind, const char *host, const char *text,
                const char *goes)
{
    struct event *gone = event_queue_put(queue, an_event(kind, host, text));
    assert_int_equal(gone != NULL, goes != NULL);
    if (gone)
        assert_string_equal(gone->text, goes);
    free(gone);
}

/* Takes all events and checks their texts. */
static void assert_left(struct event_queue *queue, const char *texts)
{
    char got[128] = "";
    for (struct event *event; (event = event_queue_take(queue)); free(event))
        (void)snprintf(got + strlen(got), sizeof got - strlen(got), "%s", event->text);
    assert_string_equal(got, texts);
    assert_int_equal(event_queue_count(queue), 0);
}

static void the_least_important_of_the_host_with_most_goes(void **state)
{
    put(*state, EVENT_TAMPERED, "good", "a", NULL);
    put(*state, EVENT_VIOLATION_START, "bad", "b", NULL);
    put(*state, EVENT_TAMPERED, "bad", "c", NULL);
    put(*state, EVENT_TAMPERED, "bad", "d", NULL);
    put(*state, EVENT_HOST_DOWN, "bad", "e", NULL);
    put(*state, EVENT_HISTORY_GAP, "", "f", NULL);
    put(*state, EVENT_TAMPERED, "good", "g", "c");
    put(*state, EVENT_TAMPERED, "good", "h", "a");
    put(*state, EVENT_HOST_UP, "other", "i", "d");
    put(*state, EVENT_SLA_SET, "bad", "j", "b");
    assert_left(*state, "efghij");
}

static void one_that_just_came_may_be_the_one_that_goes(void **state)
{
    for (int i = 0; i < MOST; i++)
        put(*state, EVENT_VIOLATION_START, "bad", "v", NULL);
    put(*state, EVENT_TAMPERED, "bad", "t", "t");
    assert_left(*state, "vvvvvv");
}

static void of_hosts_with_as_many_the_least_important_goes(void **state)
{
    put(*state, EVENT_HOST_DOWN, "a", "a", NULL);
    put(*state, EVENT_HOST_DOWN, "b", "b", NULL);
    put(*state, EVENT_TAMPERED, "c", "c", NULL);
    put(*state, EVENT_HOST_DOWN, "d", "d", NULL);
    put(*state, EVENT_HOST_DOWN, "e", "e", NULL);
    put(*state, EVENT_HOST_DOWN, "f", "f", NULL);
    put(*state, EVENT_HOST_DOWN, "g", "g", "c");
    put(*state, EVENT_HOST_DOWN, "h", "h", "a");
    assert_left(*state, "bdefgh");
}

static void what_could_not_be_stored_comes_first_again(void **state)
{
    struct event_queue *queue = *state;
    put(queue, EVENT_TAMPERED, "a", "1", NULL);
    put(queue, EVENT_HOST_DOWN, "b", "2", NULL);
    struct event *event = event_queue_take(queue);
    for (int i = 0; i < MOST - 1; i++)
        put(queue, EVENT_HOST_DOWN, "b", "3", NULL);
    struct event *gone = event_queue_put_back(queue, event);
    assert_non_null(gone);
    assert_string_equal(gone->text, "2");
    free(gone);
    assert_left(queue, "133333");
}

#define IN_QUEUE(test) cmocka_unit_test_setup_teardown(test, make_queue, end_queue)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_QUEUE(the_least_important_of_the_host_with_most_goes),
        IN_QUEUE(one_that_just_came_may_be_the_one_that_goes),
        IN_QUEUE(of_hosts_with_as_many_the_least_important_goes),
        IN_QUEUE(what_could_not_be_stored_comes_first_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
