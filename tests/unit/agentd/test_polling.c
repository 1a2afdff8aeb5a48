/* SPDX-License-Identifier: Apache-2.0 */
/* Which guests are visited when, and what their visits change: with guest agents that are variables
 * and a clock that the test sets. */
#include "tests/lib/guest_scene.h"

#include "agentd/host/nic_limit.h"

static const int64_t start = 1000000;

static struct guest_scene scene;

/* Guests that answer, of which the controller knows. */
static int make_scene(unsigned threads, size_t queued)
{
    guest_scene_make(&scene, threads, queued);
    for (uint8_t i = 0; i < 3; i++)
        (void)guest_scene_add(&scene, i);
    return inventory_rebuild(scene.inventory) == DAQS_OK ? 0 : -1;
}

static int setup(void **state)
{
    (void)state;
    return make_scene(SCENE_GUESTS, SCENE_GUESTS);
}

static int setup_one_thread(void **state)
{
    (void)state;
    return make_scene(1, SCENE_GUESTS);
}

static int setup_no_queue(void **state)
{
    (void)state;
    return make_scene(1, 1);
}

static int teardown(void **state)
{
    (void)state;
    guest_scene_end(&scene);
    return 0;
}

static struct guest *guest(size_t i)
{
    return scene.guests.guest[i];
}

/* Polls the guests, and processes the results. */
static void polls(int64_t now_ms)
{
    polling_start(scene.polling, now_ms);
    guest_scene_reap(&scene, 0, now_ms);
}

static void calls_are(unsigned a, unsigned b, unsigned c)
{
    assert_int_equal(guest_scene_calls(&scene, 0), a);
    assert_int_equal(guest_scene_calls(&scene, 1), b);
    assert_int_equal(guest_scene_calls(&scene, 2), c);
}

/* --- polls --- */

static void every_guest_is_polled_once_an_interval(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 5; i++) {
        polling_start(scene.polling, start + i * SCENE_POLL_MS);
        assert_int_equal(polling_awaited(scene.polling), 3);
        guest_scene_reap(&scene, 0, start + i * SCENE_POLL_MS + 10);
        assert_int_equal(polling_awaited(scene.polling), 0);
        calls_are(i + 1, i + 1, i + 1);
    }
    assert_int_equal(scene.count.polls, 15);
    assert_int_equal(scene.count.polls_failed, 0);
}

static void its_counters_become_a_sample(void **state)
{
    (void)state;
    polls(start);
    assert_int_equal(guest(0)->nic[0].reading.sample.tx_bytes, 0); /* the first is the base */
    polls(start + SCENE_POLL_MS);
    polls(start + 2 * SCENE_POLL_MS);
    assert_int_equal(guest(0)->nic[0].reading.sample.tx_bytes, 2000);
    assert_int_equal(guest(0)->nic[0].reading.sample.tx_packets, 2);
    assert_string_equal(guest(0)->nic[0].ifname, "eth0");
}

static void a_guest_that_hangs_is_not_visited_twice_and_keeps_no_other_waiting(void **state)
{
    (void)state;
    guest_scene_hangs(&scene, 0, true);
    polling_start(scene.polling, start);
    guest_scene_await_calls(&scene, 0, 1);
    guest_scene_reap(&scene, 1, start + 10);
    assert_int_equal(polling_awaited(scene.polling), 1);
    polling_start(scene.polling, start + SCENE_POLL_MS);
    guest_scene_reap(&scene, 1, start + SCENE_POLL_MS + 10);
    calls_are(1, 2, 2);
    assert_int_equal(polling_awaited(scene.polling), 0); /* nor the report */
    guest_scene_hangs(&scene, 0, false);
    guest_scene_reap(&scene, 0, start + SCENE_POLL_MS + 20);
    polls(start + 2 * SCENE_POLL_MS);
    calls_are(2, 3, 3);
}

