/* SPDX-License-Identifier: Apache-2.0 */
/* What is reported about guests whose visits do not return, and how such guests are polled. */
#include "tests/lib/guest_scene.h"

#include <sched.h>

#include "shared/base/clock.h"

enum { GUESTS = SCENE_GUESTS, BEGUN_MS = 1000000, LATE_MS = BEGUN_MS + 2500 };

static struct guest_scene scene;

static void run_nothing(struct daqs_job *job)
{
    (void)job;
}

static int setup(void **state)
{
    (void)state;
    guest_scene_make(&scene, 4, GUESTS);
    for (uint8_t i = 0; i < GUESTS; i++) {
        (void)guest_scene_add(&scene, i);
        scene.agent[i].fails_with = DAQS_EIO;
    }
    return 0;
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

static const struct guest_nic *nic(size_t i)
{
    return &guest(i)->nic[0];
}

/* Starts a visit at BEGUN_MS: through libvirt, which is then asked, or through a socket. */
static void visit(size_t i, uint8_t state, bool libvirt)
{
    const struct guest_job *job = guest(i)->work;
    guest(i)->nic[0].reading.state = state;
    guest(i)->nic[0].reported = true;
    poll_plan_started(&guest(i)->poll, BEGUN_MS, 100);
    atomic_store(&job->channel->late_ms, libvirt ? LATE_MS : 0);
}

static void g7_a_guest_is_busy_once_libvirt_is_late(void **state)
{
    (void)state;
    visit(0, DAQS_NIC_OK, true);
    visit(1, DAQS_NIC_WAITING, true);
    polling_check_overdue(scene.polling, LATE_MS - 1);
    assert_int_equal(nic(0)->reading.state, DAQS_NIC_OK);
    polling_check_overdue(scene.polling, LATE_MS);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(nic(i)->reading.state, DAQS_NIC_BUSY);
        assert_int_equal(nic(i)->reading.cause, DAQS_CAUSE_BUSY);
        assert_false(nic(i)->reported);
        assert_true(poll_plan_suspect(&guest(i)->poll));
    }
    assert_int_equal(nic(2)->reading.state, DAQS_NIC_WAITING);
    assert_false(poll_plan_suspect(&guest(2)->poll));
}

static void g7_busy_has_a_minute_of_grace(void **state)
{
    (void)state;
    visit(0, DAQS_NIC_OK, true);
    polling_check_overdue(scene.polling, BEGUN_MS + GRACE_MS - 1);
    assert_int_equal(nic(0)->reading.state, DAQS_NIC_BUSY);
    polling_check_overdue(scene.polling, BEGUN_MS + GRACE_MS);
    assert_int_equal(nic(0)->reading.state, DAQS_NIC_UNRESPONSIVE);
    assert_int_equal(nic(0)->reading.cause, DAQS_CAUSE_BUSY);
}

/* A guest agent on a socket has no other clients. */
static void g7_a_guest_that_takes_its_time_is_not_busy(void **state)
{
    (void)state;
    visit(0, DAQS_NIC_OK, false);
    polling_check_overdue(scene.polling, BEGUN_MS + 2 * POLL_OVERDUE_MS);
    assert_int_equal(nic(0)->reading.state, DAQS_NIC_OK);
}

/* libvirt waits longer for an agent that hangs than the timeout of the call. */
static void g7_a_guest_that_did_not_answer_before_keeps_its_state(void **state)
{
    (void)state;
    guest(0)->poll.failures = 1;
    guest(0)->nic[0].reading.cause = DAQS_CAUSE_TIMEOUT;
    visit(0, DAQS_NIC_UNRESPONSIVE, true);
    polling_check_overdue(scene.polling, BEGUN_MS + POLL_OVERDUE_MS);
    assert_int_equal(nic(0)->reading.state, DAQS_NIC_UNRESPONSIVE);
    assert_int_equal(nic(0)->reading.cause, DAQS_CAUSE_TIMEOUT);
}

/* Waits until so many visits have begun. */
static void await_visits(unsigned count)
{
    pthread_mutex_lock(&scene.lock);
    while (scene.turns < count)
        pthread_cond_wait(&scene.changed, &scene.lock);
    pthread_mutex_unlock(&scene.lock);
}

/* Slow guests share a quarter of the threads. A guest that waits for its turn occupies none. */
static void g7_a_guest_that_waits_for_a_thread_is_not_overdue(void **state)
{
    int64_t now_ms = daqs_mono_ms(daqs_clock_system());
    struct daqs_job other = {.run = run_nothing};
    (void)state;
    for (uint8_t i = 0; i < GUESTS; i++)
        guest_scene_hangs(&scene, i, true);
    polling_start(scene.polling, now_ms);
    await_visits(1);
    polling_check_overdue(scene.polling, now_ms + POLL_OVERDUE_MS / 2);
    for (int i = 1; i <= 2; i++) { /* each time one thread is replaced */
        polling_check_overdue(scene.polling, now_ms + POLL_OVERDUE_MS * 2);
        await_visits(1 + (unsigned)i);
    }
    for (int i = 0; i < 200; i++) { /* other jobs get threads and time to run */
        assert_int_equal(daqs_pool_submit(scene.pool, &other), DAQS_OK);
        while (!daqs_pool_reap(scene.pool))
            sched_yield();
    }
    pthread_mutex_lock(&scene.lock);
    assert_int_equal(scene.turns, 3);
    pthread_mutex_unlock(&scene.lock);
}

/* It was stopped while another client held its agent. */
static void a_guest_that_is_gone_is_not_busy(void **state)
{
    (void)state;
    visit(0, DAQS_NIC_OK, true);
    discovery_drop(scene.discovery, guest(0));
    assert_true(guest(0)->leaving);
    polling_check_overdue(scene.polling, LATE_MS + 1);
    assert_int_equal(nic(0)->reading.state, DAQS_NIC_OK);
}

static void g7_few_busy_guests_are_asked_at_a_time(void **state)
{
    unsigned asked = 0;
    (void)state;
    for (size_t i = 0; i < GUESTS; i++)
        poll_plan_blocked(&guest(i)->poll);
    polling_start(scene.polling, BEGUN_MS);
    for (size_t i = 0; i < GUESTS; i++)
        asked += guest(i)->poll.busy;
    assert_int_equal(asked, POLL_SUSPECTS_AT_ONCE);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(g7_a_guest_is_busy_once_libvirt_is_late),
        CASE(g7_busy_has_a_minute_of_grace),
        CASE(g7_a_guest_that_takes_its_time_is_not_busy),
        CASE(g7_a_guest_that_did_not_answer_before_keeps_its_state),
        CASE(g7_a_guest_that_waits_for_a_thread_is_not_overdue),
        CASE(a_guest_that_is_gone_is_not_busy),
        CASE(g7_few_busy_guests_are_asked_at_a_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
