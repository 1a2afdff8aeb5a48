/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include "agentd/guests/guest_queue.h"
#include "shared/base/model.h"

static struct guest_queue *queue;
static struct guest_event taken;

static int setup(void **state)
{
    (void)state;
    queue = guest_queue_new();
    return queue ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    guest_queue_free(queue);
    return 0;
}

static bool put(unsigned number)
{
    struct guest_event *event = calloc(1, sizeof *event);
    assert_non_null(event);
    (void)snprintf(event->name, sizeof event->name, "%u", number);
    if (guest_queue_put(queue, event))
        return true;
    free(event);
    return false;
}

static void assert_taken(const char *name)
{
    assert_true(guest_queue_take(queue, &taken));
    assert_string_equal(taken.name, name);
}

static bool readable(void)
{
    struct pollfd p = {.fd = guest_queue_fd(queue), .events = POLLIN};
    return poll(&p, 1, 0) == 1;
}

static void events_come_in_order(void **state)
{
    (void)state;
    assert_true(put(1));
    assert_true(put(2));
    assert_taken("1");
    assert_true(put(3));
    assert_taken("2");
    assert_taken("3");
    assert_false(guest_queue_take(queue, &taken));
    assert_true(put(4)); /* also after it was empty */
    assert_taken("4");
}

static void it_is_readable_from_a_ring_until_it_is_empty(void **state)
{
    (void)state;
    assert_true(put(1));
    assert_true(put(2));
    assert_false(readable());
    guest_queue_ring(queue);
    assert_true(readable());
    assert_taken("1");
    assert_true(readable());
    assert_taken("2");
    assert_false(readable());
    guest_queue_ring(queue); /* it is empty, which the next take notices */
    assert_true(readable());
    assert_false(guest_queue_take(queue, &taken));
    assert_false(readable());
}

static void a_loop_that_takes_nothing_is_not_given_more_without_end(void **state)
{
    unsigned count = 0;
    (void)state;
    while (count <= 2 * DAQS_MAX_VMS && put(count))
        count++;
    assert_int_equal(count, 2 * DAQS_MAX_VMS);
    assert_taken("0");
    assert_true(put(count));
    assert_false(put(count));
}

static void jobs_that_were_not_taken_are_freed(void **state)
{
    (void)state;
    assert_true(put(1));
    assert_true(put(2));
    guest_queue_free(queue);
    guest_queue_free(NULL);
    queue = guest_queue_new();
    assert_non_null(queue);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(events_come_in_order),
        CASE(it_is_readable_from_a_ring_until_it_is_empty),
        CASE(a_loop_that_takes_nothing_is_not_given_more_without_end),
        CASE(jobs_that_were_not_taken_are_freed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