static void a_result_of_an_earlier_poll_does_not_count_for_the_current_one(void **state)
{
    (void)state;
    guest_scene_hangs(&scene, 0, true);
    polling_start(scene.polling, start);
    guest_scene_await_calls(&scene, 0, 1);
    guest_scene_reap(&scene, 1, start);
    guest_scene_hangs(&scene, 1, true);
    polling_start(scene.polling, start + SCENE_POLL_MS);
    guest_scene_await_calls(&scene, 1, 2);
    guest_scene_reap(&scene, 2, start + SCENE_POLL_MS);
    assert_int_equal(polling_awaited(scene.polling), 1);
    guest_scene_hangs(&scene, 0, false);
    guest_scene_reap(&scene, 1, start + SCENE_POLL_MS);
    assert_false(guest(0)->poll.busy);
    assert_int_equal(polling_awaited(scene.polling), 1);
}

static void a_guest_is_due_again_after_three_quarters_of_the_interval(void **state)
{
    (void)state;
    scene.pace.interval_ms = 1000;
    polls(start);
    polls(start + 749);
    calls_are(1, 1, 1);
    polls(start + 750);
    calls_are(2, 2, 2);
    scene.pace.interval_ms = SCENE_POLL_MS; /* counts from the next poll on */
    polls(start + 1500);
    polls(start + 1575);
    calls_are(4, 4, 4);
}

static void a_guest_that_does_not_answer_is_polled_less_and_less_often(void **state)
{
    unsigned polled[2] = {0};
    (void)state;
    scene.agent[0].fails_with = DAQS_ETIMEOUT;
    for (int second = 0; second < 60; second++)
        for (int i = 0; i < 10; i++) {
            polls(start + second * 1000 + i * SCENE_POLL_MS);
            polled[second / 30] += i == 0;
        }
    assert_int_equal(polled[1], 30);
    assert_int_equal(guest_scene_calls(&scene, 1), 600);
    assert_in_range(guest_scene_calls(&scene, 0), 5, 12);
    assert_int_equal(guest(0)->nic[0].reading.state, DAQS_NIC_UNRESPONSIVE);
    assert_int_equal(guest(1)->nic[0].reading.state, DAQS_NIC_UNMANAGED); /* it runs no tc */
    assert_int_equal(scene.count.polls_failed, guest_scene_calls(&scene, 0));
    scene.agent[0].fails_with = DAQS_OK;
    unsigned before = guest_scene_calls(&scene, 0);
    for (int64_t wait_ms = 0; wait_ms <= POLL_BACKOFF_MAX_MS; wait_ms += SCENE_POLL_MS)
        polls(start + 60000 + wait_ms);
    assert_true(guest_scene_calls(&scene, 0) > before);
    assert_int_equal(guest(0)->nic[0].reading.state, DAQS_NIC_UNMANAGED);
}

static void that_a_guest_does_not_answer_is_logged_late_when_the_log_is_full(void **state)
{
    const int64_t later = start + 60000;
    (void)state;
    assert_int_equal(guests_set_nics(&scene.guests, guest(0), NULL, 0), DAQS_OK);
    scene.agent[0].fails_with = DAQS_ETIMEOUT;
    int64_t now_ms = start;
    while (daqs_log_allowed(&scene.budget, now_ms))
        continue;
    for (; now_ms < start + 1000; now_ms += SCENE_POLL_MS)
        polls(now_ms);
    assert_false(guest(0)->silence_said);
    for (now_ms = later; now_ms <= later + POLL_BACKOFF_MAX_MS; now_ms += SCENE_POLL_MS)
        polls(now_ms);
    assert_true(guest(0)->silence_said);
    assert_int_equal(guests_set_nics(&scene.guests, guest(0), NULL, 0), DAQS_OK);
    scene.agent[0].fails_with = DAQS_OK;
    for (; now_ms <= later + 2 * POLL_BACKOFF_MAX_MS + SCENE_POLL_MS; now_ms += SCENE_POLL_MS)
        polls(now_ms);
    assert_false(guest(0)->silence_said);
}

static void a_change_of_state_is_reported(void **state)
{
    (void)state;
    polls(start);
    guest(0)->nic[0].reported = guest(1)->nic[0].reported = true;
    scene.agent[0].fails_with = DAQS_ETIMEOUT;
    polls(start + SCENE_POLL_MS);
    assert_false(guest(0)->nic[0].reported);
    assert_true(guest(1)->nic[0].reported);
}

static void a_poll_without_room_is_made_with_the_next_one(void **state)
{
    (void)state;
    guest_scene_hangs(&scene, 0, true);
    polling_start(scene.polling, start);
    guest_scene_await_calls(&scene, 0, 1);
    unsigned awaited = polling_awaited(scene.polling);
    assert_in_range(awaited, 1, 2); /* the thread may have taken the first before the second */
    guest_scene_hangs(&scene, 0, false);
    guest_scene_reap(&scene, 0, start);
    assert_int_equal(guest_scene_calls(&scene, 2), 0);
    assert_true(poll_plan_due(&guest(2)->poll, start));
    for (int i = 1; i < 10 && guest_scene_calls(&scene, 2) == 0; i++)
        polls(start + i); /* only those are due that were not polled */
    assert_int_equal(guest_scene_calls(&scene, 2), 1);
}

/* --- limits that changed --- */

static void a_limit_goes_out_before_polls_that_wait(void **state)
{
    (void)state;
    polls(start);
    for (size_t i = 0; i < 3; i++)
        guest(i)->poll.quick = true; /* they share one thread */
    guest_scene_hangs(&scene, 0, true);
    guest(2)->poll.next_ms = INT64_MAX;
    polling_start(scene.polling, start + SCENE_POLL_MS);
    guest_scene_await_calls(&scene, 0, 2);
    guest(2)->urgent = true;
    scene.agent[2].fails_with = DAQS_EIO; /* its first call is not the list of interfaces */
    guest(2)->nic[0].commanded = true;
    guest(2)->nic[0].wanted = 100 * MBIT;
    guest(2)->nic[0].tc.root = TC_ROOT_DEFAULT;
    polling_start_urgent(scene.polling, start + SCENE_POLL_MS);
    assert_true(guest(2)->poll.busy);
    assert_false(guest(2)->urgent);
    guest_scene_hangs(&scene, 0, false);
    guest_scene_reap(&scene, 0, start + SCENE_POLL_MS);
    assert_int_equal(guest_scene_calls(&scene, 1), 2);
    assert_true(scene.agent[2].turn < scene.agent[1].turn);
}

static void a_guest_that_is_being_visited_gets_it_when_the_visit_ends(void **state)
{
    (void)state;
    guest_scene_hangs(&scene, 0, true);
    polling_start(scene.polling, start);
    guest_scene_await_calls(&scene, 0, 1);
    guest_scene_reap(&scene, 1, start);
    guest(0)->urgent = true;
    polling_start_urgent(scene.polling, start + 10);
    assert_true(guest(0)->urgent);
    guest_scene_hangs(&scene, 0, false);
    guest_scene_reap(&scene, 0, start + 20);
    assert_false(guest(0)->urgent);
    assert_int_equal(guest(0)->poll.begun_ms, start + 20);
}

static void unless_the_agent_stops(void **state)
{
    (void)state;
    guest_scene_hangs(&scene, 0, true);
    polling_start(scene.polling, start);
    guest_scene_await_calls(&scene, 0, 1);
    guest(0)->urgent = true;
    polling_stop(scene.polling);
    guest_scene_hangs(&scene, 0, false);
    guest_scene_reap(&scene, 0, start + 20);
    assert_true(guest(0)->urgent);
    assert_false(guest(0)->poll.busy);
}

static void a_guest_that_does_not_answer_gets_it_with_its_next_poll(void **state)
{
    (void)state;
    guest(0)->poll.failures = POLL_SUSPECT_FAILURES;
    guest(0)->urgent = true;
    guest(1)->grace.on = true; /* its file systems are frozen */
    guest(1)->urgent = true;
    polling_start_urgent(scene.polling, start);
    assert_false(guest(0)->poll.busy);
    assert_false(guest(1)->poll.busy);
    polls(start);
    assert_false(guest(0)->urgent);
    assert_false(guest(1)->urgent);
}

static void limits_are_in_force_once_every_nic_that_can_be_limited_has_its_own(void **state)
{
    struct guest_nic *nic = &guest(0)->nic[0];
    (void)state;
    assert_true(polling_converged(scene.polling, start));
    nic->commanded = true;
    nic->wanted = 100 * MBIT;
    nic->reading.state = DAQS_NIC_OK;
    assert_false(polling_converged(scene.polling, start));
    nic->tc.limit = tc_round(nic_limit_in_guest(scene.pfs, nic));
    assert_true(polling_converged(scene.polling, start));
    nic->tc.limit = DAQS_UNLIMITED;
    nic->reading.state = DAQS_NIC_UNRESPONSIVE;
    assert_true(polling_converged(scene.polling, start));
}

/* --- guests that leave or restart while they are visited --- */

/* Starts a visit to the first guest, which does not end. */
static void visit_hangs(void)
{
    guest_scene_hangs(&scene, 0, true);
    polling_start(scene.polling, start);
    guest_scene_await_calls(&scene, 0, 1);
    guest_scene_reap(&scene, 1, start);
}

static void a_guest_that_leaves_is_removed_when_its_visit_ends(void **state)
{
    (void)state;
    visit_hangs();
    discovery_drop(scene.discovery, guest(0));
    assert_int_equal(scene.guests.count, 3);
    assert_true(inventory_outdated(scene.inventory));
    assert_int_equal(inventory_rebuild(scene.inventory), DAQS_OK);
    assert_int_equal(inventory_current(scene.inventory)->nics, 2);
    guest_scene_hangs(&scene, 0, false);
    guest_scene_reap(&scene, 0, start + 20);
    assert_int_equal(scene.guests.count, 2);
    assert_null(guests_by_name(&scene.guests, "a"));
    assert_false(scene.agent[0].open);
}

static void a_result_from_before_a_restart_is_dropped(void **state)
{
    (void)state;
    visit_hangs();
    guest(0)->restarted = true;
    guest_scene_hangs(&scene, 0, false);
    guest_scene_reap(&scene, 0, start + 20);
    assert_false(guest(0)->restarted);
    assert_string_equal(guest(0)->nic[0].ifname, "");
    assert_string_equal(guest(1)->nic[0].ifname, "eth0");
    polls(start + SCENE_POLL_MS);
    assert_string_equal(guest(0)->nic[0].ifname, "eth0");
}

static void a_nic_that_is_replaced_meanwhile_gets_no_result_of_the_old_one(void **state)
{
    const struct guest_nic_place other = {.mac = {{2, 0, 0, 0, 0, 99}}, .vf = -1};
    (void)state;
    visit_hangs();
    assert_int_equal(guests_set_nics(&scene.guests, guest(0), &other, 1), DAQS_OK);
    guest_scene_hangs(&scene, 0, false);
    guest_scene_reap(&scene, 0, start + 20);
    assert_string_equal(guest(0)->nic[0].ifname, "");
    assert_int_equal(guest(0)->nic[0].reading.state, DAQS_NIC_WAITING);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(every_guest_is_polled_once_an_interval),
        CASE(its_counters_become_a_sample),
        CASE(a_guest_that_hangs_is_not_visited_twice_and_keeps_no_other_waiting),
        CASE(a_result_of_an_earlier_poll_does_not_count_for_the_current_one),
        CASE(a_guest_is_due_again_after_three_quarters_of_the_interval),
        CASE(a_guest_that_does_not_answer_is_polled_less_and_less_often),
        CASE(that_a_guest_does_not_answer_is_logged_late_when_the_log_is_full),
        CASE(a_change_of_state_is_reported),
        cmocka_unit_test_setup_teardown(a_poll_without_room_is_made_with_the_next_one,
                                        setup_no_queue, teardown),
        cmocka_unit_test_setup_teardown(a_limit_goes_out_before_polls_that_wait, setup_one_thread,
                                        teardown),
        CASE(a_guest_that_is_being_visited_gets_it_when_the_visit_ends),
        CASE(unless_the_agent_stops),
        CASE(a_guest_that_does_not_answer_gets_it_with_its_next_poll),
        CASE(limits_are_in_force_once_every_nic_that_can_be_limited_has_its_own),
        CASE(a_guest_that_leaves_is_removed_when_its_visit_ends),
        CASE(a_result_from_before_a_restart_is_dropped),
        CASE(a_nic_that_is_replaced_meanwhile_gets_no_result_of_the_old_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
